import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
let folder = '';
let file = '';

const BASE = {
  iterations: 2,
  environment: { options: { difficulty: 'easy' }, maxSteps: 4 },
  rollout: { tasks: 2, groupSize: 2 },
  miniBatches: 1,
  evaluation: { tasks: 3, every: 1, seeds: 2 },
  checkpoints: { every: 1 },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'turnwise-'));
  file = join(folder, 'two.json');
  await writeFile(file, JSON.stringify({ title: 'Two', base: BASE, algorithms: ['grpo', 'gagpo'], seeds: 2 }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function compare(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'compare', ...args]);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

describe('a comparison', { timeout: 120_000 }, () => {
  const place = (): string => join(folder, 'out');

  test('stops at a signal, goes on, and reports', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', main, 'compare', file, '--out', place(), '--jobs', '1']);
    // As soon as the first run plays.
    while (!(await exists(join(place(), 'runs/grpo/household/seed1/status.json'))))
      await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code).toBe(130);
    const status = JSON.parse(await readFile(join(place(), 'runs/grpo/household/seed1/status.json'), 'utf8'));
    expect(status).toMatchObject({ state: 'interrupted' });

    const { code: then, out, err } = await compare(file, '--out', place());
    expect(err).toContain('4 runs');
    expect(then).toBe(0);
    expect(out).toContain('report');
    const results = JSON.parse(await readFile(join(place(), 'results.json'), 'utf8'));
    expect(results.missing).toEqual([]);
    expect(results.cells.map(({ id }: { id: string }) => id).sort()).toEqual([
      'gagpo/household/seed1',
      'gagpo/household/seed2',
      'grpo/household/seed1',
      'grpo/household/seed2',
    ]);
    for (const cell of results.cells) {
      expect(cell.result.curve.map(({ iteration }: { iteration: number }) => iteration)).toEqual([0, 1, 2]);
      expect(cell.result.budget).toMatchObject({ iterations: 2, episodes: 8 });
      expect(cell.result.series['credit/advantage_iqr']).toHaveLength(2);
    }
    // The same weights and, for the same seed, the same evaluation before training.
    const start = (variant: string, seed: number): number =>
      results.cells.find((c: { variant: string; seed: number }) => c.variant === variant && c.seed === seed).result
        .curve[0].success;
    expect(start('grpo', 1)).toBe(start('gagpo', 1));
    expect(await exists(join(place(), 'figures/success.svg'))).toBe(true);
  });

  test('keeps what is finished, and refuses other settings for it', async () => {
    const before = await stat(join(place(), 'runs/gagpo/household/seed2/metrics.jsonl'));
    const again = await compare(file, '--out', place());
    expect(again.code).toBe(0);
    expect((await stat(join(place(), 'runs/gagpo/household/seed2/metrics.jsonl'))).mtimeMs).toBe(before.mtimeMs);
    const other = await compare(file, '--out', place(), '--set', 'optimizer.learningRate=0.001');
    expect(other.code).toBe(1);
    expect(other.err).toContain(
      'grpo/household/seed1 was run with other settings: optimizer.learningRate was 0.0003 and is now 0.001',
    );
    // A report alone would tell of the new settings, and count by them.
    const report = await compare(file, '--out', place(), '--report-only', '--set', 'rollout.tasks=16');
    expect(report.code).toBe(1);
    expect(report.err).toContain('rollout.tasks was 2 and is now 16');
    expect((await compare(file, '--out', place(), '--report-only', '--seeds', '2,1,')).out).toContain('report');
    expect(JSON.parse(await readFile(join(place(), 'results.json'), 'utf8')).missing).toEqual([]);
  });

  test('new variants join those that the folder has, whatever they are named by', async () => {
    const more = join(folder, 'more.json');
    await writeFile(more, JSON.stringify({ base: BASE, algorithms: ['rloo'], seeds: 1 }));
    const { code, out, err } = await compare(more, '--out', place());
    expect([code, err]).toEqual([0, expect.stringContaining('1 variant × 1 seed: 1 run in')]);
    expect(out).toContain('with grpo, gagpo of earlier commands on this folder');
    const { title, panels, cells, facts } = JSON.parse(await readFile(join(place(), 'results.json'), 'utf8'));
    expect([title, panels]).toEqual(['Two', [{ title: 'Two', variants: ['grpo', 'gagpo', 'rloo'], baseline: 'grpo' }]]);
    expect(cells).toHaveLength(5);
    expect(facts).toContain('Of earlier commands on the same folder: grpo, gagpo.');
    const page = await readFile(join(place(), 'report.html'), 'utf8');
    expect(page).toContain('every iteration');
    expect(page).not.toContain('<h2>');

    // All of it again, by the folder alone.
    const again = await compare('--report-only', '--out', place(), '--threshold', '0.01', '--baseline', 'rloo');
    expect(again.code).toBe(0);
    const report = JSON.parse(await readFile(join(place(), 'results.json'), 'utf8'));
    expect(report).toMatchObject({ title: 'Two', threshold: 0.01, panels: [{ baseline: 'rloo' }], missing: [] });
    expect(report.cells).toHaveLength(5);
    expect((await compare('--report-only', '--out', place(), '--seeds', '3')).err).toContain('leave out --seeds');
    // A variant is taken out by its folder.
    await rm(join(place(), 'runs/rloo'), { recursive: true });
    expect((await compare(file, '--out', place(), '--report-only')).code).toBe(0);
    expect(JSON.parse(await readFile(join(place(), 'results.json'), 'utf8')).cells).toHaveLength(4);
  });

  test('runs that were made elsewhere count, and are not made again', async () => {
    const elsewhere = join(folder, 'elsewhere');
    // As it comes from another machine: the results alone.
    const results = join(folder, 'from-elsewhere.json');
    await copyFile(join(place(), 'results.json'), results);
    const { code, out, err } = await compare(file, '--out', elsewhere, '--seeds', '3', '--include', results);
    expect([code, err]).toEqual([0, expect.stringContaining('4 of them are finished already, all of these elsewhere')]);
    expect(out).toContain('report');
    const report = JSON.parse(await readFile(join(elsewhere, 'results.json'), 'utf8'));
    expect([report.cells.length, report.missing]).toEqual([6, []]);
    const here = JSON.parse(await readFile(results, 'utf8'));
    for (const id of ['grpo/household/seed1', 'gagpo/household/seed2']) {
      const of = ({ cells }: { cells: { id: string; result: unknown }[] }): unknown =>
        cells.find((cell) => cell.id === id)?.result;
      expect(of(report)).toEqual(of(here));
      expect(await exists(join(elsewhere, 'runs', id))).toBe(false);
    }
    // The folder keeps them, and its own results can be included in turn, with nothing but a report to be written.
    expect((await compare(file, '--out', elsewhere, '--seeds', '3', '--report-only')).code).toBe(0);
    expect(JSON.parse(await readFile(join(elsewhere, 'results.json'), 'utf8')).cells).toHaveLength(6);
    const joined = await compare(
      '--report-only',
      '--out',
      join(folder, 'joined'),
      '--include',
      elsewhere,
      '--include',
      results,
    );
    expect([joined.code, joined.err]).toEqual([0, '']);
    const all = JSON.parse(await readFile(join(folder, 'joined', 'results.json'), 'utf8'));
    expect(all).toMatchObject({ title: 'Two', missing: [], panels: [{ variants: ['grpo', 'gagpo'] }] });
    expect(all.cells).toHaveLength(6);

    await writeFile(join(folder, 'joined', 'included.json'), '{\n"title": oops');
    const broken = await compare('--report-only', '--out', join(folder, 'joined'));
    expect([broken.code, broken.err.trim().split('\n')]).toEqual([
      1,
      [
        expect.stringMatching(
          /joined\/included\.json: it is no results\.json .*Remove it, and name with --include anew/,
        ),
      ],
    ]);

    const refused = async (...args: string[]): Promise<string> => {
      const answer = await compare(file, '--out', join(folder, 'refused'), '--include', results, ...args);
      expect([answer.code, answer.out]).toEqual([1, '']);
      expect(await exists(join(folder, 'refused'))).toBe(false);
      return answer.err;
    };
    expect(await refused('--set', 'rollout.tasks=3')).toContain(
      'grpo/household/seed1 was run elsewhere with other settings: rollout.tasks was 2 and is now 3',
    );
    expect(await refused('--threshold', '0.3')).toContain('are timed to a held-out success of 0.8, not 0.3');
    expect((await compare(file, '--out', place(), '--include', place())).err).toContain(
      'that is the folder of this comparison itself',
    );
    expect(await refused('--include', join(folder, 'no.json'))).toContain('no.json: there is no such file');
  });

  test('of two that begin at once in one folder one is refused, and nothing is left of the lock', async () => {
    const out = join(folder, 'both');
    const both = await Promise.all([1, 2].map(() => compare(file, '--out', out, '--seeds', '1', '--jobs', '1')));
    expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(both.find(({ code }) => code === 1)?.err).toMatch(/both: process \d+ on .* is at work in it/);
    expect(await exists(join(out, 'comparison.lock'))).toBe(false);
    const { cells, missing } = JSON.parse(await readFile(join(out, 'results.json'), 'utf8'));
    expect([cells.length, missing]).toEqual([2, []]);
  });

  test('goes on where a run fails, names it and its log, and tries it again', async () => {
    const broken = join(folder, 'broken.json');
    const variants = [{ name: 'broken', config: { environment: { evaluateSplit: 'no such' } } }, { name: 'whole' }];
    await writeFile(broken, JSON.stringify({ base: BASE, variants, seeds: 1 }));
    const out = join(folder, 'failed');
    const failed = await compare(broken, '--out', out, '--jobs', '2');
    expect(failed.code).toBe(1);
    const log = join(out, 'logs/broken/household/seed1.log');
    expect(failed.err).toContain(`1 of 2 runs failed: broken/household/seed1 (${log})`);
    expect(await readFile(log, 'utf8')).toContain('no such');
    const { cells, missing } = JSON.parse(await readFile(join(out, 'results.json'), 'utf8'));
    expect([cells.length, missing]).toEqual([1, ['broken/household/seed1']]);
    // What failed is tried again, what is finished is not.
    expect((await compare(broken, '--out', out)).err).not.toContain('whole/household/seed1  finished');
  });
});

