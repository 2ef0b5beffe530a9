import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
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

test('what is left of a process that is gone, silent or broken off while writing is taken over', async () => {
  const stale = [
    async () => left(await gonePid()),
    async () => left(process.ppid, 16),
    async () => left(1, 16, 'elsewhere'),
    // An earlier process of the same number, as in a container that was started again.
    async () => left(process.pid),
    async () => writeFileSync(file(), ''),
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

test('of several processes that try at the same moment, over a stale lock too, one succeeds', async () => {
  for (const stale of [false, true]) {
    if (stale) left(await gonePid());
    const code = `
      import { existsSync } from 'node:fs';
      import { lockFolder } from ${JSON.stringify(new URL('./folder-lock.ts', import.meta.url).href)};
      process.send('ready');
      await new Promise((go) => process.once('message', go));
      const release = await lockFolder(${JSON.stringify(dir)}, 'lock').catch((e) => e.code);
      process.send(typeof release === 'string' ? release : 'locked');
      // Not let go before all have tried.
      await new Promise((go) => process.once('message', go));
      process.exit(0);`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      }),
    );
    const next = (child: (typeof children)[number]): Promise<unknown> =>
      new Promise((resolve) => {
        const look = (message: unknown): void => {
          if (typeof message !== 'string') return;
          child.off('message', look);
          resolve(message);
        };
        child.on('message', look);
      });
    await Promise.all(children.map(next));
    const answers = Promise.all(children.map(next));
    for (const child of children) child.send('go');
    expect((await answers).sort()).toEqual([...Array(3).fill('TURNWISE_FOLDER_BUSY'), 'locked']);
    const gone = Promise.all(children.map((child) => once(child, 'exit')));
    for (const child of children) child.send('end');
    await gone;
    rmSync(file());
  }
});
