import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type Json } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeParquet } from './parquet.ts';
import { writeTestRun } from './run.test-support.ts';
import { RunDatabase } from './run-database.ts';

let dir: string;
let out: string;
let database: RunDatabase;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
  out = join(dir, "it's out");
  mkdirSync(out);
  for (const seed of [1, 2])
    await writeTestRun(join(dir, 'runs', `seed${seed}`), { seed, iterations: 2, tokens: 'all' });
  database = await RunDatabase.open([join(dir, 'runs')], { writable: out });
  await database.readEpisodes();
});
afterEach(async () => {
  await database.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A file as another database reads it. */
async function readBack(path: string): Promise<Record<string, Json>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll('FROM read_parquet($1)', [path]);
    return result.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

test('what is read back is what the tables hold', async () => {
  const files = await writeParquet(database, out);
  expect(readdirSync(out).sort()).toEqual(
    ['episodes', 'evaluations', 'metrics', 'runs', 'steps'].map((t) => `${t}.parquet`),
  );
  const keys = {
    runs: 'run',
    metrics: 'run, iteration, name',
    evaluations: 'run, iteration',
    steps: 'run, iteration, kind, episode, step',
  };
  for (const { path, rows } of files) {
    const table = /(\w+)\.parquet$/.exec(path)![1];
    const read = await readBack(path);
    expect(read).toHaveLength(rows);
    const order = keys[table as keyof typeof keys] ?? 'run, iteration, kind, position';
    expect(read, table).toEqual(await database.store.query(`FROM ${table} ORDER BY ${order}`));
  }
  const step = (await readBack(join(out, 'steps.parquet'))).find(({ kind }) => kind === 'train');
  expect(step).toMatchObject({ run: 'seed1', prompt: [1, 2, 3, 0], response: [4, 5], logprobs: [-0.25, -1.5] });
});

test('what cannot be written leaves what was there, and no half of a file', async () => {
  // A folder where the last file goes.
  mkdirSync(join(out, 'steps.parquet'));
  writeFileSync(join(out, 'steps.parquet', 'mine'), '');
  await expect(writeParquet(database, out)).rejects.toThrow();
  expect(readdirSync(out).sort()).toEqual(
    ['episodes', 'evaluations', 'metrics', 'runs', 'steps'].map((t) => `${t}.parquet`),
  );
  expect(readdirSync(join(out, 'steps.parquet'))).toEqual(['mine']);
});

test.skipIf(process.getuid?.() === 0)('a folder that may not be written', async () => {
  writeFileSync(join(out, 'runs.parquet'), 'old');
  chmodSync(out, 0o500);
  await expect(writeParquet(database, out)).rejects.toMatchObject({ code: 'TURNWISE_NO_PERMISSION' });
  chmodSync(out, 0o700);
  expect(readFileSync(join(out, 'runs.parquet'), 'utf8')).toBe('old');
});

test('no other folder can be written', async () => {
  await expect(writeParquet(database, join(dir, 'elsewhere'))).rejects.toThrow('disabled');
  expect(readdirSync(join(dir, 'elsewhere'))).toEqual([]);
});
