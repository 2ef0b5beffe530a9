import { createHash, randomUUID } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FolderBusyError, RunWriteError } from './errors.ts';
import { replaceFile } from './replace-file.ts';
import { everyBeat, isBusy, ownStatus, parseStatus, type RunStatusFile } from './status.ts';

/**
 * Makes this process the only one at work in a folder, until it lets go or is gone: a file in it says who it is, and again every minute.
 * What a process left that is gone, or has been silent for a quarter of an hour, is taken over; of several that try at once one succeeds.
 *
 * @param name of the file
 * @param onLost told once where this process was out of reach for so long (stopped, or its machine asleep) that another took the folder over:
 *   it must stop what it does there
 * @returns what lets go; call it once
 * @throws FolderBusyError naming the process that has it; RunWriteError
 */
export async function lockFolder(folder: string, name: string, onLost?: () => void): Promise<() => Promise<void>> {
  const file = join(folder, name);
  // Tells this lock from every other, and from one that an earlier process of this number left.
  const id = randomUUID();
  const text = (): string => `${JSON.stringify({ ...ownStatus('running'), id }, undefined, 2)}\n`;
  OWN.add(id);
  try {
    await take(folder, file, text);
  } catch (error) {
    OWN.delete(id);
    throw error;
  }
  const stop = everyBeat(async () => {
    const found = await read(file);
    if (found === undefined || found.status?.id === id) await replaceFile(file, text());
    else if (OWN.delete(id)) onLost?.();
  });
  return async () => {
    await stop();
    if ((await read(file))?.status?.id === id) await rm(file, { force: true });
    OWN.delete(id);
  };
}

/** @throws FolderBusyError where a process that is at work has the file */
async function take(folder: string, file: string, text: () => string): Promise<void> {
  while (!(await create(file, text()))) {
    const found = await settled(file);
    if (found === undefined) continue;
    if (holds(found.status)) throw new FolderBusyError(folder, file, found.status);
    // What is stale is replaced, never removed: between the two another process would find nothing and begin. Only who has a lock of its
    // own over just these contents may do it, so whoever read them before somebody else's takeover comes too late without harm.
    const claim = `${file}.${createHash('sha256').update(found.text).digest('hex').slice(0, 16)}`;
    await take(folder, claim, text);
    try {
      if ((await read(file))?.text !== found.text) continue;
      await replaceFile(file, text());
      return;
    } finally {
      await rm(claim, { force: true });
    }
  }
}

/** @returns false where the file is there already */
async function create(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw RunWriteError.from(error, file);
  }
}

type Lock = RunStatusFile & { readonly id?: string };

/** Locks of this process. */
const OWN = new Set<string | undefined>();

/** Whether somebody has the lock. One of this very process number that is not among its own is of an earlier process. */
function holds(status: Lock | undefined): status is Lock {
  if (status === undefined || !isBusy(status)) return false;
  return OWN.has(status.id) || status.pid !== process.pid || status.host !== hostname();
}

/** (ms) Time in which whoever made a file has written it, on a machine however busy; one that is older and says nothing was broken off. */
const WRITTEN_WITHIN = 10_000;

/** The lock as it is read once its writer has finished writing it. */
async function settled(file: string): Promise<{ text: string; status: Lock | undefined } | undefined> {
  const patience = Date.now() + WRITTEN_WITHIN;
  for (;;) {
    const found = await read(file);
    if (found === undefined || found.status !== undefined) return found;
    const now = Date.now();
    if (now - found.modified > WRITTEN_WITHIN || now > patience) return found;
    await sleep(20);
  }
}

/** Undefined where there is no such file. */
async function read(file: string): Promise<{ text: string; status: Lock | undefined; modified: number } | undefined> {
  try {
    const { mtimeMs: modified } = await stat(file);
    const text = await readFile(file, 'utf8');
    return { text, status: parseStatus(text), modified };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
