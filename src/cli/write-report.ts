import { dirname, resolve } from 'node:path';
import { replaceFile } from '../runs/index.ts';

/** A report that could not be written where it was wanted. */
export class ReportError extends Error {
  readonly code = 'TURNWISE_REPORT';
  override readonly name = 'ReportError';
}

/**
 * Writes a report whole or not at all.
 *
 * @throws ReportError where the folder is missing, RunWriteError where the disk is full or writing is forbidden
 */
export async function writeReport(path: string, content: string): Promise<void> {
  try {
    await replaceFile(path, content);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new ReportError(`${path}: the folder ${dirname(resolve(path))} does not exist. Make it first.`);
  }
}
