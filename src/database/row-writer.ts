import { type DuckDBAppender, type DuckDBConnection, DuckDBDataChunkWriter, type DuckDBValue } from '@duckdb/node-api';

/** Appends rows to a table of the store. Nothing is there to be seen before `flush`. */
export class RowWriter {
  private readonly appender: DuckDBAppender;
  private readonly chunks: DuckDBDataChunkWriter;
  private rows = 0;

  private constructor(appender: DuckDBAppender) {
    this.appender = appender;
    this.chunks = DuckDBDataChunkWriter.forAppender(appender);
  }

  static async open(connection: DuckDBConnection, table: string): Promise<RowWriter> {
    return new RowWriter(await connection.createAppender(table, 'store'));
  }

  /** Rows since the last flush. */
  get waiting(): number {
    return this.rows;
  }

  /** @param row values in the order of the table's columns; undefined counts as NULL */
  add(row: readonly (DuckDBValue | undefined)[]): void {
    this.chunks.appendRow(row as readonly DuckDBValue[]);
    this.rows++;
  }

  flush(): void {
    this.chunks.flush();
    this.appender.flushSync();
    this.rows = 0;
  }

  close(): void {
    this.chunks.flush();
    this.appender.closeSync();
  }
}
