import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { OBJECTIVE_DEFAULTS } from '../objectives/objective.ts';
import { Engine } from './engine.ts';
import { readAdapterConfig, readAdapterWeights } from './files/adapter.ts';
import { parseModelConfig } from './files/model-config.ts';
import { ModelWeights } from './files/model-weights.ts';
import { readSafetensors, type Tensor } from './files/safetensors.ts';
import { trainedLayout } from './lora.ts';
import { mergedWeights } from './merge.ts';

/** Tiny models of every family and variant, and what transformers and PEFT compute with them: see tests/golden/models/README.md. */
const MODELS = fileURLToPath(new URL('../../tests/golden/models/', import.meta.url));
const names = readdirSync(MODELS).filter((name) => existsSync(join(MODELS, name, 'expected.safetensors')));

/** Largest difference of a log-probability: twice what float32 itself differs by from float64. */
const LOGPROB_TOLERANCE = 5e-5;
/** Of a gradient, by the largest entry of its tensor. */
const GRADIENT_TOLERANCE = 1e-4;

let engine: Engine | undefined;
afterEach(async () => {
  await engine?.close();
  engine = undefined;
});

async function open(name: string, configFile = 'config.json', withAdapter = false): Promise<Engine> {
  const folder = join(MODELS, name);
  const { decoder } = parseModelConfig(readFileSync(join(folder, configFile), 'utf8'), configFile);
  const weights = await ModelWeights.open(folder, decoder);
  if (!withAdapter) {
    engine = new Engine(decoder, [2], { threads: 1 });
    await weights.readAll(decoder, engine.parameters);
  } else {
    const { lora } = await readAdapterConfig(join(folder, 'adapter'));
    engine = new Engine({ config: decoder, lora }, [2], { threads: 1 });
    await engine.setBase(async (tensor, size) => {
      const data = new Float32Array(size);
      await weights.read(tensor, data);
      return data;
    });
    engine.setParameters(await readAdapterWeights(join(folder, 'adapter'), decoder, lora));
  }
  await weights.close();
  return engine;
}

type Expected = ReadonlyMap<string, Tensor>;

/** Rows of a padded matrix of ids, cut to their lengths. */
function rows(expected: Expected, ids: string, mask: string): Int32Array[] {
  const { shape, data } = expected.get(ids)!;
  const [B, T] = shape;
  const kept = expected.get(mask)!.data;
  return Array.from({ length: B }, (_, b) => {
    const length = Array.from({ length: T }, (_x, t) => Number(kept[b * T + t])).reduce((a, x) => a + x, 0);
    return Int32Array.from({ length }, (_x, t) => Number(data[b * T + t]));
  });
}

/** log softmax of the recorded logits at the tokens that follow, against ours. */
async function compareLogits(e: Engine, expected: Expected): Promise<void> {
  const sequences = rows(expected, 'input_ids', 'attention_mask');
  const scores = await e.score(
    sequences.map((ids) => ({ prompt: ids.subarray(0, 1), response: ids.subarray(1) })),
    1,
  );
  const logits = expected.get('logits')!;
  const V = logits.shape[1];
  const positions = expected.get('logit_positions')!.data;
  let compared = 0;
  for (let i = 0; i < logits.shape[0]; i++) {
    const [row, at] = [Number(positions[2 * i]), Number(positions[2 * i + 1])];
    const next = sequences[row][at + 1];
    if (next === undefined) continue;
    const values = Array.from(logits.data.subarray(i * V, (i + 1) * V) as Float32Array);
    const max = Math.max(...values);
    const logprob = values[next] - max - Math.log(values.reduce((sum, x) => sum + Math.exp(x - max), 0));
    expect(Math.abs(scores[row].logprobs[at] - logprob), `row ${row}, position ${at}`).toBeLessThan(LOGPROB_TOLERANCE);
    compared++;
  }
  expect(compared).toBeGreaterThan(40);
}

