import { describe, expect, it } from 'vitest';
import { OBJECTIVE_DEFAULTS } from '../objectives/objective.ts';
import { Random } from '../text/random.ts';
import { ADAMW_DEFAULTS } from './adamw.ts';
import { Engine, type EngineOptions } from './engine.ts';
import { fromFloat16, toFloat16 } from './files/half-floats.ts';
import type { DecoderConfig } from './files/model-config.ts';
import { parameterLayout } from './files/parameters.ts';
import type { SamplingRequest } from './generator.ts';
import { LORA_DEFAULTS } from './lora.ts';
import type { GraphPlan } from './objective-graph.ts';
import type { DeviceKind } from './sessions.ts';
import { randomSequences, tensorsOf, tinyConfig } from './testing.ts';
import { halvesMissing } from './webgpu.test-support.ts';

const missing = await halvesMissing();
if (missing !== undefined) it.skip(`weights in float16 on WebGPU were not tested: ${missing}`, () => {});

/** Compiling shaders in software is slow. */
const SLOW = { timeout: 240_000 };

const lora = { ...LORA_DEFAULTS, rank: 4 };

/** Weights of a model, some of them changed. */
function weightsOf(config: DecoderConfig, change?: (tensor: Float32Array, name: string) => void): Float32Array {
  const beneath = new Engine(config, [0], { threads: 1 });
  beneath.initialize(3);
  const read = tensorsOf(config, beneath.parameters);
  // Small weights would hide what their rounding does.
  for (const { name, shape } of parameterLayout(config).specs) {
    const tensor = read(name);
    if (shape.length === 2) for (let i = 0; i < tensor.length; i++) tensor[i] *= 4;
    change?.(tensor, name);
  }
  return beneath.parameters;
}

/** What float16 makes of all matrices but some. */
function rounded(config: DecoderConfig, weights: Float32Array, except: readonly string[] = []): Float32Array {
  const copy = weights.slice();
  for (const { name, shape, offset, size } of parameterLayout(config).specs) {
    if (shape.length !== 2 || except.includes(name)) continue;
    const halves = new Uint16Array(size);
    toFloat16(weights.subarray(offset, offset + size), halves);
    fromFloat16(halves, copy.subarray(offset, offset + size));
  }
  return copy;
}

async function engine(
  device: DeviceKind,
  config: DecoderConfig,
  weights: Float32Array,
  options: Partial<EngineOptions> = {},
): Promise<{ e: Engine; wide: readonly { name: string; beyond: number }[] }> {
  const e = new Engine({ config, lora }, [0], { threads: 1, device, ...options });
  const wide = await e.setBase(tensorsOf(config, weights));
  e.initialize(3);
  const random = Random.of(5, 'perturb');
  for (let i = 0; i < e.parameters.length; i++) e.parameters[i] += 0.1 * random.normal();
  e.setParameters(e.parameters);
  return { e, wide };
}

const configs: [string, DecoderConfig][] = [
  ['a tied model', tinyConfig()],
  [
    'an untied one with norms of queries and keys',
    tinyConfig({ family: 'qwen3', qkvBias: false, qkNorm: true, tiedEmbeddings: false }),
  ],
  ['one with all biases', tinyConfig({ family: 'llama', outputBias: true, mlpBias: true })],
];

const plans: [string, GraphPlan | undefined][] = [
  ['as it fits', undefined],
  ['with layers computed again, in pieces', { staged: true, recompute: true, headChunks: 2, attentionChunks: 2 }],
];

const objective = { ...OBJECTIVE_DEFAULTS, klCoefficient: 0.2, entropyCoefficient: 0.1, clipLow: 5, clipHigh: 5 };

