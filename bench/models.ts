import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ADAMW_DEFAULTS } from '../src/nn/adamw.ts';
import { LORA_DEFAULTS, NOTHING_TRAINED } from '../src/nn/lora.ts';
import { OBJECTIVE_DEFAULTS } from '../src/objectives/objective.ts';
import { LocalPolicy } from '../src/policies/local.ts';
import { Random } from '../src/text/random.ts';
import { matmulPeak } from './engine.ts';
import { median, type Section } from './report.ts';
import { writeShapedModel } from './shaped-model.ts';

const PEERS = fileURLToPath(new URL('./peers/', import.meta.url));
const PYTHON = process.env['TURNWISE_PYTHON'] ?? 'python3';
/** Folder of node-llama-cpp. */
const LLAMA = process.env['TURNWISE_LLAMA'];
const THREADS = availableParallelism();
const BATCHES = [1, 4, 16, 32];

/** A decoder of 24.7 M parameters, and the shape of Qwen2.5-0.5B. */
const SMALL = {
  hidden_size: 512,
  num_hidden_layers: 8,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  intermediate_size: 1408,
  vocab_size: 2048,
  max_position_embeddings: 2048,
};

/**
 * Models at size, with random weights: training, reading and drawing, beside PyTorch (a Python with torch, transformers, peft and gguf in TURNWISE_PYTHON) and
 * llama.cpp (the folder of node-llama-cpp in TURNWISE_LLAMA) where these are there.
 */
