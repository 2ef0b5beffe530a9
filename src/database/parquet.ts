import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RunWriteError } from '../runs/index.ts';
import { quoted } from './quoted.ts';
import type { RunDatabase } from './run-database.ts';

/** Tables that are exported, each with the order of its rows. */
const EXPORTED = {
  runs: 'run',
  metrics: 'run, iteration, name',
  evaluations: 'run, iteration, name',
  episodes: 'run, iteration, kind, position',
  steps: 'run, iteration, kind, episode, step',
} as const;

export interface ParquetFile {
  readonly path: string;
  readonly rows: number;
}

/**
 * Writes the tables of a database as Parquet files, compressed by zstd. Each is whole or not there; one that is there already
 * is replaced.
 *
 * @param folder the one that the database was opened to write into
 * @throws RunWriteError when the disk is full or writing is forbidden
 */
export async function writeParquet(
  database: RunDatabase,
  folder: string,
  onFile: (file: ParquetFile) => void = () => undefined,
): Promise<ParquetFile[]> {
  const files: ParquetFile[] = [];
  for (const [table, order] of Object.entries(EXPORTED)) {
    const path = join(folder, `${table}.parquet`);
    const temp = join(folder, `.${table}.parquet.${randomUUID()}.tmp`);
    try {
      await mkdir(folder, { recursive: true });
      await database.store.run(
        `COPY (SELECT * FROM ${table} ORDER BY ${order}) TO ${quoted(temp)} (FORMAT parquet, COMPRESSION zstd)`,
      );
      const file = await open(temp, 'r');
      await file.sync();
      await file.close();
      await rename(temp, path);
    } catch (error) {
      await rm(temp, { force: true });
      throw RunWriteError.from(withCode(error), path);
    }
    const [{ rows }] = await database.store.query(`SELECT count(*)::INTEGER AS rows FROM ${table}`);
    const written = { path, rows: rows as number };
    files.push(written);
    onFile(written);
  }
  return files;
}

/** DuckDB tells what the system said in words alone. */
function withCode(error: unknown): unknown {
  const message = error instanceof Error ? error.message : '';
  const code = /No space left|Disk quota/.test(message)
    ? 'ENOSPC'
    : /Permission denied|Read-only/.test(message)
      ? 'EACCES'
      : undefined;
  return code === undefined ? error : Object.assign(new Error(message, { cause: error }), { code });
}
