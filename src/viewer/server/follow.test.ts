import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RunDatabase } from '../../database/index.ts';
import { writeTestRun } from '../../database/run.test-support.ts';
import { Follower } from './follow.ts';

let dir: string;
let database: RunDatabase;
let follower: Follower | undefined;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
  await writeTestRun(join(dir, 'run1'));
  database = await RunDatabase.open([dir], { detail: 'nothing' });
});
afterEach(async () => {
  await follower?.stop();
  await database.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Follows for a while in which something is written every so many milliseconds. @returns how often was looked */
async function looks(milliseconds: number, every: number, before: () => Promise<void>): Promise<number> {
  const errors: unknown[] = [];
  let count = 0;
  const refresh = database.refresh.bind(database);
  database.refresh = async () => {
    count++;
    await before();
    return refresh();
  };
  follower = new Follower(database, { changed: () => undefined, onError: (error) => errors.push(error) });
  follower.start();
  for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(every)) {
    appendFileSync(join(dir, 'run1', 'metrics.jsonl'), ' ');
  }
  return count;
}

test('what is written all the time does not put the next look off', async () => {
  expect(await looks(2000, 40, async () => undefined)).toBeGreaterThan(2);
});

test('looks that take long are rare, however much is written', async () => {
  expect(await looks(2000, 350, async () => void (await sleep(400)))).toBe(1);
});

test('a look that fails is not the last', { timeout: 10_000 }, async () => {
  let failed = false;
  const count = await looks(4000, 350, async () => {
    if (failed) return;
    failed = true;
    throw new Error('for once');
  });
  expect(count).toBeGreaterThan(1);
});
