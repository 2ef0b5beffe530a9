import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { curves } from '../src/runs/loggers/read-events.test-support.ts';
import { FakeWandb, type Fate, readRow } from '../src/runs/loggers/wandb/fake-wandb.test-support.ts';

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const KEY = '0123456789abcdef0123456789abcdef01234567';
const SETTINGS = [
  'iterations=2',
  'rollout.tasks=1',
  'rollout.groupSize=2',
  'environment.options.difficulty=easy',
  'environment.maxSteps=4',
  'evaluation.tasks=2',
  'evaluation.every=1',
  'checkpoints.every=1',
  'engine.replicas=1',
].flatMap((setting) => ['--set', setting]);

let folder = '';
const servers: FakeWandb[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'turnwise-loggers-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function serve(): Promise<FakeWandb> {
  const server = await FakeWandb.start();
  servers.push(server);
  return server;
}

/** Runs the program in an environment that knows no other loggers than the test's. */
async function turnwise(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ code: number | null; output: string }> {
  const own = { PATH: process.env['PATH'] ?? '', HOME: folder, TRACKIO_DIR: join(folder, 'trackio') };
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
    env: { ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

const wandb = (server: FakeWandb) => ({ WANDB_API_KEY: KEY, WANDB_BASE_URL: server.url });

/** Metrics of a run without its clocks and its memory. */
function metrics(run: string): unknown[] {
  return readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) =>
      Object.fromEntries(Object.entries(JSON.parse(line)).filter(([key]) => !/^(timing_s|perf)\//.test(key))),
    );
}

/** Iterations that a server has, in the order of its rows. */
const steps = (server: FakeWandb): unknown[] => server.run.history.map((line) => readRow(line)['_step']);

/** All text of a folder. */
function text(path: string): string {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

describe('a run whose logger fails', () => {
  it('trains as one without, and what is missing is sent later', async () => {
    const plain = join(folder, 'plain');
    const runs = (['500', 'hang', 'gone'] as const).map(async (name) => {
      const server = await serve();
      const run = join(folder, name);
      // All goes well until the first row is there.
      server.fate = (what): Fate => {
        if (!what.startsWith('/files') || server.run.history.length === 0) return 'answer';
        if (name === 'gone') void server.close();
        return name === '500' ? 500 : name === 'hang' ? 'hang' : 'drop';
      };
      const result = await turnwise(wandb(server), 'train', '--logger', 'tensorboard,wandb', '--out', run, ...SETTINGS);
      return { name, run, server, ...result };
    });
    const without = turnwise({}, 'train', '--out', plain, ...SETTINGS);
    expect(await without).toMatchObject({ code: 0 });
    for (const { name, run, server, code, output } of await Promise.all(runs)) {
      expect(code, output).toBe(0);
      expect(output).toContain('success on held-out tasks');
      expect(metrics(run), name).toEqual(metrics(plain));
      expect(steps(server), name).toEqual([0]);
      expect(output.match(/It is tried again; the run goes on/g), output).toHaveLength(1);
      expect(output).toMatch(/^wandb: 2 iterations not delivered .*turnwise log .* --logger wandb$/m);
      expect(curves(join(run, 'tensorboard'))['val/success_rate']).toHaveLength(3);
      expect(output + text(run), name).not.toContain(KEY);
      if (name === 'gone') {
        servers.splice(servers.indexOf(server), 1);
        continue;
      }
      server.fate = () => 'answer';
      const sent = await turnwise(wandb(server), 'log', run, '--logger', 'wandb');
      expect(sent.output).toMatch(/^wandb {2}2 of 3 iterations sent, 1 were there already: http/m);
      expect(steps(server)).toEqual([0, 1, 2]);
    }
  });
});

describe('a run', () => {
  it('that is resumed goes on in the same places, each iteration once', async () => {
    const server = await serve();
    const run = join(folder, 'resumed');
    const logger = ['--logger', 'tensorboard', '--logger', 'wandb,trackio'];
    expect(await turnwise(wandb(server), 'train', ...logger, '--out', run, ...SETTINGS)).toMatchObject({ code: 0 });
    // As if it had been killed in the second iteration.
    writeFileSync(join(run, 'latest'), 'checkpoints/000001\n');
    const again = await turnwise(wandb(server), 'train', '--resume', run);
    expect(again.output).toContain('going on after iteration 1');
    expect(again.code, again.output).toBe(0);
    expect(steps(server)).toEqual([0, 1, 2]);
    const shown = curves(join(run, 'tensorboard'));
    expect(shown['val/success_rate'].map(([step]) => step)).toEqual([0, 1, 2]);
    expect(shown['episode/success_rate'].map(([step]) => step)).toEqual([1, 2]);
    expect(readdirSync(join(run, 'tensorboard'))).toHaveLength(2);
    const rows = readdirSync(join(folder, 'trackio', 'inbox'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').trimEnd().split('\n'))
      .map((line) => JSON.parse(line) as { log_id: string; run_id: string; step: number });
    expect(new Set(rows.map((row) => row.run_id)).size).toBe(1);
    // Evaluated at 0, 1 and 2, trained at 1 and 2.
    expect(new Set(rows.map((row) => row.log_id)).size).toBe(5);
    expect(JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'))).toMatchObject({
      loggers: ['tensorboard', 'wandb', 'trackio'],
    });
    expect(text(run)).not.toContain(KEY);

    // Without its key it is not gone on with, unless it is to do without.
    writeFileSync(join(run, 'latest'), 'checkpoints/000001\n');
    const refused = await turnwise({}, 'train', '--resume', run);
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('wandb: there is no key') });
    const asked = server.asked.length;
    expect(await turnwise({}, 'train', '--resume', run, '--logger', 'none')).toMatchObject({ code: 0 });
    expect(server.asked).toHaveLength(asked);
    expect(readdirSync(join(run, 'tensorboard'))).toHaveLength(2);
  });

  it('is not begun with a logger that cannot work', async () => {
    const out = join(folder, 'never');
    const { code, output } = await turnwise({}, 'train', '--logger', 'wandb', '--out', out, ...SETTINGS);
    expect(output).toMatch(/turnwise: wandb: there is no key for https:\/\/api\.wandb\.ai\. Set WANDB_API_KEY/);
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
    const unknown = await turnwise({}, 'train', '--logger', 'tensorbord', '--out', out);
    expect(unknown.output).toMatch(/tensorboard, wandb, trackio/);
    expect(unknown.code).toBe(1);
  });
});
