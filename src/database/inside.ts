import { realpathSync, type Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';

/** Whether a path, its symbolic links followed, is one of these folders or below. The folders must be real paths. */
export function isInside(path: string, folders: readonly string[]): boolean {
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    return false;
  }
  return folders.some((folder) => {
    const way = relative(folder, real);
    return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
  });
}

/** A file that may be read, or why it may not. */
export type Inspected = { readonly stats: Stats } | { readonly problem: string; readonly missing?: boolean };

/** Looks at a file of a run before it is opened: it must be one, and not lead out of the run folder, a real path. */
export async function inspectFile(path: string, run: string): Promise<Inspected> {
  try {
    let stats = await lstat(path);
    if (stats.isSymbolicLink()) {
      if (!isInside(path, [run])) {
        return { problem: 'it is a symbolic link that leads out of the run folder, which is not followed.' };
      }
      stats = await stat(path);
    }
    return stats.isFile() ? { stats } : { problem: 'it is no file.' };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    return { problem: missing ? 'there is no such file.' : `it cannot be read (${message}).`, missing };
  }
}