test('the report in the documents is what its data gives', { timeout: 60_000 }, async () => {
  const docs = fileURLToPath(new URL('../docs/comparison/', import.meta.url));
  const out = join(folder, 'documents');
  const { code, err } = await compare('--report-only', '--out', out, '--include', docs);
  expect([code, err]).toEqual([0, '']);
  for (const name of ['report.md', 'results.csv', 'results.json', 'figures/3-success.svg']) {
    expect((await readFile(join(out, name), 'utf8')) === (await readFile(join(docs, name), 'utf8')), name).toBe(true);
  }
});

describe('what cannot be compared is refused before anything runs', () => {
  test('a file in place of a folder', async () => {
    const { code, err } = await compare(file, '--out', file);
    expect(code).toBe(1);
    expect(err).toMatch(/^turnwise: .*two\.json: it cannot be made a folder \(EEXIST/);
  });

  test.each([
    [['--algorithms', 'grpo,gagop'], 'gagop: There is no credit algorithm "gagop"; the nearest name is "gagpo"'],
    [['--algorithms', 'gae'], 'gae: Training has no critic'],
    [[], 'there is nothing to compare'],
    [['nothing.yaml'], 'nothing.yaml: there is no such file'],
    [
      ['--algorithms', 'grpo', '--set', 'rollout.tsks=3'],
      'grpo: unknown key rollout.tsks; did you mean rollout.tasks?',
    ],
    [['--algorithms', 'grpo', '--seeds', '0'], 'give a whole number of at least 1'],
    [['--algorithms', 'grpo', '--report-only'], 'no run of this comparison is finished'],
    [['--algorithms', 'sarsa'], 'sarsa: There is no credit algorithm "sarsa". Choose one of'],
    [['--algorithms', 'grpo', '--threshold', '80'], 'the threshold is a share between 0 and 1: 0.8, not 80'],
    [['--algorithms', 'grpo', '--environment', 'mars'], 'There is no environment called "mars". Environments:'],
    [['--algorithms', 'grpo', '--set', 'agent.name=robot'], 'there is no agent robot.'],
    [['--algorithms', 'grpo', '--model', '/no/such'], '/no/such: there is no such folder'],
    [['--algorithms', 'grpo', '--environment', 'alfworld', '--set', 'environment.data=/no/such'], '/no/such: there is'],
    [['--report-only'], 'there is no such file, so'],
  ])('%j', async (args, message) => {
    const { code, out, err } = await compare(...args, '--out', join(folder, 'never'));
    expect(code).toBe(1);
    expect([out, err.trim().split('\n').length]).toEqual(['', 1]);
    expect(err.replace(/\s+/g, ' ')).toContain(message);
    expect(await exists(join(folder, 'never'))).toBe(false);
  });
});
