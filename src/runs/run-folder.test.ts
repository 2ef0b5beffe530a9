import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readEpisodes } from './episodes.ts';
import { readMetrics } from './metrics.ts';
import { RunFolder, type RunOrigin } from './run-folder.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-run-'));
  path = join(dir, 'run');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const origin: RunOrigin = {
  turnwise: '1.2.3',
  packages: { 'onnxruntime-node': '4.5.6' },
  seed: 7,
  commandLine: ['turnwise', 'train', '--set', 'seed=7'],
};

const episode = (text: string) => ({ group: 'g', steps: [{ observation: text, reward: 1 }] });

/** Plays iterations `from` to `to` as a training run records them. */
async function play(run: RunFolder, from: number, to: number): Promise<void> {
  for (let i = from; i <= to; i++) {
    await run.writeEpisodes(i, [episode(`iteration ${i}`)]);
    await run.appendMetrics(i, { 'episode/success_rate': i / 100 });
    if (i % 2 === 0) {
      await run.writeEvaluation(i, 'held-out', { successRate: i / 50 }, [episode(`evaluation ${i}`)]);
      await run.appendMetrics(i, { 'val/success_rate': i / 50 });
      mkdirSync(run.checkpointFolder(i));
      writeFileSync(join(run.checkpointFolder(i), 'model'), String(i));
      await run.setLatest(i);
    }
  }
  await run.close();
}

/** Every file with its content, but the metadata, which has times. */
function snapshot(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  const paths = files.map((e) => join(e.parentPath, e.name)).filter((file) => !file.endsWith('metadata.json'));
  return Object.fromEntries(paths.sort().map((file) => [file.slice(folder.length), readFileSync(file, 'latin1')]));
}

describe('a new run', () => {
  test('in a missing or empty folder', async () => {
    const run = await RunFolder.create(path, { seed: 7 }, origin);
    expect(readdirSync(path).sort()).toEqual([
      'checkpoints',
      'config.json',
      'episodes',
      'evaluations',
      'metadata.json',
      'metrics.jsonl',
    ]);
    expect(await run.config()).toEqual({ seed: 7 });
    const metadata = await run.metadata();
    expect(metadata).toMatchObject({
      ...origin,
      resumptions: [],
      machine: { node: process.version, platform: process.platform },
    });
    expect(Date.now() - Date.parse(metadata.startedAt)).toBeLessThan(60_000);
    expect(await run.latest()).toBeUndefined();
    expect(await run.checkpoints()).toEqual([]);
    mkdirSync(join(dir, 'empty'));
    await RunFolder.create(join(dir, 'empty'), {}, origin);
  });

  test('not over another run or other files', async () => {
    await RunFolder.create(path, { seed: 7 }, origin);
    const before = snapshot(path);
    const again = RunFolder.create(path, { seed: 8 }, origin);
    await expect(again).rejects.toMatchObject({ code: 'TURNWISE_RUN_EXISTS', folder: path });
    await expect(again).rejects.toThrow(/holds a run already. Resume that run, or choose another folder/);
    expect(snapshot(path)).toEqual(before);
    mkdirSync(join(dir, 'photos'));
    writeFileSync(join(dir, 'photos', 'cat.png'), '');
    await expect(RunFolder.create(join(dir, 'photos'), {}, origin)).rejects.toThrow('is not empty (it holds cat.png)');
    expect(readdirSync(join(dir, 'photos'))).toEqual(['cat.png']);
    await expect(RunFolder.create(join(dir, 'photos', 'cat.png'), {}, origin)).rejects.toMatchObject({
      code: 'TURNWISE_RUN_FOLDER',
    });
  });
});

describe('an existing run', () => {
  test('is opened', async () => {
    await play(await RunFolder.create(path, { seed: 7 }, origin), 1, 4);
    const run = await RunFolder.open(path);
    expect(await run.config()).toEqual({ seed: 7 });
    expect(await run.latest()).toBe(4);
    expect(await run.checkpoints()).toEqual([2, 4]);
    expect(JSON.parse(readFileSync(`${run.evaluationFile(4, 'held-out')}.json`, 'utf8'))).toEqual({
      successRate: 0.08,
    });
    for await (const e of readEpisodes(run.episodesFile(3))) expect(e).toEqual(episode('iteration 3'));
  });

  test('a folder without a run, and broken files, are named', async () => {
    await expect(RunFolder.open(path)).rejects.toMatchObject({ code: 'TURNWISE_RUN_FOLDER', path });
    await expect(RunFolder.open(path)).rejects.toThrow('there is no run here (no config.json)');
    const run = await RunFolder.create(path, {}, origin);
    writeFileSync(join(path, 'latest'), '../../etc');
    await expect(run.latest()).rejects.toThrow(/latest: it reads "..\/..\/etc"; it must name a checkpoint/);
    writeFileSync(join(path, 'config.json'), '{');
    await expect(run.config()).rejects.toThrow(/config.json: it is not JSON/);
  });

  test('old checkpoints are removed, but never the latest', async () => {
    const run = await RunFolder.create(path, {}, origin);
    await play(run, 1, 8);
    await run.pruneCheckpoints([2, 6]);
    expect(await run.checkpoints()).toEqual([2, 6, 8]);
    await run.pruneCheckpoints([]);
    expect(await run.checkpoints()).toEqual([8]);
  });

  test('checkpoints sort as numbers beyond six digits', async () => {
    const run = await RunFolder.create(path, {}, origin);
    for (const i of [1_000_000, 999_999]) mkdirSync(run.checkpointFolder(i));
    expect(await run.checkpoints()).toEqual([999_999, 1_000_000]);
  });
});

