import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRuns, resolveFolders } from './find-runs.ts';

let dir: string;
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'turnwise-test-')));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function makeRun(...path: string[]): string {
  const folder = join(dir, ...path);
  mkdirSync(folder, { recursive: true });
  for (const name of ['config.json', 'metrics.jsonl']) writeFileSync(join(folder, name), '');
  return folder;
}

const find = async (...folders: string[]) => findRuns(resolveFolders(folders.map((f) => join(dir, f))));

test('runs below a folder, in the order that people count in', async () => {
  for (const seed of [10, 2, 1]) makeRun('a', `seed${seed}`);
  makeRun('b');
  makeRun('b', 'warmup');
  makeRun('.hidden');
  makeRun('node_modules', 'x');
  makeRun('1', '2', '3', '4', '5', '6', 'deep');
  makeRun('1', '2', '3', '4', '5', 'just');
  const found = await find('');
  expect(found.map((r) => r.id)).toEqual(['1/2/3/4/5/just', 'a/seed1', 'a/seed2', 'a/seed10', 'b']);
  expect(found.map((r) => r.name)).toEqual(['just', 'seed1', 'seed2', 'seed10', 'b']);
});

test('a run itself, several folders, one in another, and the same twice', async () => {
  makeRun('a', 'x');
  makeRun('b', 'x');
  expect((await find('a/x')).map((r) => [r.id, r.name])).toEqual([['x', 'x']]);
  expect((await find('a', 'b')).map((r) => [r.id, r.name])).toEqual([
    ['a/x', 'a/x'],
    ['b/x', 'b/x'],
  ]);
  expect((await find('a', 'a/x', 'a')).map((r) => r.id)).toEqual(['a/x']);
  expect((await find('a/x', 'b/x')).map((r) => r.id)).toEqual(['x', join(dir, 'b', 'x')]);
});

test('links are followed where they stay within, and not in circles', async () => {
  makeRun('runs', 'real', 'one');
  makeRun('elsewhere', 'two');
  symlinkSync(join(dir, 'runs'), join(dir, 'runs', 'real', 'circle'));
  symlinkSync(join(dir, 'elsewhere'), join(dir, 'runs', 'out'));
  symlinkSync(join(dir, 'elsewhere', 'two'), join(dir, 'runs', 'two'));
  symlinkSync(join(dir, 'nowhere'), join(dir, 'runs', 'dangling'));
  symlinkSync(join(dir, 'runs', 'real', 'one'), join(dir, 'runs', 'alias'));
  expect((await find('runs')).map((r) => r.path)).toEqual([join(dir, 'runs', 'real', 'one')]);
  // Named itself, a link is what the person means.
  expect((await find('runs/out')).map((r) => r.id)).toEqual(['two']);
});
