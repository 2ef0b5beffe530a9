import { ADAMW_DEFAULTS } from '../src/nn/adamw.ts';
import { baseBytes, type WeightType } from '../src/nn/base-weights.ts';
import { layoutBatch } from '../src/nn/batches.ts';
import { Engine } from '../src/nn/engine.ts';
import type { DecoderConfig } from '../src/nn/files/model-config.ts';
import { parseModelConfig } from '../src/nn/files/model-config.ts';
import { parameterLayout } from '../src/nn/files/parameters.ts';
import { trainingFlops } from '../src/nn/flops.ts';
import { Graph } from '../src/nn/graph.ts';
import { LORA_DEFAULTS } from '../src/nn/lora.ts';
import { type Device, DeviceError, openDevice } from '../src/nn/sessions.ts';
import { OBJECTIVE_DEFAULTS } from '../src/objectives/objective.ts';
import { Random } from '../src/text/random.ts';
import { median, type Section } from './report.ts';
import { QWEN25_HALF_B, roughlyNormal, weightOf } from './shaped-model.ts';

/** Shapes of Qwen2.5, a small one, and one that a device in software can do: fields that differ from those of the 0.5 B. */
const SIZES = {
  tiny: {
    hidden_size: 128,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    intermediate_size: 352,
    vocab_size: 2048,
  },
  small: {
    hidden_size: 512,
    num_hidden_layers: 8,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    intermediate_size: 1408,
    vocab_size: 2048,
  },
  '0.5b': {},
  '1.5b': { hidden_size: 1536, num_hidden_layers: 28, num_attention_heads: 12, intermediate_size: 8960 },
  '3b': { hidden_size: 2048, num_hidden_layers: 36, num_attention_heads: 16, intermediate_size: 11008 },
  '7b': {
    hidden_size: 3584,
    num_hidden_layers: 28,
    num_attention_heads: 28,
    num_key_value_heads: 4,
    intermediate_size: 18944,
    vocab_size: 152064,
    tie_word_embeddings: false,
  },
};

export const WEBGPU_SIZES = Object.keys(SIZES);

/** Rows of the matrix product that a size is held against, where they are not 2,048. */
const PRODUCT: Readonly<Record<string, number>> = { tiny: 512, small: 1024 };

const BATCHES = [1, 16];
const PROMPT = 128;
/** Sequences of a training step, their tokens and how many of them are targets. */
const TRAINED = { rows: 4, tokens: 256, targets: 32 };
const DRAWN = 9;

/**
 * A model of a size with random weights on the graphics processor: adapters trained, prompts read, tokens drawn, with the weights under the adapters in
 * float32 and in float16, held against the matrix product of the same device in the same run.
 */
export async function benchWebGpu({ size = 'tiny' }: { size?: string | undefined }): Promise<Section> {
  const fields: object = SIZES[size as keyof typeof SIZES];
  const { decoder: config } = parseModelConfig(JSON.stringify({ ...QWEN25_HALF_B, ...fields }), 'config.json');
  const millions = (parameterLayout(config).total / 1e6).toFixed(0);
  const section = {
    title: `WebGPU: adapters of rank ${LORA_DEFAULTS.rank} on ${millions} M parameters (--size ${size})`,
    header: ['what', 'float32', 'float16'],
  };
  try {
    const device = await openDevice('webgpu', 1);
    const product = PRODUCT[size] ?? 2048;
    const peak = await matmulPeak(device, product);
    const wide = await measured(config, 'float32', peak);
    const refusal = await device.refusesHalves();
    const half = refusal === undefined ? await measured(config, 'float16', peak) : undefined;
    const rows = [
      [`matrix product of ${product}³, float32`, `${shown(peak)} GF/s`, ''],
      ...[...wide].map(([what, result]) => [what, result, half?.get(what) ?? '–']),
      ...(refusal === undefined ? [] : [['float16', '', refusal]]),
    ];
    return { ...section, rows };
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { ...section, rows: [['skipped', error.message, '']] };
  }
}