function largest(numbers: Float32Array): number {
  return numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

describe.skipIf(missing !== undefined)('weights in float16 on WebGPU', () => {
  // What is computed is float32 on both sides, so they agree as closely as float32 does there.
  describe.each(configs)('%s', (_, config) => {
    it.each(plans)('learns what it learns in float32 from rounded weights, %s', SLOW, async (_plan, plan) => {
      const weights = weightsOf(config);
      const sequences = randomSequences(4, { vocabSize: 61, prompt: [3, 9], response: [2, 4] });
      const train = async (device: DeviceKind, base: Float32Array) => {
        const { e } = await engine(device, config, base);
        await e.freezeReference();
        const old = await e.score(sequences, 0.8);
        const examples = sequences.map((s, i) => ({
          ...s,
          advantage: i % 2 === 0 ? 1 : -0.7,
          weights: new Float32Array(s.response.length).fill(0.1),
          oldLogprobs: old[i].logprobs.map((l) => l + 0.05),
          refLogprobs: old[i].logprobs,
        }));
        const { loss } = await e.accumulate(examples, objective, 0.8, plan);
        const norm = await e.step({ ...ADAMW_DEFAULTS, learningRate: 1e-3 });
        await e.synchronize();
        // With one step from nothing the first moment is a multiple of the gradient.
        const state = { scores: old, loss, norm, gradients: e.optimizer.m.slice() };
        const { weights: type } = await e.open();
        await e.close();
        return { ...state, type };
      };
      const here = await train('cpu', rounded(config, weights));
      const there = await train('webgpu', weights);
      expect([here.type, there.type]).toEqual(['float32', 'float16']);
      here.scores.forEach((s, i) =>
        s.logprobs.forEach((l, t) => expect(Math.abs(l - there.scores[i].logprobs[t])).toBeLessThan(1e-4)),
      );
      expect(Math.abs(there.loss - here.loss)).toBeLessThan(1e-4 * Math.max(1, Math.abs(here.loss)));
      expect(Math.abs(there.norm / here.norm - 1)).toBeLessThan(1e-4);
      const most = largest(here.gradients);
      here.gradients.forEach((g, i) => expect(Math.abs(there.gradients[i] - g)).toBeLessThan(1e-4 * most));
      // Rounding is no rounding away: with the weights as they were it is another model.
      const unrounded = await train('cpu', weights);
      const apart = unrounded.gradients.map((g, i) => g - here.gradients[i]);
      expect(largest(apart)).toBeGreaterThan(1e-4 * most);
    });

    it('continues greedily, and samples, what the processor does with rounded weights', SLOW, async () => {
      const random = Random.of(1, 'prompts');
      const requests: SamplingRequest[] = Array.from({ length: 5 }, (_x, i) => ({
        prompt: Int32Array.from({ length: 3 + 4 * i }, () => 1 + random.below(60)),
        maxTokens: 9,
        temperature: i < 3 ? 0 : 0.8,
        topP: 1,
        seed: i,
      }));
      const weights = weightsOf(config);
      const sample = async (device: DeviceKind, base: Float32Array) => {
        const { e } = await engine(device, config, base);
        const sampled = await e.sample(requests);
        await e.close();
        return sampled;
      };
      const [here, there] = [await sample('cpu', rounded(config, weights)), await sample('webgpu', weights)];
      here.forEach((s, i) => {
        expect([...there[i].ids]).toEqual([...s.ids]);
        s.logprobs.forEach((l, t) => expect(Math.abs(l - there[i].logprobs[t])).toBeLessThan(1e-4));
      });
    });
  });

  it('matrices that float16 cannot hold stay in float32, and are named', SLOW, async () => {
    const config = tinyConfig({ layers: 2 });
    const [up, down] = ['model.layers.0.mlp.up_proj.weight', 'model.layers.1.mlp.down_proj.weight'];
    const weights = weightsOf(config, (tensor, name) => {
      if (name === up) tensor.fill(0).set([70_000, -80_000]);
      if (name === down) for (let i = 0; i < tensor.length; i++) tensor[i] *= 1e-5;
    });
    const there = await engine('webgpu', config, weights);
    expect(there.wide).toEqual([
      { name: up, beyond: 2 },
      { name: down, beyond: 0 },
    ]);
    const here = await engine('cpu', config, rounded(config, weights, [up, down]));
    const sequences = randomSequences(3, { vocabSize: 61, prompt: [3, 9], response: [2, 4] });
    const [a, b] = [await here.e.score(sequences, 1), await there.e.score(sequences, 1)];
    a.forEach((s, i) => s.logprobs.forEach((l, t) => expect(Math.abs(l - b[i].logprobs[t])).toBeLessThan(1e-3)));
    await here.e.close();
    await there.e.close();
  });

  it('are not taken where float32 is asked for, nor where all weights are trained', SLOW, async () => {
    const type = async (network: ConstructorParameters<typeof Engine>[0], options: Partial<EngineOptions>) => {
      const e = new Engine(network, [0], { threads: 1, device: 'webgpu', ...options });
      const { weights } = await e.open();
      await e.close();
      return weights;
    };
    const config = tinyConfig();
    expect(await type({ config, lora }, {})).toBe('float16');
    expect(await type({ config, lora }, { weights: 'float16' })).toBe('float16');
    expect(await type({ config, lora }, { weights: 'float32' })).toBe('float32');
    expect(await type({ config }, {})).toBe('float32');
    await expect(type({ config }, { weights: 'float16' })).rejects.toMatchObject({ code: 'TURNWISE_WEIGHT_TYPE' });
  });
});
