import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { RunWriteError } from './errors.ts';

/** Hidden files that a killed process may leave behind; nothing reads them. */
export const LEFTOVER = /^\..*\.tmp$/;

/** Whether a path is a file or nothing yet. A device or a pipe (`/dev/stdout`) must be written to, never replaced. */
export async function isReplaceable(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return true;
  }
}

/**
 * Writes a file so that a crash at any moment leaves the old one or the new one, whole.
 *
 * @throws RunWriteError when the disk is full or writing is forbidden; the old file is then still there
 */
export async function replaceFile(path: string, data: string | AsyncIterable<Uint8Array>): Promise<void> {
  if (!(await isReplaceable(path))) return writeFile(path, data);
  const temp = join(dirname(resolve(path)), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temp, 'wx');
    try {
      await writeFile(file, data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temp, path);
  } catch (error) {
    // Cleaning up may fail as well; what must be told is the first failure.
    await rm(temp, { force: true }).catch(() => undefined);
    throw RunWriteError.from(error, path);
  }
}

/** A JSON file, indented, written by `replaceFile`. */
export async function replaceJson(path: string, value: unknown): Promise<void> {
  await replaceFile(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
