import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeHub } from '../hub/fake-hub.test-support.ts';
import { isAdapterFolder } from '../nn/files/index.ts';
import { RunFolder } from '../runs/run-folder.ts';
import { configSchema } from '../training/config.ts';
import { DownloadLine } from './download-line.ts';
import { placeModel } from './model-place.ts';
import { ProgressLine } from './progress.ts';
import { loadPolicy, SHIPPED_CHECKPOINT } from './setup.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const ADAPTER = fileURLToPath(new URL('../../tests/golden/models/qwen2-tied/adapter', import.meta.url));
const WEIGHTS = 'model.safetensors';

let dir: string;
let hub: FakeHub;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-place-'));
  hub = await FakeHub.start();
  hub.add('acme/household', SHIPPED_CHECKPOINT);
  for (const name of ['HF_TOKEN', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE']) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('HF_HOME', join(dir, 'home'));
  vi.stubEnv('HF_ENDPOINT', hub.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Lines that stay, as they are printed where there is no terminal. */
class Log extends ProgressLine {
  readonly lines: string[] = [];
  override say(text: string): void {
    this.lines.push(text);
  }
}

function adapterOf(base: string, revision?: string): string {
  const folder = join(dir, 'adapter');
  cpSync(ADAPTER, folder, { recursive: true });
  const file = join(folder, 'adapter_config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...config, base_model_name_or_path: base, revision }));
  return folder;
}

it('a run folder stands for its last checkpoint', async () => {
  const path = join(dir, 'run');
  const origin = { turnwise: '0', packages: {}, seed: 1, commandLine: [] };
  const run = await RunFolder.create(path, {}, origin);
  await expect(placeModel(path)).rejects.toThrow('this run has no checkpoint yet');
  for (const iteration of [0, 10]) cpSync(SHIPPED_CHECKPOINT, run.checkpointFolder(iteration), { recursive: true });
  await run.setLatest(10);
  expect(await placeModel(path)).toEqual({ folder: run.checkpointFolder(10) });
});

describe('a model of the hub', () => {
  it('is loaded by the id in a configuration, and its download is told of', async () => {
    const line = new Log();
    const config = configSchema.parse({ checkpoint: 'acme/household', engine: { replicas: 1 } });
    for (let i = 0; i < 2; i++) {
      const policy = await loadPolicy(config, undefined, { line });
      expect(policy.describe()).toMatch(/^Qwen2 decoder, 0\.34 M/);
      await policy.close();
    }
    expect(line.lines).toEqual([
      expect.stringMatching(/^downloading acme\/household: 1\.\d MB in \d files$/),
      expect.stringMatching(/^downloaded 1\.\d MB in \d s to .*snapshots/),
    ]);
  });

  it('is found under an adapter, in the revision that the adapter names', async () => {
    const { commit } = hub.models.get('acme/household')!;
    const base = join(dir, 'home', 'hub', 'models--acme--household', 'snapshots', commit);
    expect(await placeModel(adapterOf('acme/household'))).toEqual({ folder: join(dir, 'adapter'), base });
    rmSync(join(dir, 'home'), { recursive: true });
    hub.asked.length = 0;
    expect(await placeModel(adapterOf('acme/household', commit.slice(0, 7)))).toMatchObject({ base });
    expect(existsSync(join(dir, 'home', 'hub', 'models--acme--household', 'refs', commit.slice(0, 7)))).toBe(true);
    // Saved adapters name the snapshot; it is fetched again where the cache was cleared.
    rmSync(join(dir, 'home'), { recursive: true });
    expect(await placeModel(adapterOf(base))).toMatchObject({ base });
  });

  it('is not asked for where the base of an adapter lies here, or its name is no id', async () => {
    expect(await placeModel(adapterOf(SHIPPED_CHECKPOINT))).toEqual({ folder: join(dir, 'adapter') });
    expect(await placeModel(adapterOf('gpt2'))).toEqual({ folder: join(dir, 'adapter') });
    expect(await placeModel(adapterOf(''))).toEqual({ folder: join(dir, 'adapter') });
    expect(hub.asked).toEqual([]);
  });

  it('may be an adapter with its base on the hub too', async () => {
    hub.add('acme/tuned', adapterOf('acme/household'));
    const { folder, base } = await placeModel('acme/tuned');
    expect(isAdapterFolder(folder)).toBe(true);
    expect(existsSync(join(base!, WEIGHTS))).toBe(true);
  });
});

it('the line of a download has rate and time left of the last seconds', () => {
  const shown: string[] = [];
  const line = new Log();
  line.show = (text) => shown.push(text);
  let now = 100;
  const download = new DownloadLine('acme/tiny', line, () => now);
  const at = (done: number): void =>
    download.progress({ file: 'a.safetensors', done, total: 4e9, filesDone: 1, files: 3 });
  at(1e9);
  for (let i = 1; i <= 20; i++) {
    now++;
    at(1e9 + i * 50e6);
  }
  expect(shown.at(-1)).toBe('50.0 % of 4.0 GB, 50.0 MB/s, about 40 s left · a.safetensors, 2 of 3');
  now += 30;
  at(2e9);
  expect(shown.at(-1)).toBe('50.0 % of 4.0 GB · a.safetensors, 2 of 3');
  at(4e9);
  download.done('/cache');
  expect(line.lines).toEqual([
    'downloading acme/tiny: 4.0 GB in 3 files, of which 1.0 GB are there',
    'downloaded 3.0 GB in 50 s to /cache',
  ]);
});

describe('the command line', () => {
  function turnwise(...args: string[]): ChildProcess {
    return spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  }
  async function finished(child: ChildProcess): Promise<{ code: number; output: string }> {
    let output = '';
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (output += String(chunk)));
    const [code] = await once(child, 'close');
    return { code, output };
  }
  const FEW = ['--set', 'evaluation.tasks=2', 'evaluation.seeds=1', 'environment.maxSteps=3', 'engine.replicas=1'];

  it('evaluates and trains it; another call asks nothing', async () => {
    const first = await finished(turnwise('evaluate', '-m', 'acme/household', ...FEW));
    expect(first.output).toMatch(/downloading acme\/household[\s\S]*downloaded[\s\S]*all +2 /);
    expect(first.code).toBe(0);
    hub.asked.length = 0;
    const out = join(dir, 'run');
    const few = [...FEW, 'iterations=1', 'rollout.tasks=1', 'rollout.groupSize=2'];
    const second = await finished(turnwise('train', '-m', 'acme/household', '--out', out, ...few));
    expect(second.output).not.toMatch(/download/);
    expect(second.code).toBe(0);
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toMatchObject({ checkpoint: 'acme/household' });
    expect(hub.asked).toEqual([]);
  });

  it('says in one line what is wrong, and leaves no run', async () => {
    mkdirSync(join(dir, 'home'));
    const { code, output } = await finished(turnwise('train', '-m', 'acme/nothing', '--out', join(dir, 'run')));
    expect(output).toMatch(/^turnwise: acme\/nothing: there is no such folder, and http.* has no such model for you\./);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
    expect(existsSync(join(dir, 'run'))).toBe(false);
  });

  it('stops a download at Ctrl-C, and goes on with it', async () => {
    hub.faults.set(WEIGHTS, [{ slow: 20 }]);
    const child = turnwise('train', '-m', 'acme/household', '--out', join(dir, 'run'));
    const done = finished(child);
    while (hub.bytesOf(WEIGHTS) < 100_000) await sleep(5);
    const asked = performance.now();
    child.kill('SIGINT');
    expect((await done).code).toBe(130);
    expect(performance.now() - asked).toBeLessThan(2000);
    expect(existsSync(join(dir, 'run'))).toBe(false);
    const before = hub.bytesOf(WEIGHTS);
    const { output } = await finished(turnwise('evaluate', '-m', 'acme/household', ...FEW));
    expect(output).toMatch(/of which .* are there/);
    const size = hub.models.get('acme/household')!.files.get(WEIGHTS)!.length;
    // What was in the pipe when it stopped is sent again.
    expect(hub.bytesOf(WEIGHTS)).toBeLessThan(size + before);
    expect(hub.asked.some((a) => a.large && a.range?.startsWith('bytes='))).toBe(true);
  });
});
