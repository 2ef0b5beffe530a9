import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { DiskError } from '../nn/files/disk-error.ts';

/** Times between signs of life of a holder, milliseconds. */
const BEAT = 2000;
/** A lock without a sign of life for so long is nobody's; sooner where its process is known to be gone. */
const STALE = 60_000;
const STALE_OF_DEAD = 5 * BEAT;

/**
 * Holds a lock file while working, so that one process at a time does the work. A lock whose holder died is taken over.
 *
 * @param onWait called once if another process holds it
 * @throws DiskError; the signal's reason
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  { signal, onWait }: { signal?: AbortSignal; onWait?: () => void } = {},
): Promise<T> {
  const mark = JSON.stringify({ pid: process.pid, host: hostname(), key: randomUUID() });
  for (let tries = 0; !(await take(path, mark)); tries++) {
    if (tries === 0) onWait?.();
    if (await isStale(path)) await clear(path);
    else await sleep(200, undefined, { signal }).catch(() => undefined);
    signal?.throwIfAborted();
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT);
  beat.unref();
  const release = (): void => {
    try {
      if (readFileSync(path, 'utf8') === mark) rmSync(path);
    } catch {
      // It was taken over or cleared away meanwhile.
    }
  };
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off('exit', release);
    release();
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

/** Removes a stale lock. Were it taken anew in this moment, the new one is put back. */
async function clear(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if (!(await isStale(aside))) await link(aside, path);
  } catch {
    // Another process was faster.
  } finally {
    await rm(aside, { force: true });
  }
}
