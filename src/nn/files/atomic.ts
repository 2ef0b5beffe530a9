import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DiskError } from './disk-error.ts';

/**
 * Writing so that a crash, a kill or a full disk at any moment leaves either what was there before or what was to be
 * written, whole.
 */

/**
 * Writes a file next to its final place (same folder, hidden name ending in `.tmp`), flushes it to the disk and renames it
 * over the old one. A killed process can leave the hidden file behind; nothing ever reads it.
 *
 * @param data text (UTF-8), bytes, or a function that writes to the open file
 * @throws DiskError when the disk is full or writing is forbidden; the old file is then still there
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array | ((file: FileHandle) => Promise<void>),
): Promise<void> {
  const folder = dirname(resolve(path));
  const temp = join(folder, `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temp, 'wx');
    try {
      if (typeof data === 'function') await data(file);
      else await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temp, path);
    await syncFolder(folder);
  } catch (error) {
    await removeQuietly(temp);
    throw DiskError.from(error, path);
  }
}

/**
 * Replaces (or creates) a folder as a whole. `fill` writes into an empty sibling, `.NAME.new`; that is flushed to the disk, the old
 * folder is renamed to `.NAME.old`, the new one takes its name, and the old one is removed. What a crash leaves behind is
 * put right by `recoverFolder`, which runs at the start of the next replacement and before a folder is read. One
 * process at a time may write a folder.
 *
 * @throws DiskError when the disk is full or writing is forbidden; the old folder is then still there
 */
export async function replaceFolderAtomic(folder: string, fill: (temp: string) => Promise<void>): Promise<void> {
  const { parent, fresh, old } = places(folder);
  try {
    await mkdir(parent, { recursive: true });
    await recoverFolder(folder);
    await mkdir(fresh);
    await fill(fresh);
    await syncTree(fresh);
    if (existsSync(folder)) {
      await rename(folder, old);
      await syncFolder(parent);
    }
    await rename(fresh, folder);
    await syncFolder(parent);
  } catch (error) {
    if (!existsSync(folder) && existsSync(old)) await rename(old, folder);
    await removeQuietly(fresh);
    throw DiskError.from(error, folder);
  }
  await rm(old, { recursive: true, force: true });
}

/**
 * Finishes or undoes a replacement that was cut short:
 *
 * - the folder is there: it is whole (old or new); leftovers are removed;
 * - it is missing and `.NAME.old` is there: the old one was moved only after the new one was complete on the disk, so the
 *   new one takes its place;
 * - it is missing and only `.NAME.new` is there: the first version never got complete; it is removed.
 */
export async function recoverFolder(folder: string): Promise<void> {
  const { parent, fresh, old } = places(folder);
  if (!existsSync(folder) && existsSync(old)) {
    await rename(existsSync(fresh) ? fresh : old, folder);
    await syncFolder(parent);
  }
  await rm(fresh, { recursive: true, force: true });
  await rm(old, { recursive: true, force: true });
}

function places(folder: string): { parent: string; fresh: string; old: string } {
  const full = resolve(folder);
  const parent = dirname(full);
  return { parent, fresh: join(parent, `.${basename(full)}.new`), old: join(parent, `.${basename(full)}.old`) };
}

/** Cleans up after a failure, which is what must be told, not that cleaning up failed too. */
async function removeQuietly(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await sync(path);
  }
  await syncFolder(folder);
}

/** Makes a rename durable. Windows cannot open folders and orders renames itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform !== 'win32') await sync(folder);
}

async function sync(path: string): Promise<void> {
  // Windows flushes only what is open for writing; elsewhere a file may be flushed that may not be written.
  const file = await open(path, process.platform === 'win32' ? 'r+' : 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
