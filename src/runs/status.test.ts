import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { isBusy, keepStatus, readStatus, writeStatus } from './status.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'turnwise-'));

test('a run says how it stands', async () => {
  const run = folder();
  expect(await readStatus(run)).toBeUndefined();
  await writeStatus(run, 'failed', 'no space');
  expect(await readStatus(run)).toMatchObject({ state: 'failed', error: 'no space', pid: process.pid });
});

test.each(['', '{"state":"runn', '{"state":"asleep"}', '7'])('what is no status counts as none: %j', async (text) => {
  const run = folder();
  writeFileSync(join(run, 'status.json'), text);
  expect(await readStatus(run)).toBeUndefined();
});

describe('somebody is at a run', () => {
  const { pid: gone } = spawnSync(process.execPath, ['-e', '']);
  const at = new Date(0).toISOString();
  const minutes = (n: number): number => n * 60_000;
  const running = { state: 'running', pid: process.pid, host: hostname(), at } as const;

  test('whose process lives and said so lately', () => {
    expect(isBusy(running, minutes(14))).toBe(true);
    expect(isBusy(running, minutes(16))).toBe(false);
    expect(isBusy({ ...running, pid: gone }, minutes(1))).toBe(false);
    expect(isBusy({ ...running, state: 'interrupted' }, minutes(1))).toBe(false);
  });

  test('of another machine, where only what it said can be known', () => {
    const elsewhere = { ...running, pid: gone, host: 'elsewhere.invalid' };
    expect(isBusy(elsewhere, minutes(14))).toBe(true);
    expect(isBusy(elsewhere, minutes(16))).toBe(false);
  });

  test('says so every minute, until it tells how it ended', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], now: 0 });
    try {
      const run = folder();
      const end = await keepStatus(run);
      vi.setSystemTime(minutes(1));
      vi.advanceTimersByTime(minutes(1));
      await vi.waitFor(async () =>
        expect(Date.parse((await readStatus(run))?.at ?? '')).toBeGreaterThanOrEqual(minutes(1)),
      );
      await end('failed', 'no space');
      vi.advanceTimersByTime(minutes(5));
      expect(await readStatus(run)).toMatchObject({ state: 'failed', error: 'no space' });
    } finally {
      vi.useRealTimers();
    }
  });
});
