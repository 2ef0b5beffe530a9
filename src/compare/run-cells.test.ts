import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunnableCell, runCells, STOP_MESSAGE } from './run-cells.ts';

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

test('where the first cannot be started, none is started after it', async () => {
  let starts = 0;
  const running = runCells([cell('a'), cell('b'), cell('c')], {
    jobs: 3,
    start: () => {
      starts++;
      throw new Error('no room');
    },
  });
  await expect(running).rejects.toThrow('no room');
  expect(starts).toBe(1);
});

test('a cell with a channel is asked by message, and can save before it goes', async () => {
  const controller = new AbortController();
  const code = `process.on('message', (m) => {
      require('node:fs').writeFileSync('saved', m);
      process.exit(0);
    });
    process.send('up');`;
  const running = runCells([cell('a')], {
    jobs: 1,
    signal: controller.signal,
    start: () => {
      const started = spawn(process.execPath, ['-e', code], { cwd: dir, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      started.once('message', () => controller.abort());
      return started;
    },
  });
  expect([...(await running)]).toEqual([['a', 'stopped']]);
  expect(readFileSync(join(dir, 'saved'), 'utf8')).toBe(STOP_MESSAGE);
});

test('where one cannot be started, the others are stopped and waited for', async () => {
  const children: ChildProcess[] = [];
  const running = runCells([cell('a'), cell('b')], {
    jobs: 2,
    start: () => {
      if (children.length === 1) throw new Error('no room');
      children.push(child('setTimeout(() => {}, 60_000)'));
      return children[0];
    },
  });
  await expect(running).rejects.toThrow('no room');
  expect(children.map(({ signalCode }) => signalCode)).toEqual(['SIGTERM']);
});
