import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunnableCell, runCells } from './run-cells.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const cell = (id: string): RunnableCell => ({ id, run: join(dir, id), iterations: 1 });
const child = (code: string): ChildProcess => spawn(process.execPath, ['-e', code], { stdio: 'ignore' });

/** A run folder as the process says that writes it. */
function writeRun(run: string, state: string, pid: number): void {
  mkdirSync(run);
  writeFileSync(join(run, 'config.json'), '{}');
  const at = new Date().toISOString();
  writeFileSync(join(run, 'status.json'), JSON.stringify({ state, pid, host: hostname(), at }));
}

test('a cell that another process was quicker to begin is left to it', async () => {
  const outcomes = await runCells([cell('a'), cell('b')], {
    jobs: 1,
    start: ({ id, run }) => {
      if (id === 'a') writeRun(run, 'running', process.pid);
      return child('process.exit(1)');
    },
  });
  expect([...outcomes]).toEqual([
    ['a', 'busy'],
    ['b', 'failed'],
  ]);
});

test('where one cannot be started, the others are stopped and waited for', async () => {
  const children: ChildProcess[] = [];
  const running = runCells([cell('a'), cell('b')], {
    jobs: 2,
    start: ({ id }) => {
      if (id === 'b') throw new Error('no room');
      children.push(child('setTimeout(() => {}, 60_000)'));
      return children[0];
    },
  });
  await expect(running).rejects.toThrow('no room');
  expect(children.map(({ signalCode }) => signalCode)).toEqual(['SIGTERM']);
});
