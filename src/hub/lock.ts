import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
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
  const beat = setInterval(() => void keepAlive(path, mark).catch(() => undefined), BEAT);
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

/** Not of a lock that another process took over meanwhile: it would look alive however long that one is gone. */
async function keepAlive(path: string, mark: string): Promise<void> {
  if ((await readFile(path, 'utf8')) === mark) await utimes(path, new Date(), new Date());
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
 * Takes a stale lock. It is replaced, never removed: between the two another process would find nothing and begin. Only who holds the
 * claim, a lock like this one, may do it, and looks once more before, so whoever saw it stale before somebody else's takeover comes too
 * late without harm. What a process that died in between left (`.claim`, `.claim.next`) the next takeover uses.
 */
async function takeOver(path: string, mark: string): Promise<boolean> {
  if (!(await isStale(path))) return false;
  const claim = `${path}.claim`;
  if (!(await take(claim, mark)) && !(await takeOver(claim, mark))) return false;
  const next = `${claim}.next`;
  try {
    if (!(await isStale(path))) return false;
    await writeFile(next, mark);
    await rename(next, path);
    return true;
  } catch (error) {
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

async function isStale(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    const age = Date.now() - mtimeMs;
    if (age < STALE_OF_DEAD) return false;
    return age > STALE || isGone(await readFile(path, 'utf8'));
  } catch {
    return false;
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
