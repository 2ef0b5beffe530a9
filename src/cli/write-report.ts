import { dirname, resolve } from 'node:path';
import { OutputError, replaceFile } from '../runs/index.ts';

/**
 * Writes a report whole or not at all.
 *
 * @throws OutputError where the folder is missing, RunWriteError where the disk is full or writing is forbidden
 */
export async function writeReport(path: string, content: string): Promise<void> {
  try {
    await replaceFile(path, content);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new OutputError(path, `the folder ${dirname(resolve(path))} does not exist. Make it first.`);
  }
}
