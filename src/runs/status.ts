import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { replaceJson } from './replace-file.ts';

/** What a process that writes a run says of itself in `status.json`. */
export type RunState = 'running' | 'finished' | 'interrupted' | 'failed';

export interface RunStatusFile {
  readonly state: RunState;
  /** The process that said it, and its machine. */
  readonly pid: number;
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Why it failed. */
  readonly error?: string;
}

/** Says how a run stands. @throws RunWriteError */
export async function writeStatus(run: string, state: RunState, error?: string): Promise<void> {
  await replaceJson(join(run, 'status.json'), ownStatus(state, error));
}

/** What this process says of itself now. */
export function ownStatus(state: RunState, error?: string): RunStatusFile {
  return {
    state,
    pid: process.pid,
    host: hostname(),
    at: new Date().toISOString(),
    ...(error === undefined ? {} : { error }),
  };
}

/** What was said last; undefined where there is no such file or it is no status. */
export async function readStatus(run: string): Promise<RunStatusFile | undefined> {
  return readFile(join(run, 'status.json'), 'utf8').then(parseStatus, () => undefined);
}

/** A status file's text; undefined where it is no status. */
export function parseStatus(text: string): RunStatusFile | undefined {
  try {
    const status = JSON.parse(text) as RunStatusFile;
    return STATES.has(status.state) ? status : undefined;
  } catch {
    return undefined;
  }
}

const STATES: ReadonlySet<unknown> = new Set<RunState>(['running', 'finished', 'interrupted', 'failed']);

/** Seconds between two words of a process that is running, and after which it is taken for gone: the machine may be out of reach, or its processes numbered anew. */
const BEAT = 60;
const SILENCE = 15 * BEAT;

/** Whether somebody is at the run now: it said so lately, and, where it is this machine's, its process lives. */
export function isBusy({ state, pid, host, at }: RunStatusFile, now = Date.now()): boolean {
  if (state !== 'running' || now - Date.parse(at) > 1000 * SILENCE) return false;
  return host !== hostname() || processLives(pid);
}

/** Whether a process of this machine lives. */
export function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Says that a run is running, and again every minute until it is told how it ended.
 *
 * @returns what tells the end; call it once
 * @throws RunWriteError where not even the beginning can be written
 */
export async function keepStatus(run: string): Promise<(state: RunState, error?: string) => Promise<void>> {
  await writeStatus(run, 'running');
  const stop = everyBeat(() => writeStatus(run, 'running'));
  return async (state, error) => {
    await stop();
    await writeStatus(run, state, error);
  };
}

/** Writes again every minute, as `isBusy` expects it of who is at work. @returns what ends it, resolved when the last writing is over */
export function everyBeat(write: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  const beat = setInterval(() => {
    // A disk that is full for a while is told by what matters more.
    last = last.then(write).catch(() => undefined);
  }, 1000 * BEAT);
  beat.unref();
  return () => {
    clearInterval(beat);
    return last;
  };
}
