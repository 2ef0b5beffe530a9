import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from './ask.ts';
import { writeTestRun } from './run.test-support.ts';
import { RunDatabase } from './run-database.ts';

const dir = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
let database: RunDatabase;
beforeAll(async () => {
  await writeTestRun(join(dir, 'run1'), { iterations: 2 });
  database = await RunDatabase.open([dir]);
  await database.readEpisodes();
});
afterAll(async () => {
  await database.close();
  rmSync(dir, { recursive: true, force: true });
});

async function answer(sql: string, signal?: AbortSignal): Promise<{ columns: readonly string[]; rows: unknown[][] }> {
  return ask(
    database,
    sql,
    async ({ columns, rows }) => {
      const all: unknown[][] = [];
      for await (const chunk of rows) all.push(...chunk.map((row) => [...row]));
      return { columns, rows: all };
    },
    signal,
  );
}

describe('answers', () => {
  test('maps from texts are objects, others lists of pairs', async () => {
    const { rows } = await answer("SELECT MAP {'a': 1, 'b': NULL}, MAP {'x': MAP {'y': [1]}}, MAP {1: 'a'}");
    expect(rows).toEqual([[{ a: 1, b: null }, { x: { y: [1] } }, [{ key: 1, value: 'a' }]]]);
  });

  test('which columns are numbers', async () => {
    const sql =
      "SELECT 1, 1::HUGEINT, 1.5, 2e0, 1::DECIMAL(4, 2), [1], [1.5::FLOAT], [1::DECIMAL(4, 2)], INTERVAL 1 DAY, 'a'";
    const numeric = await ask(database, sql, async (given) => given.numeric);
    expect(numeric).toEqual([true, true, true, true, true, false, false, false, false, false]);
  });

  test('values as plain data', async () => {
    const { columns, rows } = await answer(
      `SELECT count(*) AS n, 9007199254740993 AS large, 1.5::DECIMAL(4, 2) AS d, [1, NULL] AS l, {'a': 1::BIGINT} AS s,
        NULL AS nothing, true AS t, TIMESTAMP '2026-01-02 03:04:05' AS at, 'nan'::DOUBLE AS nan, 1 AS n FROM runs`,
    );
    expect(columns).toEqual(['n', 'large', 'd', 'l', 's', 'nothing', 't', 'at', 'nan', 'n:1']);
    expect(rows).toEqual([
      [1, '9007199254740993', '1.50', [1, null], { a: 1 }, null, true, '2026-01-02 03:04:05', 'NaN', 1],
    ]);
  });

  test.each(['SHOW TABLES', 'DESCRIBE runs', 'SUMMARIZE metrics', 'EXPLAIN SELECT 1', 'PRAGMA version'])(
    '%s, which looks and changes nothing',
    async (sql) => {
      expect((await answer(sql)).rows.length).toBeGreaterThan(0);
    },
  );

  test('several statements, of which the last one counts', async () => {
    const sql = `CREATE TEMP TABLE best AS SELECT max(value) AS v FROM metrics WHERE name = 'episode/success_rate';
      CREATE TEMP MACRO half(x) AS x / 2; SELECT half(v) AS h FROM best;`;
    expect((await answer(sql)).rows).toEqual([[0.1]]);
    // An answer that nobody would see is not computed.
    await expect(answer('SELECT 1; SELECT 2')).rejects.toMatchObject({
      code: 'TURNWISE_SQL',
      message: 'Only the last of several statements is answered, and no. 1 of 2 asks something, too. Ask it by itself.',
    });
    // What a query made goes with it.
    await expect(answer('FROM best')).rejects.toMatchObject({ code: 'TURNWISE_SQL' });
  });

  test.each([
    ['FROM metrics_wide ORDER BY iteration', 3],
    ['PIVOT metrics ON name USING first(value) GROUP BY iteration', 3],
    ['DESCRIBE steps', 20],
    ['SUMMARIZE episodes', 22],
    ['EXPLAIN SELECT 1', 1],
    ['WITH a AS (SELECT 1) SELECT * FROM a', 1],
    ['SELECT * FROM range(5000)', 5000],
    ['SELECT 1 WHERE false', 0],
  ])('%s', async (sql, count) => {
    expect((await answer(sql)).rows).toHaveLength(count);
  });

  test('a query that takes too long is stopped', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await expect(answer('SELECT count(*) FROM range(1e12::BIGINT) a(x), range(10)', controller.signal)).rejects.toThrow(
      'enough',
    );
  });
});

describe('refusals', () => {
  test.each([
    ['SELECT * FORM runs', /syntax error at or near[\s\S]*LINE 1: SELECT \* FORM runs\n +\^/],
    ['SELECT succes FROM evaluations', /"succes" not found[\s\S]*success_rate[\s\S]*\^/],
    ['FROM run', /Table with name run does not exist[\s\S]*runs/],
    ["SELECT 'a'::INTEGER", /Could not convert string 'a'/],
    ['', /empty/],
    ['-- nothing', /empty/],
    ["INSERT INTO store.metrics VALUES (0, 0, 'a', 1)", /INSERT is not possible/],
    ['DELETE FROM store.runs', /DELETE is not possible/],
    ['UPDATE store.runs SET seed = 1', /UPDATE is not possible/],
    ['DROP TABLE store.runs', /DROP is not possible/],
    ['SET threads = 1', /SET is not possible|locked/],
    ["PRAGMA memory_limit = '1GB'", /SET is not possible/],
    ['PRAGMA enable_profiling', /not possible|locked|PRAGMA/],
    ['CHECKPOINT', /not possible/],
    ['BEGIN', /TRANSACTION is not possible/],
    ["ATTACH 'x.db'", /not possible|disabled/],
    ['INSTALL httpfs', /not possible|disabled/],
    ['LOAD httpfs', /not possible|disabled/],
    ["FROM read_csv('/etc/passwd')", /no other file/],
    ["FROM '/etc/passwd'", /does not exist|disabled/],
    ["FROM read_text('https://example.com')", /no other file/],
    ["FROM glob('/*')", /no other file/],
    ["CREATE TABLE x AS FROM read_blob('/etc/passwd')", /no other file/],
    ["SELECT getenv('PATH')", /does not exist/],
  ])('%s', async (sql, message) => {
    const asked = answer(sql);
    await expect(asked).rejects.toMatchObject({ code: 'TURNWISE_SQL' });
    await expect(asked).rejects.toThrow(message);
    expect((await answer('SELECT count(*) FROM metrics')).rows).toEqual([[10]]);
  });

  test('nothing is written', async () => {
    const file = join(dir, 'out.csv');
    await expect(answer(`COPY (FROM runs) TO '${file}'`)).rejects.toMatchObject({ code: 'TURNWISE_SQL' });
    await expect(answer(`EXPORT DATABASE '${join(dir, 'all')}'`)).rejects.toMatchObject({ code: 'TURNWISE_SQL' });
    expect(existsSync(file) || existsSync(join(dir, 'all'))).toBe(false);
  });
});
