import { describe, expect, it } from 'vitest';
import { OBJECTIVE_DEFAULTS } from '../objectives/objective.ts';
import { Random } from '../text/random.ts';
import { ADAMW_DEFAULTS } from './adamw.ts';
import type { Network } from './decoder.ts';
import { Engine, type EngineOptions } from './engine.ts';
import type { SamplingRequest } from './generator.ts';
import { LORA_DEFAULTS } from './lora.ts';
import { type DeviceKind, openDevice } from './sessions.ts';
import { randomSequences, tensorsOf, tinyConfig } from './testing.ts';
import { webgpuMissing } from './webgpu.test-support.ts';

const missing = await webgpuMissing();
if (missing !== undefined) it.skip(`skipped: ${missing}`, () => {});

/** Compiling shaders in software is slow. */
const SLOW = { timeout: 240_000 };

const LARGE = 17_000;

async function engine(device: DeviceKind, network: Network, options: Partial<EngineOptions> = {}): Promise<Engine> {
  // Weights in float16 have tests of their own.
  const e = new Engine(network, [0], { threads: 1, device, weights: 'float32', ...options });
  if (network.lora) {
    const beneath = new Engine(network.config, [0], { threads: 1 });
    beneath.initialize(3);
    await e.setBase(tensorsOf(network.config, beneath.parameters));
  }
  e.initialize(3);
  const random = Random.of(5, 'perturb');
  for (let i = 0; i < e.parameters.length; i++) e.parameters[i] += 0.1 * random.normal();
  e.setParameters(e.parameters);
  return e;
}

const networks: [string, Network][] = [
  ['a tied model', { config: tinyConfig() }],
  [
    'an untied one with norms of queries and keys',
    { config: tinyConfig({ family: 'qwen3', qkvBias: false, qkNorm: true, tiedEmbeddings: false }) },
  ],
  ['one with all biases', { config: tinyConfig({ family: 'llama', outputBias: true, mlpBias: true, layers: 1 }) }],
  ['adapters', { config: tinyConfig(), lora: { ...LORA_DEFAULTS, rank: 4 } }],
];

describe.skipIf(missing !== undefined)('on WebGPU', () => {
  it('numbers go there and come back', SLOW, async () => {
    const device = await openDevice('webgpu', 1);
    const data = Float32Array.from({ length: 24 }, (_, i) => i / 7);
    const tensor = await device.upload(data, [2, 3, 4]);
    expect(tensor.location).toBe('gpu-buffer');
    expect(await device.download(tensor)).toEqual(data);
    tensor.dispose();
  });

  it.each(networks)('%s learns what it learns on the processor, several runs a step', SLOW, async (_, network) => {
    const sequences = randomSequences(6, { vocabSize: 61, prompt: [3, 9], response: [2, 4] });
    const train = async (device: DeviceKind) => {
      const e = await engine(device, network, { tokensPerRun: 26 });
      await e.freezeReference();
      const old = await e.score(sequences, 0.8);
      const examples = sequences.map((s, i) => ({
        ...s,
        advantage: i % 2 === 0 ? 1 : -0.7,
        weights: new Float32Array(s.response.length).fill(0.1),
        oldLogprobs: old[i].logprobs.map((l) => l + 0.05),
        refLogprobs: old[i].logprobs,
      }));
      const objective = { ...OBJECTIVE_DEFAULTS, klCoefficient: 0.2, entropyCoefficient: 0.1, clipLow: 5, clipHigh: 5 };
      const losses: number[] = [];
      const norms: number[] = [];
      for (let k = 0; k < 4; k++) {
        e.clearGradients();
        losses.push((await e.accumulate(examples, objective, 0.8)).loss);
        norms.push(await e.step({ ...ADAMW_DEFAULTS, weightDecay: 0.1, learningRate: 3e-3 }));
      }
      const reference = await e.score(sequences, 0.8, 'reference');
      await e.synchronize();
      const state = { parameters: e.parameters.slice(), m: e.optimizer.m.slice(), v: e.optimizer.v.slice() };
      // What was read back can be given again: a resumed run starts from it.
      e.setState({ ...state, steps: e.optimizer.steps });
      e.clearGradients();
      losses.push((await e.accumulate(examples, objective, 0.8)).loss);
      await e.close();
      return { losses, norms, reference, ...state };
    };
    const [here, there] = [await train('cpu'), await train('webgpu')];
    expect(here.losses[4]).not.toBe(here.losses[0]);
    here.losses.forEach((l, k) => expect(Math.abs(there.losses[k] - l)).toBeLessThan(1e-4 * Math.max(1, Math.abs(l))));
    here.norms.forEach((n, k) => expect(Math.abs(there.norms[k] / n - 1)).toBeLessThan(1e-3));
    here.reference.forEach((s, i) =>
      s.logprobs.forEach((l, t) => expect(Math.abs(l - there.reference[i].logprobs[t])).toBeLessThan(1e-4)),
    );
    here.parameters.forEach((p, i) => expect(Math.abs(there.parameters[i] - p)).toBeLessThan(2e-3));
    const apart = here.parameters.filter((p, i) => Math.abs(there.parameters[i] - p) > 1e-4);
    // Where a gradient is nearly 0, Adam's first steps have its sign, which is rounding.
    expect(apart.length).toBeLessThan(here.parameters.length / 100);
  });

  it.each([
    ['a small vocabulary', 61, {}],
    ['a large one', LARGE, {}],
    ['few rows, and known beginnings', 61, { slots: 3, prefixBytes: 1e8 }],
  ])('samples are those of the processor: %s', SLOW, async (_, vocabSize, options) => {
    const random = Random.of(1, 'prompts');
    const ids = (n: number): number[] => Array.from({ length: n }, () => 1 + random.below(vocabSize - 1));
    const common = ids(40);
    const requests: SamplingRequest[] = Array.from({ length: 9 }, (_x, i) => ({
      prompt: Int32Array.from(i % 3 === 0 ? common : [...common, ...ids(1 + i)]),
      maxTokens: 2 + ((i * 7) % 12),
      temperature: i === 4 ? 0 : 0.8,
      topP: i === 5 ? 0.9 : 1,
      seed: i,
    }));
    const network = { config: tinyConfig({ vocabSize, maxPositions: 512 }) };
    const sample = async (device: DeviceKind) => {
      const e = await engine(device, network, options);
      const first = await e.sample(requests);
      const again = await e.sample(requests);
      await e.close();
      return [...first, ...again];
    };
    const [here, there] = [await sample('cpu'), await sample('webgpu')];
    here.forEach((s, i) => {
      expect([...there[i].ids]).toEqual([...s.ids]);
      s.logprobs.forEach((l, t) => expect(Math.abs(l - there[i].logprobs[t])).toBeLessThan(1e-4));
    });
  });
});
