import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeFolder } from './make-folder.ts';

const dir = mkdtempSync(join(tmpdir(), 'turnwise-folder-'));
afterAll(() => rmSync(dir, { recursive: true }));

it('makes a folder and those above it, once', async () => {
  const path = join(dir, 'a', 'b', 'c');
  await makeFolder(path);
  await makeFolder(path);
  expect(statSync(path).isDirectory()).toBe(true);
});

it('says where none can be', async () => {
  const file = join(dir, 'file');
  writeFileSync(file, '');
  for (const path of [file, join(file, 'below'), join(file, 'far', 'below')]) {
    await expect(makeFolder(path)).rejects.toMatchObject({ code: 'TURNWISE_OUTPUT', path });
  }
});

it.skipIf(!existsSync('/proc/self'))('ends where the system has no room for folders', async () => {
  await expect(makeFolder('/proc/turnwise')).rejects.toMatchObject({ code: 'TURNWISE_OUTPUT' });
});
