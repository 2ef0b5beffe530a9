import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { OutputError, RunWriteError } from '../runs/index.ts';

/**
 * Makes the folder that output goes to, and those above it, unless it is there.
 *
 * @throws OutputError where it is a file or can be no folder, RunWriteError where writing is forbidden
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    // Where the one above is there already: on some file systems (/proc) Node tries to make both without end.
    await mkdir(path, { recursive: !existsSync(dirname(resolve(path))) });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new OutputError(path, 'there is a file where the folder would be. Choose another name.');
    }
    if (code === 'ENOENT') throw new OutputError(path, 'no folder can be made there. Choose another place.');
    throw RunWriteError.from(error, path);
  }
}
