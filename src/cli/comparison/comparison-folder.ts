import { mkdir, rmdir } from 'node:fs/promises';
import { ComparisonError } from '../../compare/comparison.ts';
import { type ComparisonRecord, extendRecord, readRecord } from '../../compare/comparison-record.ts';
import { lockFolder } from '../../runs/folder-lock.ts';
import { type Included, isThere } from './included-cells.ts';

/**
 * Makes the folder of a comparison where it is not there, and this process the only one that compares in it.
 *
 * @param onLost told where another process took it over, since this one was out of reach
 * @returns what lets go, and removes the folder where nothing came into it
 * @throws ComparisonError, FolderBusyError
 */
export async function takeFolder(out: string, onLost: () => void): Promise<() => Promise<void>> {
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw new ComparisonError(`${out}: it cannot be made a folder (${(error as Error).message})`, { cause: error });
  });
  const release = await lockFolder(out, 'comparison.lock', onLost);
  return async () => {
    await release();
    // Refused unless it is empty.
    await rmdir(out).catch(() => undefined);
  };
}

/** What the folder holds, with runs made elsewhere; undefined where that is nothing. @throws ComparisonError */
export async function foundRecord(out: string, included: Included): Promise<ComparisonRecord | undefined> {
  const own = await readRecord(out);
  return [...included.records, ...(own === undefined ? [] : [own])].reduce<ComparisonRecord | undefined>(
    (before, record) => extendRecord(before, record, (id) => isThere(out, included, id)),
    undefined,
  );
}

/**
 * What the folder holds once a command is added to it, and the variants in it that the command does not define.
 *
 * @throws ComparisonError
 */
export async function withEarlier(
  out: string,
  now: ComparisonRecord,
  included: Included,
): Promise<{ record: ComparisonRecord; earlier: readonly string[] }> {
  const record = extendRecord(await foundRecord(out, included), now, (id) => isThere(out, included, id));
  const own = new Set(now.cells.map(({ variant }) => variant));
  const names = new Set(record.cells.map(({ variant }) => variant));
  return { record, earlier: [...names].filter((name) => !own.has(name)) };
}
