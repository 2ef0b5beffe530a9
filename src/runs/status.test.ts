import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAlive, readStatus, writeStatus } from './status.ts';

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

test('only processes of this machine can be known to be gone', () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  expect(isAlive({ pid, host: hostname() })).toBe(false);
  expect(isAlive({ pid: process.pid, host: hostname() })).toBe(true);
  expect(isAlive({ pid, host: 'elsewhere.invalid' })).toBe(true);
});
