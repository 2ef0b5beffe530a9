import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { DiskError } from '../nn/files/disk-error.ts';

/** Times between signs of life of a holder, milliseconds. */
const BEAT = 2000;
/** A lock without a sign of life for so long is nobody's; sooner where its process is known to be gone. */
const STALE = 60_000;
const STALE_OF_DEAD = 5 * BEAT;

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called once if another process holds it. */
  readonly onWait?: () => void;
  /** Milliseconds between two tries. */
  readonly every?: number;
}

/**
 * Holds a lock file while working, so that one process at a time does the work. A lock whose holder died is taken over.
 *
 * @throws DiskError; the signal's reason
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  { signal, onWait, every = 200 }: LockOptions = {},
): Promise<T> {
  const mark = JSON.stringify({ pid: process.pid, host: hostname(), key: randomUUID() });
  for (let tries = 0; !(await take(path, mark)) && !(await takeOver(path, mark)); tries++) {
    if (tries === 0) onWait?.();
    await sleep(every, undefined, { signal }).catch(() => undefined);
    signal?.throwIfAborted();
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT);
  beat.unref();
  const letGo = (): void => release(path, mark);
  process.once('exit', letGo);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off('exit', letGo);
    letGo();
  }
}

async function take(path: string, mark: string): Promise<boolean> {
  try {
    await writeFile(path, mark, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw DiskError.from(error, path);
  }
}

/**
 * Takes a stale lock. It is replaced, never removed: between the two another process would find nothing and begin. Only who holds a
 * claim over just these contents may do it, so whoever read them before somebody else's takeover comes too late without harm.
 */
async function takeOver(path: string, mark: string): Promise<boolean> {
  const stale = await readStale(path);
  if (stale === undefined) return false;
  const claim = `${path}.${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;
  if (!(await take(claim, mark)) && !(await takeOver(claim, mark))) return false;
  const next = `${path}.${randomUUID()}`;
  try {
    if ((await readStale(path)) !== stale) return false;
    await writeFile(next, mark);
    await rename(next, path);
    return true;
  } catch (error) {
    await rm(next, { force: true }).catch(() => undefined);
    throw DiskError.from(error, path);
  } finally {
    release(claim, mark);
  }
}

/** Removes a lock that is still the one with this mark. */
function release(path: string, mark: string): void {
  try {
    if (readFileSync(path, 'utf8') === mark) rmSync(path);
  } catch {
    // It was taken over or cleared away meanwhile.
  }
}

/** What is written in a lock that is nobody's any more; undefined of any other. */
async function readStale(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    const age = Date.now() - mtimeMs;
    if (age < STALE_OF_DEAD) return undefined;
    const mark = await readFile(path, 'utf8');
    return age > STALE || isGone(mark) ? mark : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the holder ran on this machine and does not any more. */
function isGone(mark: string): boolean {
  try {
    const { pid, host } = JSON.parse(mark) as { pid: number; host: string };
    if (host !== hostname()) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // A mark cut short says nothing; a process of another user is alive.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