describe('resuming', () => {
  test('from any checkpoint leaves what an uninterrupted run leaves', async () => {
    const config = { seed: 7 };
    const straight = await RunFolder.create(path, config, origin);
    await play(straight, 1, 7);
    for (const [reached, from] of [
      [5, 4],
      [6, 4],
      [7, 2],
      [3, 0],
    ]) {
      const other = join(dir, `resumed-${reached}-${from}`);
      const first = await RunFolder.create(other, config, origin);
      await play(first, 1, reached);
      const second = await RunFolder.open(other);
      await second.resumeFrom(from, ['turnwise', 'resume']);
      expect((await readMetrics(second.metricsFile)).records.map((r) => r.iteration)).toEqual(
        Array.from({ length: from }, (_, i) => i + 1),
      );
      await play(second, from + 1, 7);
      expect(snapshot(other)).toEqual(snapshot(path));
      expect((await second.metadata()).resumptions).toMatchObject([
        { iteration: from, commandLine: ['turnwise', 'resume'] },
      ]);
    }
  });

  test('removes what a crash left, but not an older checkpoint that was being replaced', async () => {
    const run = await RunFolder.create(path, {}, origin);
    await play(run, 1, 4);
    for (const name of ['.000006.new', '.000006.old', '.000004.new', '.000004.old'])
      mkdirSync(join(path, 'checkpoints', name));
    for (const name of ['.latest.1.tmp', 'episodes/.000005.jsonl.gz.2.tmp']) writeFileSync(join(path, name), '');
    await run.resumeFrom(4, []);
    expect(readdirSync(join(path, 'checkpoints')).sort()).toEqual(['.000004.new', '.000004.old', '000002', '000004']);
    expect(existsSync(join(path, '.latest.1.tmp'))).toBe(false);
    expect(readdirSync(join(path, 'episodes')).length).toBe(4);
  });

  test('a crash in the middle of resuming is made good by resuming again', async () => {
    const run = await RunFolder.create(path, {}, origin);
    await play(run, 1, 6);
    const expected = join(dir, 'expected');
    cpSync(path, expected, { recursive: true });
    await (await RunFolder.open(expected)).resumeFrom(2, []);
    // The first steps only: the pointer, and some files removed.
    await run.setLatest(2);
    rmSync(run.episodesFile(5));
    rmSync(run.checkpointFolder(6), { recursive: true });
    const again = await RunFolder.open(path);
    expect(await again.latest()).toBe(2);
    await again.resumeFrom(2, []);
    expect(snapshot(path)).toEqual(snapshot(expected));
  });

  test('a run killed at any moment goes on from its latest checkpoint', async () => {
    await RunFolder.create(path, {}, origin);
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const module = new URL('./run-folder.ts', import.meta.url).href;
    for (const delay of [4, 40]) {
      const before = await RunFolder.open(path);
      const start = (await before.latest()) ?? 0;
      await before.resumeFrom(start, []);
      const code = `import { mkdirSync } from 'node:fs';
        import { RunFolder } from ${JSON.stringify(module)};
        const run = await RunFolder.open(${JSON.stringify(path)});
        for (let i = ${start} + 1; ; i++) {
          const steps = Array.from({ length: 200 }, (_, t) => ({ observation: 'iteration ' + i + ' ' + t, reward: 1 }));
          await run.writeEpisodes(i, [{ group: 'g', steps }]);
          await run.appendMetrics(i, { a: i });
          if (i % 3 === 0) {
            mkdirSync(run.checkpointFolder(i));
            await run.setLatest(i);
            if (i === ${start} + 3) console.log('ready');
          }
        }`;
      const options = { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'] };
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], options);
      await once(child.stdout, 'data');
      setTimeout(() => child.kill('SIGKILL'), delay);
      await once(child, 'close');
      const run = await RunFolder.open(path);
      const latest = (await run.latest())!;
      expect(latest).toBeGreaterThan(start);
      expect(existsSync(run.checkpointFolder(latest))).toBe(true);
      await run.resumeFrom(latest, []);
      const all = Array.from({ length: latest }, (_, i) => i + 1);
      expect((await readMetrics(run.metricsFile)).records.map((r) => r.iteration)).toEqual(all);
      expect(readdirSync(join(path, 'episodes'))).toEqual(all.map((i) => `${String(i).padStart(6, '0')}.jsonl.gz`));
      for (const i of all) {
        for await (const e of readEpisodes(run.episodesFile(i)))
          expect(e.steps[199].observation).toBe(`iteration ${i} 199`);
      }
    }
  });
});

test('of two that begin in one folder at a time one alone does', async () => {
  const begun = await Promise.allSettled([1, 2].map(() => RunFolder.create(path, {}, origin)));
  expect(begun.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(begun.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'TURNWISE_RUN_EXISTS' } });
});
