import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'turnwise-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Number of a process that is gone. */
const gone = spawnSync(process.execPath, ['-e', '']).pid;

/** What a process that died left. */
async function leaveStale(path: string, key: string): Promise<void> {
  await writeFile(path, JSON.stringify({ pid: gone, host: hostname(), key }));
  const before = new Date(Date.now() - 20_000);
  await utimes(path, before, before);
}

test('of many that find a stale lock at once, one works at a time, and all do', async () => {
  for (let round = 0; round < 60; round++) {
    const path = join(folder, `lock${round}`);
    await leaveStale(path, String(round));
    let [working, most, done] = [0, 0, 0];
    await Promise.all(
      Array.from({ length: 6 }, async (_, k) => {
        await sleep((k * round) % 5);
        await withLock(
          path,
          async () => {
            most = Math.max(most, ++working);
            await sleep(3);
            working--;
            done++;
          },
          { every: 5 },
        );
      }),
    );
    expect({ round, most, done }).toEqual({ round, most: 1, done: 6 });
  }
  expect(await readdir(folder)).toEqual([]);
}, 60_000);

test('what somebody left who died while he took a stale lock over is taken over too', async () => {
  const path = join(folder, 'lock');
  await leaveStale(path, 'first');
  await leaveStale(`${path}.claim`, 'second');
  await leaveStale(`${path}.claim.next`, 'second');
  expect(await withLock(path, async () => (await readdir(folder)).length)).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('a lock is let go where the work fails, and one that lives is waited for until a stop', async () => {
  const path = join(folder, 'lock');
  await expect(withLock(path, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await readdir(folder)).toEqual([]);
  const controller = new AbortController();
  await withLock(path, async () => {
    const onWait = () => controller.abort(new Error('stopped'));
    const other = withLock(path, async () => 'never', { signal: controller.signal, onWait });
    await expect(other).rejects.toThrow('stopped');
  });
});
