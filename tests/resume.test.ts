import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentKind } from '../src/agents/index.ts';
import { checkConfig } from '../src/cli/load-config.ts';
import { openHousehold } from '../src/environments/household/index.ts';
import { warmUp } from '../src/training/warmup.ts';
import { warmupSchema } from '../src/training/warmup-config.ts';

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
let folder = '';
let checkpoint = '';

/** A model barely warmed up, so that episodes vary; two replicas, so that gradients are summed over threads. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'turnwise-'));
  checkpoint = join(folder, 'model');
  const suite = openHousehold({ difficulty: 'easy' });
  const { policy } = await warmUp({
    config: checkConfig(warmupSchema, {
      tasks: 60,
      updates: 60,
      batchSize: 32,
      model: { hiddenSize: 32, layers: 1, heads: 2, kvHeads: 1, ffnSize: 64 },
    }),
    suite,
    agent: agentKind('memory'),
    tasks: suite.tasks('train'),
    engine: { replicas: 2 },
  });
  await policy.export(checkpoint);
  await policy.close();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const SETTINGS = [
  'environment.options.difficulty=easy',
  'environment.maxSteps=6',
  'rollout.tasks=2',
  'rollout.groupSize=3',
  'miniBatches=2',
  'iterations=5',
  'evaluation.tasks=4',
  'evaluation.every=2',
  'checkpoints.every=1',
  'checkpoints.keep=2',
  'engine.replicas=2',
  'objective.klCoefficient=0.01',
  'optimizer.schedule=linear',
];

function turnwise(...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function finished(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = '';
  child.stdout!.on('data', (d) => (output += d));
  child.stderr!.on('data', (d) => (output += d));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

function train(out: string): ChildProcess {
  return turnwise('train', '--checkpoint', checkpoint, '--out', out, ...SETTINGS.flatMap((s) => ['--set', s]));
}

/** Everything a run decides: weights, optimizer, metrics without clocks, episodes. */
async function results(run: string) {
  const last = join(run, 'checkpoints', (await readdir(join(run, 'checkpoints'))).sort().pop()!);
  const metrics = (await readFile(join(run, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) =>
      Object.fromEntries(Object.entries(JSON.parse(line)).filter(([key]) => !/^(timing_s|perf)\//.test(key))),
    );
  const episodes = await Promise.all(
    (await readdir(join(run, 'episodes')))
      .sort()
      .map(async (file) => gunzipSync(await readFile(join(run, 'episodes', file))).toString()),
  );
  return {
    last: last.slice(-6),
    weights: (await readFile(join(last, 'model.safetensors'))).toString('base64'),
    optimizer: (await readFile(join(last, 'optimizer.safetensors'))).toString('base64'),
    steps: await readFile(join(last, 'optimizer.json'), 'utf8'),
    metrics,
    episodes,
  };
}

it('refuses to resume a run that another process trains', async () => {
  const run = join(folder, 'busy');
  const child = turnwise(
    'train',
    '--checkpoint',
    checkpoint,
    '--out',
    run,
    ...[...SETTINGS, 'iterations=5000'].flatMap((s) => ['--set', s]),
  );
  await new Promise<void>((resolve) => child.stderr?.on('data', (d) => /held-out/.test(String(d)) && resolve()));
  const second = turnwise('train', '--resume', run);
  let said = '';
  second.stderr?.on('data', (d) => (said += String(d)));
  expect((await once(second, 'close'))[0]).toBe(1);
  expect(said).toContain(`is being trained by process ${child.pid}`);
  child.kill('SIGINT');
  await once(child, 'close');
});

describe('a run that is killed', () => {
  it('goes on from its last checkpoint and equals the uninterrupted one bit for bit', async () => {
    const whole = join(folder, 'whole');
    const done = await finished(train(whole));
    expect(done.output).toContain('success on held-out tasks');
    expect(done.code).toBe(0);

    const broken = join(folder, 'broken');
    const child = train(broken);
    child.stderr!.on('data', (d: Buffer) => {
      // Somewhere inside the third iteration.
      if (/^ +2 {2}train/m.test(d.toString())) setTimeout(() => child.kill('SIGKILL'), 30);
    });
    child.stdout!.resume();
    const [, signal] = (await once(child, 'close')) as [number | null, string];
    expect(signal).toBe('SIGKILL');
    const resumed = await finished(turnwise('train', '--resume', broken));
    expect(resumed.output).toContain('going on after iteration');
    expect(resumed.code).toBe(0);
    expect(await results(broken)).toEqual(await results(whole));
  });

  it('saves what it has on Ctrl-C and says how to go on', async () => {
    const run = join(folder, 'interrupted');
    const child = train(run);
    child.stderr!.on('data', (d: Buffer) => {
      if (/^ +1 {2}train/m.test(d.toString())) child.kill('SIGINT');
    });
    const { code, output } = await finished(child);
    expect(output).toMatch(/turnwise train --resume/);
    expect(code).toBe(0);
    const resumed = await finished(turnwise('train', '--resume', run));
    expect(resumed.code).toBe(0);
    expect((await results(run)).weights).toEqual((await results(join(folder, 'whole'))).weights);
  });
});

describe('a run that is finished', () => {
  it('says so, and is trained longer where that is asked', async () => {
    const run = join(folder, 'longer');
    expect((await finished(train(run))).code).toBe(0);
    const before = await results(run);

    const nothing = await finished(turnwise('train', '--resume', run));
    expect(nothing).toMatchObject({ code: 0, output: expect.stringMatching(/is finished: 5 of 5 iterations/) });
    expect(await results(run)).toEqual(before);

    const fewer = await finished(turnwise('train', '--resume', run, '--iterations', '4'));
    expect(fewer).toMatchObject({ code: 1, output: expect.stringContaining('has 5 iterations already') });

    const longer = await finished(turnwise('train', '--resume', run, '--iterations', '6'));
    expect(longer.code).toBe(0);
    expect(longer.output).toContain('going on after iteration 5');
    // What it began with is read from the run folder.
    expect(longer.output).toMatch(/^all +\d+ +[\d.]+ % +[\d.]+ % +[+-][\d.]+ %$/m);
    expect(JSON.parse(await readFile(join(run, 'config.json'), 'utf8')).iterations).toBe(6);
    const now = await results(run);
    expect(now.metrics.slice(0, before.metrics.length)).toEqual(before.metrics);
    expect(now.metrics.at(-1)).toMatchObject({ iteration: 6 });
  });

  it('refuses what would make another run of it', async () => {
    const run = join(folder, 'longer');
    const config = await readFile(join(run, 'config.json'), 'utf8');
    const { code, output } = await finished(
      turnwise('train', '--resume', run, '--algorithm', 'grpo', '--set', 'rollout.tasks=3'),
    );
    expect(code).toBe(1);
    expect(output).toMatch(/--algorithm, --set cannot be given with --resume/);
    expect(await readFile(join(run, 'config.json'), 'utf8')).toBe(config);
  });
});

describe('bad input ends with one clear message', () => {
  const cases: [string, string[], RegExp][] = [
    ['an unknown key', ['train', '--set', 'rolout.tasks=3'], /unknown key rolout; did you mean rollout\?/],
    ['a wrong value', ['train', '--set', 'rollout.tasks=many'], /rollout\.tasks: .*got "many"/],
    ['an unknown algorithm', ['train', '--algorithm', 'gagop'], /gagpo/],
    [
      'an option the algorithm does not take',
      ['train', '--algorithm', 'grpo', '--set', 'credit.options.lambda=1'],
      /lambda/,
    ],
    ['an unknown environment', ['train', '--environment', 'houshold'], /household/],
    ['an unknown agent', ['train', '--set', 'agent.name=memroy'], /did you mean memory\?/],
    ['missing data', ['train', '--environment', 'alfworld', '--data', '/no/such.zip'], /no\/such\.zip.*no such file/],
    ['a missing checkpoint', ['train', '--checkpoint', '/no/such'], /no\/such/],
    ['a missing run', ['train', '--resume', '/no/such'], /no\/such/],
    ['an unknown player', ['evaluate', '--player', 'ranom'], /did you mean random\?/],
    ['a model folder that exists', ['warmup', '--out', '/tmp'], /exists/],
  ];
  for (const [name, args, message] of cases) {
    it(name, async () => {
      const out = args[0] === 'train' ? ['--out', join(folder, 'never', name.replaceAll(' ', '-'))] : [];
      const { code, output } = await finished(turnwise(...args, ...(args.includes('--resume') ? [] : out)));
      expect(output).toMatch(message);
      expect(output).not.toMatch(/ {4}at /);
      expect(code).toBe(1);
      if (out.length > 0) await expect(access(out[1])).rejects.toThrow('ENOENT');
    });
  }

  it('a run folder that exists', async () => {
    const { code, output } = await finished(train(join(folder, 'whole')));
    expect(output).toMatch(/whole/);
    expect(output).not.toMatch(/ {4}at /);
    expect(code).toBe(1);
  });
});
