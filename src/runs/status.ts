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
  const status: RunStatusFile = {
    state,
    pid: process.pid,
    host: hostname(),
    at: new Date().toISOString(),
    ...(error === undefined ? {} : { error }),
  };
  await replaceJson(join(run, 'status.json'), status);
}

/** What was said last; undefined where there is no such file or it is no status. */
export async function readStatus(run: string): Promise<RunStatusFile | undefined> {
  try {
    const status = JSON.parse(await readFile(join(run, 'status.json'), 'utf8')) as RunStatusFile;
    return STATES.has(status.state) ? status : undefined;
  } catch {
    return undefined;
  }
}

const STATES: ReadonlySet<unknown> = new Set<RunState>(['running', 'finished', 'interrupted', 'failed']);

/** Whether the process that said `running` can still be at it: it lives, or it is another machine's. */
export function isAlive({ pid, host }: Pick<RunStatusFile, 'pid' | 'host'>): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