export async function benchModels(): Promise<Section> {
  const dir = mkdtempSync(join(tmpdir(), 'turnwise-bench-'));
  const rows: (string | number)[][] = [];
  const hasPython = spawnSync(PYTHON, ['-c', 'import torch, transformers, peft'], { stdio: 'ignore' }).status === 0;
  try {
    const peak = await matmulPeak(THREADS);
    rows.push(['matmul 1024³', `${peak.toFixed(0)} GF/s`, '', '', '']);
    const small = join(dir, 'small');
    const half = join(dir, 'half');
    await writeShapedModel(small, undefined, SMALL);
    await writeShapedModel(half);
    const peer = (what: string, folder: string): unknown => (hasPython ? python(what, folder) : undefined);

    const full = await trainingRate(small, false, { rows: 4, targets: 255 });
    rows.push(
      compared(
        'train all of 24.7 M parameters, tokens/s',
        full,
        peer('train-full', small),
        peer('train-full-compiled', small),
      ),
    );
    const adapters = await trainingRate(half, true, { rows: 2, targets: 32 });
    rows.push(compared('train adapters on 494 M, tokens/s', adapters, peer('train-lora', half), undefined));

    rows.push([
      'load 1 GB of bfloat16, s',
      (await loadSeconds(half)).toFixed(2),
      '',
      '',
      `reading alone ${readSeconds(half).toFixed(2)}`,
    ]);
    const own = await sampling(half);
    const theirs = hasPython ? (python('generate', half) as Sampling[]) : [];
    const llama = LLAMA === undefined ? [] : llamaSampling(half, dir);
    for (const s of own) {
      const other = theirs.find((t) => t.batch === s.batch);
      const cpp = llama.find((t) => t.batch === s.batch);
      rows.push(compared(`read prompts of 128, batch ${s.batch}, tokens/s`, s.read, other?.read, cpp?.read));
      rows.push(compared(`draw, batch ${s.batch}, tokens/s`, s.drawn, other?.drawn, cpp?.drawn));
    }
    const read = own.at(-1)!.read;
    // Two operations a weight and token; the embedding is looked up, and the head is needed once a prompt.
    const share = (2 * 357.9e6 * read) / 1e9 / peak;
    rows.push(['of the matmul peak, reading', `${(100 * share).toFixed(0)} %`, '', '', '']);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  const title = `Models at size, float32, ${THREADS} threads (PyTorch: ${hasPython ? 'there' : 'not there'}; llama.cpp: ${LLAMA ? 'there' : 'not there'})`;
  return { title, header: ['what', 'Turnwise', 'PyTorch', 'compiled, or llama.cpp', 'ratio'], rows };
}

interface Sampling {
  readonly batch: number;
  /** Prompt tokens read a second, and tokens drawn a second. */
  readonly read: number;
  readonly drawn: number;
}

function compared(what: string, own: number, first: unknown, second: unknown): string[] {
  const shown = (x: unknown): string => (typeof x === 'number' ? x.toFixed(x < 100 ? 1 : 0) : '–');
  const ratios = [first, second]
    .filter((x) => typeof x === 'number')
    .map((x) => `${(own / (x as number)).toFixed(1)} ×`);
  return [what, shown(own), shown(first), shown(second), ratios.join(', ')];
}

function python(what: string, folder: string): unknown {
  const env = { ...process.env, THREADS: String(THREADS), BATCHES: BATCHES.join() };
  const out = spawnSync(PYTHON, [join(PEERS, 'transformers_peer.py'), what, folder], { encoding: 'utf8', env });
  if (out.status !== 0) return undefined;
  return JSON.parse(out.stdout.trim().split('\n').at(-1)!);
}

function llamaSampling(folder: string, dir: string): Sampling[] {
  const gguf = join(dir, 'model.gguf');
  execFileSync(PYTHON, [join(PEERS, 'to_gguf.py'), folder, gguf, 'f32']);
  const args = [join(PEERS, 'llama.mjs'), gguf, BATCHES.join(), String(THREADS)];
  const out = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(out.trim().split('\n').at(-1)!) as Sampling[];
}

async function loadSeconds(folder: string): Promise<number> {
  const start = performance.now();
  const policy = await LocalPolicy.load(folder, { lora: LORA_DEFAULTS });
  const seconds = (performance.now() - start) / 1000;
  await policy.close();
  return seconds;
}

function readSeconds(folder: string): number {
  const file = join(folder, 'model.safetensors');
  if (!existsSync(file) || statSync(file).size > 1.9e9) return Number.NaN;
  const start = performance.now();
  readFileSync(file);
  return (performance.now() - start) / 1000;
}

function prompts(count: number, length: number, vocabulary: number): Int32Array[] {
  const random = new Random(1);
  return Array.from({ length: count }, () => Int32Array.from({ length }, () => random.below(vocabulary)));
}

async function trainingRate(folder: string, adapters: boolean, o: { rows: number; targets: number }): Promise<number> {
  const policy = await LocalPolicy.load(folder, adapters ? { lora: LORA_DEFAULTS } : {});
  const sequences = prompts(o.rows, 256, policy.model.config.vocabSize).map((ids, i) => ({
    prompt: ids.subarray(0, 256 - o.targets),
    response: ids.subarray(256 - o.targets),
    oldLogprobs: new Float32Array(o.targets).fill(-8),
    advantage: i % 2 === 0 ? 1 : -1,
  }));
  const options = {
    objective: OBJECTIVE_DEFAULTS,
    temperature: 1,
    optimizer: { ...ADAMW_DEFAULTS, learningRate: 1e-6 },
  };
  const times: number[] = [];
  for (let i = 0; i < 7; i++) {
    const start = performance.now();
    await policy.update(sequences, options);
    if (i > 1) times.push((performance.now() - start) / 1000);
  }
  await policy.close();
  return (256 * o.rows) / median(times);
}

async function sampling(folder: string): Promise<Sampling[]> {
  // Nothing is trained, as in the programs it is compared with; every prompt is another, so nothing is known beforehand.
  const policy = await LocalPolicy.load(folder, { lora: NOTHING_TRAINED, prefixBytes: 0 });
  const results: Sampling[] = [];
  for (const batch of BATCHES) {
    const ids = prompts(batch, 128, policy.model.config.vocabSize);
    const request = { temperature: 1, topP: 1 };
    const reading: number[] = [];
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      await policy.sample(ids.map((prompt, seed) => ({ ...request, prompt, seed, maxTokens: 1 })));
      reading.push((performance.now() - start) / 1000);
    }
    const times: number[] = [];
    const onToken = (): void => {
      times.push(performance.now());
    };
    await Promise.all(
      ids.map((prompt, seed) =>
        policy.generate({ ...request, prompt, seed, maxTokens: 17 }, seed === batch - 1 ? { onToken } : {}),
      ),
    );
    const steps = times.slice(1).map((t, i) => t - times[i]);
    results.push({ batch, read: (128 * batch) / median(reading), drawn: (1000 * batch) / median(steps) });
  }
  await policy.close();
  return results;
}
