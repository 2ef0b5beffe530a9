import {
  type DuckDBConnection,
  type DuckDBExtractedStatements,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBTypeId,
  type DuckDBValueConverter,
  type Json,
  JsonDuckDBValueConverter,
  StatementType,
} from '@duckdb/node-api';
import { SqlError } from './errors.ts';
import type { RunDatabase } from './run-database.ts';

/** What a query gave. */
export interface Answer {
  /** Names of the columns; told apart where two are equal. */
  readonly columns: readonly string[];
  /** Whether a column holds numbers. */
  readonly numeric: readonly boolean[];
  /** Rows as plain data, many at a time. Whole numbers beyond 2^53 are texts. */
  readonly rows: AsyncIterable<readonly (readonly Json[])[]>;
}

/** What may be asked. A query may make tables and views of its own, which go with it. */
const ALLOWED: ReadonlySet<StatementType> = new Set([
  StatementType.SELECT,
  StatementType.EXPLAIN,
  StatementType.CREATE,
]);

/**
 * Answers a query over a database of runs; before it, with semicolons between them, tables and views may be made. Nothing of the
 * runs can be changed, and no file or network reached.
 *
 * @param use is given the answer, which ends with it
 * @throws SqlError with the place that DuckDB gives, and the reason of the signal
 */
export async function ask<T>(
  database: RunDatabase,
  sql: string,
  use: (answer: Answer) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const connection = await database.store.instance.connect();
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener('abort', interrupt);
  try {
    return await use(await run(connection, sql));
  } catch (error) {
    signal?.throwIfAborted();
    throw sqlError(error);
  } finally {
    signal?.removeEventListener('abort', interrupt);
    connection.closeSync();
  }
}

async function run(connection: DuckDBConnection, sql: string): Promise<Answer> {
  const statements = await extract(connection, sql);
  for (let i = 0; ; i++) {
    // Prepared one after the other, since one may use what the one before made.
    const statement = await statements.prepare(i);
    if (!ALLOWED.has(statement.statementType)) {
      const kind = StatementType[statement.statementType] ?? 'this statement';
      throw new SqlError(`Runs can be asked, not changed: ${kind} is not possible. Write a SELECT.`);
    }
    if (i < statements.count - 1) {
      if (statement.statementType !== StatementType.CREATE) {
        throw new SqlError(
          `Only the last of several statements is answered, and no. ${i + 1} of ${statements.count} asks something, too. Ask it by itself.`,
        );
      }
      await statement.run();
      continue;
    }
    const result = await statement.stream();
    const types = result.columnTypes();
    return {
      columns: result.deduplicatedColumnNames(),
      numeric: types.map((type) =>
        /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\))$/.test(type.toString()),
      ),
      rows: result.yieldConvertedRows(plain) as AsyncIterable<Json[][]>,
    };
  }
}

/** The statements of a query. @throws SqlError where there are none, which the binding takes for a failure of its own */
async function extract(connection: DuckDBConnection, sql: string): Promise<DuckDBExtractedStatements> {
  try {
    const statements = await connection.extractStatements(sql);
    if (statements.count > 0) return statements;
  } catch (error) {
    if ((error as Error).message !== 'Error in native callback') throw error;
  }
  throw new SqlError('The query is empty.');
}

/** As JSON, but for whole numbers that a JavaScript number holds exactly, and maps from texts, which are objects. */
const plain: DuckDBValueConverter<Json> = (value, type, self) => {
  if (typeof value === 'bigint' && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER)
    return Number(value);
  if (
    value instanceof DuckDBMapValue &&
    type instanceof DuckDBMapType &&
    type.keyType.typeId === DuckDBTypeId.VARCHAR
  ) {
    const { valueType } = type;
    return Object.fromEntries(value.entries.map((entry) => [entry.key, self(entry.value, valueType, self)]));
  }
  return JsonDuckDBValueConverter(value, type, self);
};

/** DuckDB's words for what it would change, could it be changed; each says more of its insides than of the query. */
const CHANGES = /^Binder Error: Can only (update|delete from) base table|^Catalog Error: .* is not an table/;
const FILES = /^Permission Error: Cannot access file .* file system operations are disabled/;

function sqlError(error: unknown): unknown {
  if (error instanceof SqlError || !(error instanceof Error)) return error;
  if (CHANGES.test(error.message)) {
    return new SqlError('Runs can be asked, not changed. Write a SELECT.', { cause: error });
  }
  if (FILES.test(error.message)) {
    return new SqlError(
      'A query reads the runs, and reads and writes no other file. What it answers can be kept: turnwise sql … --format csv --out FILE',
      { cause: error },
    );
  }
  // What DuckDB says, with the line and a mark below the place.
  const told = /^(?:Failed to extract statements: )?([A-Z][A-Za-z ]* Error: [\s\S]*)$/.exec(error.message);
  return told === null ? error : new SqlError(told[1].trim(), { cause: error });
}
