import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
 * @returns what lets go; call it once
 * @throws FolderBusyError naming the process that has it; RunWriteError
 */
export async function lockFolder(folder: string, name: string): Promise<() => Promise<void>> {
  const file = join(folder, name);
  // Tells this lock from every other, and from one that an earlier process of this number left.
  const id = randomUUID();
  const text = (): string => `${JSON.stringify({ ...ownStatus('running'), id }, undefined, 2)}\n`;
  while (!(await create(file, text()))) await removeStale(folder, file);
  const stop = everyBeat(async () => {
    const found = await read(file);
    // Of somebody else, where this process was out of reach for so long that it was taken for gone.
    if (found === undefined || found.status?.id === id) await replaceFile(file, text());
  });
  return async () => {
    await stop();
    if ((await read(file))?.status?.id === id) await rm(file, { force: true });
  };
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

/** Removes the lock of a process that is gone. @throws FolderBusyError where its process is at work */
async function removeStale(folder: string, file: string): Promise<void> {
  const found = await settled(file);
  if (found === undefined) return;
  if (holds(found.status)) throw new FolderBusyError(folder, file, found.status);
  // Moved away rather than removed, since another process may have taken it over meanwhile: what was moved shows it.
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    // Another was quicker.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw RunWriteError.from(error, file);
  }
  const moved = await read(aside);
  if (moved !== undefined && moved.text !== found.text) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

type Lock = RunStatusFile & { readonly id?: string };

/** Whether somebody else has the lock. One of this very process number, which does not have it, is of an earlier process. */
function holds(status: Lock | undefined): status is Lock {
  return status !== undefined && isBusy(status) && !(status.pid === process.pid && status.host === hostname());
}

/** The lock as it is read once its writer has finished writing it. */
async function settled(file: string): Promise<{ text: string; status: Lock | undefined } | undefined> {
  let found = await read(file);
  for (let tries = 0; found !== undefined && found.status === undefined && tries < 10; tries++) {
    await sleep(50);
    found = await read(file);
  }
  return found;
}

/** Undefined where there is no such file. */
async function read(file: string): Promise<{ text: string; status: Lock | undefined } | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : { text, status: parseStatus(text) };
}
