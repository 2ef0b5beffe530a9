import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lockFolder } from './folder-lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const file = (): string => join(dir, 'lock');
const left = (pid: number, minutesAgo = 0, host = hostname()): void =>
  writeFileSync(
    file(),
    JSON.stringify({ state: 'running', pid, host, at: new Date(Date.now() - 60_000 * minutesAgo).toISOString() }),
  );

async function gonePid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid as number;
}

test('says who has the folder, and leaves nothing when it lets go', async () => {
  const release = await lockFolder(dir, 'lock');
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ state: 'running', pid: process.pid });
  await release();
  expect(readdirSync(dir)).toEqual([]);
});

test('a folder that a living process works in is refused by naming the process', async () => {
  left(process.ppid);
  await expect(lockFolder(dir, 'lock')).rejects.toThrow(
    `${dir}: process ${process.ppid} on ${hostname()} is at work in it`,
  );
  left(1, 5, 'elsewhere');
  await expect(lockFolder(dir, 'lock')).rejects.toThrow('process 1 on elsewhere');
});

test('a folder that this process works in is refused to itself', async () => {
  const release = await lockFolder(dir, 'lock');
  await expect(lockFolder(dir, 'lock')).rejects.toThrow(`process ${process.pid}`);
  await release();
  await (await lockFolder(dir, 'lock'))();
  expect(readdirSync(dir)).toEqual([]);
});

test('a lock that is just being written is waited for', async () => {
  writeFileSync(file(), '');
  setTimeout(() => left(process.ppid), 200);
  await expect(lockFolder(dir, 'lock')).rejects.toThrow(`process ${process.ppid}`);
});

test('what is left of a process that is gone, silent or broken off while writing is taken over', async () => {
  const stale = [
    async () => left(await gonePid()),
    async () => left(process.ppid, 16),
    async () => left(1, 16, 'elsewhere'),
    // An earlier process of the same number, as in a container that was started again.
    async () => left(process.pid),
    async () => {
      writeFileSync(file(), '');
      utimesSync(file(), new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
    },
  ];
  for (const leave of stale) {
    await leave();
    const release = await lockFolder(dir, 'lock');
    await release();
    expect(readdirSync(dir)).toEqual([]);
  }
});

test('who was taken over does not remove the lock of who has it now', async () => {
  const release = await lockFolder(dir, 'lock');
  left(process.ppid);
  await release();
  expect(readdirSync(dir)).toEqual(['lock']);
});

test('who was taken over is told so, once', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const onLost = vi.fn();
    const release = await lockFolder(dir, 'lock', onLost);
    // Each beat of its own is written.
    const { at } = JSON.parse(readFileSync(file(), 'utf8'));
    vi.advanceTimersByTime(61_000);
    await vi.waitFor(() => expect(JSON.parse(readFileSync(file(), 'utf8')).at).not.toBe(at));
    expect(onLost).not.toHaveBeenCalled();
    left(process.ppid);
    vi.advanceTimersByTime(61_000);
    await vi.waitFor(() => expect(onLost).toHaveBeenCalled());
    vi.advanceTimersByTime(61_000);
    // Ends when the last beat is over.
    await release();
    expect(onLost).toHaveBeenCalledTimes(1);
    expect(readdirSync(dir)).toEqual(['lock']);
  } finally {
    vi.useRealTimers();
  }
});

test('of several processes that try at the same moment, over a stale lock too, one succeeds', async () => {
  const code = `
    import { lockFolder } from ${JSON.stringify(new URL('./folder-lock.ts', import.meta.url).href)};
    let release;
    process.on('message', async (message) => {
      if (message === 'try') {
        release = await lockFolder(${JSON.stringify(dir)}, 'lock').catch((e) => e.code);
        process.send(typeof release === 'string' ? release : 'locked');
      } else {
        if (typeof release !== 'string') await release();
        process.send('let go');
      }
    });
    process.send('ready');`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  );
  try {
    const all = (message?: string): Promise<unknown[]> =>
      Promise.all(
        children.map((child) => {
          const answer = new Promise((resolve) => {
            const look = (text: unknown): void => {
              // The loader of the child has words of its own.
              if (typeof text !== 'string') return;
              child.off('message', look);
              resolve(text);
            };
            child.on('message', look);
          });
          if (message !== undefined) child.send(message);
          return answer;
        }),
      );
    await all();
    const gone = await gonePid();
    for (let round = 0; round < 40; round++) {
      if (round % 2 === 1) left(gone);
      expect((await all('try')).sort()).toEqual([...Array(3).fill('TURNWISE_FOLDER_BUSY'), 'locked']);
      // Not let go before all have tried.
      await all('let go');
      expect(readdirSync(dir)).toEqual([]);
    }
  } finally {
    for (const child of children) child.kill();
  }
}, 60_000);
