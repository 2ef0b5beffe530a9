import { rmSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue, type Json } from '@duckdb/node-api';
import { quoted } from './quoted.ts';
import { RowWriter } from './row-writer.ts';
import { makeScratchFolder } from './scratch-folder.ts';
import { STORE } from './tables.ts';

/** Memory of the database before it moves to the disk, bytes: a quarter of the machine's, at most. */
const MEMORY = 2 ** 30;

/**
 * A database of this process alone. It lives in memory, compressed, and what does not fit lies in a temporary folder that
 * goes with it. It cannot reach a file or the network.
 */
export class Store {
  readonly instance: DuckDBInstance;
  private readonly writer: DuckDBConnection;
  private readonly scratch: string;

  private constructor(instance: DuckDBInstance, writer: DuckDBConnection, scratch: string) {
    this.instance = instance;
    this.writer = writer;
    this.scratch = scratch;
    process.once('exit', this.leaveNothing);
  }

  /** @param writable a folder that queries may write files into; default: none */
  static async open(writable?: string): Promise<Store> {
    const scratch = makeScratchFolder();
    const instance = await DuckDBInstance.create(':memory:', {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      temp_directory: scratch,
      memory_limit: `${Math.floor(Math.min(MEMORY, totalmem() / 4) / 2 ** 20)}MiB`,
      threads: String(availableParallelism()),
    });
    const writer = await instance.connect();
    if (writable !== undefined) await writer.run(`SET allowed_directories = [${quoted(writable)}]`);
    await writer.run('SET enable_external_access = false');
    await writer.run('SET lock_configuration = true');
    await writer.run(STORE);
    return new Store(instance, writer, scratch);
  }

  rows(table: string): Promise<RowWriter> {
    return RowWriter.open(this.writer, table);
  }

  /** Changes something. One caller at a time. */
  async run(sql: string, values: readonly DuckDBValue[] = []): Promise<void> {
    await this.writer.run(sql, [...values]);
  }

  /** Rows of a query, plain data: 64-bit integers as text. */
  async query(
    sql: string,
    values: readonly DuckDBValue[] | Record<string, DuckDBValue> = [],
  ): Promise<Record<string, Json>[]> {
    const connection = await this.instance.connect();
    try {
      const result = await connection.runAndReadAll(sql, values as DuckDBValue[]);
      return result.getRowObjectsJson();
    } finally {
      connection.closeSync();
    }
  }

  /** Compresses what came in. */
  async compress(): Promise<void> {
    try {
      await this.writer.run('CHECKPOINT');
    } catch {
      // Somebody reads; the next time will do.
    }
  }

  close(): void {
    process.off('exit', this.leaveNothing);
    this.writer.closeSync();
    this.instance.closeSync();
    this.leaveNothing();
  }

  private readonly leaveNothing = (): void => rmSync(this.scratch, { recursive: true, force: true });
}