/** The recorded loss is −Σ w · logprob over tokens here and there in two rows. */
async function compareGradients(e: Engine, expected: Expected): Promise<void> {
  const sequences = rows(expected, 'train.tokens', 'train.attention_mask');
  const T = expected.get('train.tokens')!.shape[1];
  const weights = expected.get('train.weights')!.data as Float32Array;
  const examples = sequences.map((ids, b) => ({
    prompt: ids.subarray(0, 1),
    response: ids.subarray(1),
    advantage: 1,
    weights: weights.slice(b * T + 1, b * T + ids.length),
  }));
  const temperature = Number(expected.get('train.temperature')!.data[0]);
  e.gradients.fill(0);
  const { loss, scores } = await e.accumulate(examples, { ...OBJECTIVE_DEFAULTS, loss: 'imitation' }, temperature);
  const wanted = Number(expected.get('train.loss')!.data[0]);
  expect(Math.abs(loss - wanted)).toBeLessThan(2e-4 * Math.max(1, Math.abs(wanted)));
  const logprobs = expected.get('train.token_logprobs')!.data as Float32Array;
  sequences.forEach((ids, b) => {
    for (let t = 1; t < ids.length; t++) {
      if (weights[b * T + t] === 0) continue;
      expect(Math.abs(scores[b].logprobs[t - 1] - logprobs[b * T + t])).toBeLessThan(LOGPROB_TOLERANCE);
    }
  });
  for (const { name, offset, size } of trainedLayout(e.network).specs) {
    const gradient = expected.get(`grad.${name}`)!.data as Float32Array;
    expect(gradient.length, name).toBe(size);
    const largest = gradient.reduce((max, g) => Math.max(max, Math.abs(g)), 0);
    let difference = 0;
    for (let i = 0; i < size; i++) difference = Math.max(difference, Math.abs(e.gradients[offset + i] - gradient[i]));
    // The bias of keys has no influence: its gradient is rounding alone.
    if (name.endsWith('k_proj.bias') && largest < 1e-3) continue;
    expect(difference / largest, name).toBeLessThan(GRADIENT_TOLERANCE);
  }
}

async function compareGreedy(e: Engine, expected: Expected): Promise<void> {
  const { shape, data } = expected.get('greedy.prompt')!;
  const lengths = expected.get('greedy.prompt_lengths')!.data;
  const ids = expected.get('greedy.ids')!;
  const prompts = Array.from({ length: shape[0] }, (_, b) =>
    Int32Array.from({ length: Number(lengths[b]) }, (_x, t) => Number(data[b * shape[1] + t])),
  );
  const request = { maxTokens: ids.shape[1], temperature: 0, topP: 1, seed: 1 };
  const sampled = await e.sample(prompts.map((prompt) => ({ ...request, prompt })));
  sampled.forEach((s, b) => {
    expect([...s.ids]).toEqual(Array.from({ length: ids.shape[1] }, (_, t) => Number(ids.data[b * ids.shape[1] + t])));
  });
}

describe.each(names)('%s', (name) => {
  it('scores as transformers does', async () => {
    await compareLogits(await open(name), await readSafetensors(join(MODELS, name, 'expected.safetensors')));
  });

  it('scores the same by the older fields of config.json', async () => {
    const e = await open(name, 'config.classic.json');
    await compareLogits(e, await readSafetensors(join(MODELS, name, 'expected.safetensors')));
  });

  it('continues greedily as transformers does', async () => {
    await compareGreedy(await open(name), await readSafetensors(join(MODELS, name, 'expected.safetensors')));
  });

  it('has the gradients of PyTorch', async () => {
    await compareGradients(await open(name), await readSafetensors(join(MODELS, name, 'expected.safetensors')));
  });
});

describe.each(names.filter((name) => existsSync(join(MODELS, name, 'adapter'))))('%s with an adapter', (name) => {
  it('scores and has the gradients of PEFT', async () => {
    const expected = await readSafetensors(join(MODELS, name, 'expected-lora.safetensors'));
    const e = await open(name, 'config.json', true);
    await compareLogits(e, expected);
    await compareGradients(e, expected);
  });
});

describe.each(names.filter((name) => existsSync(join(MODELS, name, 'adapter'))))(
  '%s with its adapter worked in',
  (name) => {
    it('scores the same', async () => {
      const folder = join(MODELS, name);
      const { decoder } = parseModelConfig(readFileSync(join(folder, 'config.json'), 'utf8'), 'config.json');
      const { lora } = await readAdapterConfig(join(folder, 'adapter'));
      const weights = await ModelWeights.open(folder, decoder);
      const adapters = await readAdapterWeights(join(folder, 'adapter'), decoder, lora);
      engine = new Engine(decoder, [2], { threads: 1 });
      engine.setParameters(await mergedWeights(decoder, weights, lora, adapters));
      await weights.close();
      const expected = new Map(await readSafetensors(join(folder, 'expected-lora.safetensors')));
      expected.set('logits', expected.get('logits_merged')!);
      await compareLogits(engine, expected);
    });
  },
);

it('a sliding window is refused', () => {
  const file = join(MODELS, 'qwen2-sliding', 'config.json');
  expect(() => parseModelConfig(readFileSync(file, 'utf8'), file)).toThrow(/sliding-window attention/);
});