/** Results by what was measured. */
async function measured(config: DecoderConfig, weights: WeightType, peak: number): Promise<Map<string, string>> {
  const results = new Map<string, string>();
  const options = { device: 'webgpu', weights, prefixBytes: 0 } as const;
  const engine = new Engine({ config, lora: LORA_DEFAULTS }, [], options);
  try {
    const start = performance.now();
    const fill = roughlyNormal();
    await engine.setBase((name, count) => weightOf({ name, size: count }, fill));
    engine.initialize(1);
    results.set('weights, with what is converted at a time', `${shown(baseBytes(config, weights) / 1e6)} MB`);
    results.set('weights brought over', `${((performance.now() - start) / 1000).toFixed(1)} s`);

    const train = await training(engine);
    const rate = (train.flops / train.seconds / 1e9 / peak) * 100;
    results.set('train', `${shown(train.tokens / train.seconds)} tokens/s, ${rate.toFixed(0)} % of the product`);
    for (const batch of BATCHES) {
      const read = await seconds(3, () => draw(engine, batch, 1));
      results.set(`read prompts of ${PROMPT}, ${batch} at a time`, `${shown((PROMPT * batch) / read)} tokens/s`);
      await draw(engine, batch, DRAWN);
      const steps = await draw(engine, batch, DRAWN);
      results.set(`draw, ${batch} at a time`, `${shown(batch / median(steps))} tokens/s`);
    }
  } finally {
    await engine.close();
  }
  return results;
}

function shown(rate: number): string {
  return rate.toFixed(rate < 100 ? 1 : 0);
}

/** GF/s of square float32 products on the device, one after the other, until a number of the last is here. */
async function matmulPeak(device: Device, size: number): Promise<number> {
  const CHAINED = 8;
  const g = new Graph('peak', true);
  const [a, b] = ['a', 'b'].map((name) => g.input(name, 'float32', [size, size]));
  let product = a;
  for (let i = 0; i < CHAINED; i++) product = g.node('MatMul', [product, b], [size, size]);
  const vector = (n: number) => g.constant('int64', [2], [n, n]);
  g.output('corner', g.node('Slice', [product, vector(0), vector(1), g.constant('int64', [2], [0, 1])], [1, 1]));
  const session = await device.compile(g);
  const feeds = {
    a: await device.upload(new Float32Array(size * size).fill(0.01), [size, size]),
    b: await device.upload(new Float32Array(size * size).fill(1 / size), [size, size]),
  };
  const best = await seconds(5, () => session.run(feeds), Math.min);
  for (const tensor of Object.values(feeds)) tensor.dispose();
  await session.release();
  return (CHAINED * 2 * size ** 3) / best / 1e9;
}

async function training(engine: Engine): Promise<{ tokens: number; flops: number; seconds: number }> {
  const { rows, tokens, targets } = TRAINED;
  const sequences = prompts(engine, rows, tokens).map((ids, i) => ({
    prompt: ids.subarray(0, tokens - targets),
    response: ids.subarray(tokens - targets),
    oldLogprobs: new Float32Array(targets).fill(-8),
    weights: new Float32Array(targets).fill(1 / (rows * targets)),
    advantage: i % 2 === 0 ? 1 : -1,
  }));
  const time = await seconds(3, async () => {
    engine.clearGradients();
    await engine.accumulate(sequences, OBJECTIVE_DEFAULTS, 1);
    await engine.step({ ...ADAMW_DEFAULTS, learningRate: 1e-6 });
  });
  return { tokens: rows * tokens, flops: trainingFlops(engine.config, layoutBatch(sequences), true), seconds: time };
}

/** Seconds between the tokens of the sequence that is read last. */
async function draw(engine: Engine, batch: number, maxTokens: number): Promise<number[]> {
  const request = { temperature: 1, topP: 1, maxTokens };
  const times: number[] = [];
  const onToken = (): void => {
    times.push(performance.now() / 1000);
  };
  const all = prompts(engine, batch, PROMPT).map((prompt, seed) =>
    engine.generate({ ...request, prompt, seed }, seed === batch - 1 ? onToken : undefined),
  );
  await Promise.all(all);
  return times.slice(1).map((t, i) => t - times[i]);
}

function prompts(engine: Engine, count: number, length: number): Int32Array[] {
  const random = new Random(1);
  return Array.from({ length: count }, () => Int32Array.from({ length }, () => random.below(engine.config.vocabSize)));
}

/** Seconds of a run, after one that compiles. */
async function seconds(
  runs: number,
  work: () => Promise<unknown>,
  of: (...times: number[]) => number = (...times) => median(times),
): Promise<number> {
  await work();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await work();
    times.push((performance.now() - start) / 1000);
  }
  return of(...times);
}
