import { describe, expect, it } from 'vitest';
import { OBJECTIVE_DEFAULTS, type Objective } from '../objectives/objective.ts';
import { Random } from '../text/random.ts';
import { ADAMW_DEFAULTS } from './adamw.ts';
import type { Network } from './decoder.ts';
import { hashedDropout } from './dropout.ts';
import { Engine, type TrainingExample } from './engine.ts';
import type { DecoderConfig } from './files/model-config.ts';
import { Graph } from './graph.ts';
import { planPieces, planRuns } from './graph-plan.ts';
import { LORA_DEFAULTS } from './lora.ts';
import { type GraphPlan, PLAIN } from './objective-graph.ts';
import { compile, float32, int32 } from './sessions.ts';
import { randomSequences, tensorsOf, tinyConfig } from './testing.ts';

const TEMPERATURE = 0.8;

function engine(overrides = {}, options = {}): Engine {
  const e = new Engine(tinyConfig(overrides), [0], { threads: 1, ...options });
  e.initialize(3);
  // Biases and norms start at 0 and 1; moving them makes their gradients worth checking.
  const random = Random.of(5, 'perturb');
  for (let i = 0; i < e.parameters.length; i++) e.parameters[i] = e.parameters[i] + 0.1 * random.normal();
  return e;
}

/** Examples whose old log-probabilities lie near the present ones, so that every branch of the loss is met. */
async function examples(e: Engine, count: number, seed = 7): Promise<TrainingExample[]> {
  const sequences = randomSequences(count, { vocabSize: e.config.vocabSize, prompt: [3, 9], response: [1, 4] }, seed);
  const scores = await e.score(sequences, TEMPERATURE);
  const random = Random.of(seed, 'examples');
  return sequences.map((s, i) => ({
    ...s,
    advantage: random.normal(),
    weights: Float32Array.from(s.response, () => 0.2 + random.next()),
    oldLogprobs: scores[i].logprobs.map((l) => l + 0.3 * random.normal()),
    refLogprobs: scores[i].logprobs.map((l) => l + 0.3 * random.normal()),
  }));
}

const OBJECTIVES: [string, Partial<Objective>][] = [
  ['clip, action ratio', { ratio: 'action' }],
  ['clip, token ratio, k3 and entropy', { ratio: 'token', klCoefficient: 0.5, klKind: 'k3', entropyCoefficient: 0.3 }],
  ['clip, k1', { klCoefficient: 0.5, klKind: 'k1' }],
  ['clip, k2', { klCoefficient: 0.5, klKind: 'k2' }],
  ['imitation', { loss: 'imitation' }],
];

describe('gradients', () => {
  for (const [name, partial] of OBJECTIVES) {
    for (const tiedEmbeddings of [true, false]) {
      it(`of ${name} equal finite differences (${tiedEmbeddings ? 'tied' : 'untied'} head)`, async () => {
        const e = engine({ tiedEmbeddings });
        const objective = { ...OBJECTIVE_DEFAULTS, ...partial };
        const batch = await examples(e, 6);
        e.gradients.fill(0);
        await e.accumulate(batch, objective, TEMPERATURE);
        const gradient = e.gradients.slice();
        // Directional derivatives see every parameter at once; unit directions keep the step away from the loss's kinks.
        const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
        for (let k = 0; k < 4; k++) {
          const random = Random.of(k, 'direction');
          const mixed = gradient.map((g) => g / norm + (k * random.normal()) / Math.sqrt(gradient.length));
          const length = Math.sqrt(mixed.reduce((sum, g) => sum + g * g, 0));
          const direction = mixed.map((d) => d / length);
          const expected = gradient.reduce((sum, g, i) => sum + g * direction[i], 0);
          const start = e.parameters.slice();
          const at = async (step: number): Promise<number> => {
            for (let i = 0; i < start.length; i++) e.parameters[i] = start[i] + step * direction[i];
            return (await e.accumulate(batch, objective, TEMPERATURE)).loss;
          };
          const h = 1e-2 / norm;
          const measured = ((await at(h)) - (await at(-h))) / (2 * h);
          e.parameters.set(start);
          expect(Math.abs(measured - expected)).toBeLessThan(3e-3 * norm);
        }
        await e.close();
      });
    }
  }

  it('of cispo are those of imitation weighted by the clipped ratio', async () => {
    const e = engine();
    const batch = await examples(e, 6);
    const scores = await e.score(batch, TEMPERATURE);
    const objective: Objective = {
      ...OBJECTIVE_DEFAULTS,
      loss: 'cispo',
      ratio: 'token',
      cispoLow: 0.1,
      cispoHigh: 0.2,
    };
    e.gradients.fill(0);
    await e.accumulate(batch, objective, TEMPERATURE);
    const cispo = e.gradients.slice();
    const weighted = batch.map((b, i) => ({
      ...b,
      weights: b.weights.map(
        (w, t) => w * Math.min(1.2, Math.max(0.9, Math.exp(scores[i].logprobs[t] - b.oldLogprobs![t]))),
      ),
    }));
    e.gradients.fill(0);
    await e.accumulate(weighted, { ...OBJECTIVE_DEFAULTS, loss: 'imitation' }, TEMPERATURE);
    const largest = cispo.reduce((m, g) => Math.max(m, Math.abs(g)), 0);
    cispo.forEach((g, i) => expect(Math.abs(g - e.gradients[i])).toBeLessThan(1e-5 * largest));
    await e.close();
  });

  it('are equal on 1 and 2 threads at 4,096 tokens with repeated ids, and from run to run', async () => {
    const vocabSize = 16;
    const sequences = randomSequences(80, { vocabSize, prompt: [48, 56], response: [3, 6] });
    expect(sequences.reduce((n, s) => n + s.prompt.length + s.response.length, 0)).toBeGreaterThanOrEqual(4096);
    const gradients: Float32Array[] = [];
    for (const threads of [1, 2, 2]) {
      const e = engine({ vocabSize }, { threads, tokensPerRun: 8192 });
      const batch = sequences.map((s, i) => ({
        ...s,
        advantage: i % 2 ? 1 : -0.5,
        weights: new Float32Array(s.response.length).fill(1 / 80),
        oldLogprobs: new Float32Array(s.response.length).fill(-2.7),
      }));
      await e.accumulate(batch, OBJECTIVE_DEFAULTS, 1);
      gradients.push(e.gradients.slice());
      await e.close();
    }
    const largest = gradients[0].reduce((m, g) => Math.max(m, Math.abs(g)), 0);
    const apart = (a: Float32Array, b: Float32Array): number =>
      a.reduce((m, g, i) => Math.max(m, Math.abs(g - b[i])), 0);
    expect(apart(gradients[0], gradients[1])).toBeLessThan(1e-5 * largest);
    expect(gradients[1]).toEqual(gradients[2]);
  });

  it('do not depend on how the batch is cut into runs', async () => {
    const whole = engine({}, { tokensPerRun: 4096 });
    const cut = engine({}, { tokensPerRun: 30 });
    const batch = await examples(whole, 12);
    await whole.accumulate(batch, OBJECTIVE_DEFAULTS, TEMPERATURE);
    await cut.accumulate(batch, OBJECTIVE_DEFAULTS, TEMPERATURE);
    const largest = whole.gradients.reduce((m, g) => Math.max(m, Math.abs(g)), 0);
    for (let i = 0; i < whole.gradients.length; i++) {
      expect(Math.abs(whole.gradients[i] - cut.gradients[i])).toBeLessThan(2e-5 * largest);
    }
    await whole.close();
    await cut.close();
  });
});

describe('what is traded for memory', () => {
  const plans: [string, GraphPlan][] = [
    ['one layer after the other', { ...PLAIN, staged: true }],
    ['layers computed again', { ...PLAIN, staged: true, recompute: true }],
    ['the head in pieces', { ...PLAIN, headChunks: 4 }],
    ['attention in pieces', { ...PLAIN, attentionChunks: 4 }],
    ['all of it', { staged: true, recompute: true, headChunks: 2, attentionChunks: 2 }],
  ];
  const networks: [string, Network][] = [
    ['a tied model', { config: tinyConfig({ layers: 3 }) }],
    [
      'a model of the Qwen3 family',
      { config: tinyConfig({ family: 'qwen3', qkvBias: false, qkNorm: true, tiedEmbeddings: false }) },
    ],
    ['adapters', { config: tinyConfig(), lora: { ...LORA_DEFAULTS, rank: 3, targets: ['q_proj', 'down_proj'] } }],
    ['adapters with dropout', { config: tinyConfig(), lora: { ...LORA_DEFAULTS, rank: 3, dropout: 0.3 } }],
  ];
  it.each(networks)('does not change loss and gradients of %s', async (_, network) => {
    const e = new Engine(network, [0], { threads: 1 });
    if (network.lora) {
      const beneath = new Engine(network.config, [0], { threads: 1 });
      beneath.initialize(3);
      await e.setBase(tensorsOf(network.config, beneath.parameters));
    }
    e.initialize(3);
    const random = Random.of(5, 'perturb');
    for (let i = 0; i < e.parameters.length; i++) e.parameters[i] += 0.1 * random.normal();
    const batch = await examples(e, 7);
    const objective = { ...OBJECTIVE_DEFAULTS, klCoefficient: 0.5, entropyCoefficient: 0.3 };
    const measure = async (plan: GraphPlan): Promise<{ loss: number; gradients: Float32Array }> => {
      e.gradients.fill(0);
      const { loss } = await e.accumulate(batch, objective, TEMPERATURE, plan);
      return { loss, gradients: e.gradients.slice() };
    };
    const plain = await measure(PLAIN);
    const largest = plain.gradients.reduce((max, g) => Math.max(max, Math.abs(g)), 0);
    expect(largest).toBeGreaterThan(1e-3);
    for (const [name, plan] of plans) {
      const other = await measure(plan);
      expect(Math.abs(other.loss - plain.loss), name).toBeLessThan(1e-5 * Math.max(1, Math.abs(plain.loss)));
      plain.gradients.forEach((g, i) => {
        expect(Math.abs(other.gradients[i] - g), name).toBeLessThan(1e-5 * largest);
      });
    }
    await e.close();
  });

  it('is planned by what fits', () => {
    const large = {
      ...tinyConfig(),
      hiddenSize: 896,
      layers: 24,
      heads: 14,
      kvHeads: 2,
      headDim: 64,
      ffnSize: 4864,
      vocabSize: 151936,
    };
    const tokensPerRun = 1024;
    expect(planRuns(large, 200, { activationBytes: 8e9, tokensPerRun })).toEqual({ tokens: 1024, recompute: false });
    const less = planRuns(large, 200, { activationBytes: 3e9, tokensPerRun });
    expect(less.recompute).toBe(false);
    expect(less.tokens).toBeLessThan(1024);
    expect(planRuns(large, 200, { activationBytes: 5e8, tokensPerRun })).toEqual({ tokens: 1024, recompute: true });
    expect(planRuns(large, 200, { activationBytes: 1e8, tokensPerRun }).tokens).toBeLessThan(1024);
    expect(planPieces(large, 512, 100)).toEqual({ attentionChunks: 1, headChunks: 1 });
    expect(planPieces(large, 1500, 500)).toEqual({ attentionChunks: 8, headChunks: 8 });
    expect(planPieces(tinyConfig(), 100, 1000)).toEqual({ attentionChunks: 1, headChunks: 1 });
  });
});

describe('dropout', () => {
  it('leaves out the share it should, others for every row and place', async () => {
    const g = new Graph('masks');
    const x = g.input('x', 'float32', ['N', 400]);
    const drop = hashedDropout(g, 0.3, g.input('rows', 'int32', ['R']));
    g.output('a', drop(x, 3));
    g.output('b', drop(x, 4));
    const session = await compile(g, 1);
    const random = new Random(1);
    const rows = Float32Array.from({ length: 200 }, () => random.next());
    const out = await session.run({
      x: float32(new Float32Array(200 * 400), [200, 400]),
      rows: int32(Int32Array.of(0), [1]),
      'dropout.rows': float32(rows, [200, 1]),
    });
    const [a, b] = [out.a.data as Float32Array, out.b.data as Float32Array];
    const share = (of: (i: number) => boolean): number => a.filter((_, i) => of(i)).length / a.length;
    expect(new Set(a)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
    // One standard deviation is 0.0016.
    expect(Math.abs(share((i) => a[i] === 0) - 0.3)).toBeLessThan(0.01);
    expect(Math.abs(share((i) => a[i] === 0 && b[i] === 0) - 0.09)).toBeLessThan(0.01);
    expect(Math.abs(share((i) => i >= 400 && a[i] === 0 && a[i - 400] === 0) - 0.09)).toBeLessThan(0.01);
    expect(Math.abs(share((i) => i % 400 > 0 && a[i] === 0 && a[i - 1] === 0) - 0.09)).toBeLessThan(0.01);
    await session.release();
  });
});

describe('log-probabilities', () => {
  it('do not depend on padding side, packing or batch composition', async () => {
    const e = engine();
    const sequences = randomSequences(9, { vocabSize: 61, prompt: [1, 30], response: [1, 8] });
    const right = await e.score(sequences, TEMPERATURE);
    const others = {
      left: await e.score(sequences, TEMPERATURE, 'current', 'left'),
      packed: await e.score(sequences, TEMPERATURE, 'current', 'packed'),
      alone: (await Promise.all(sequences.map((s) => e.score([s], TEMPERATURE)))).flat(),
    };
    for (const scores of Object.values(others)) {
      scores.forEach((s, i) => {
        s.logprobs.forEach((l, t) => expect(Math.abs(l - right[i].logprobs[t])).toBeLessThan(1e-5));
        s.entropies.forEach((h, t) => expect(Math.abs(h - right[i].entropies[t])).toBeLessThan(1e-5));
      });
    }
    await e.close();
  });

  it('of sampler and trainer agree on every sampled token', async () => {
    const e = engine();
    const prompts = randomSequences(40, { vocabSize: 61, prompt: [1, 40], response: [0, 0] });
    const requests = prompts.map((s, i) => ({
      prompt: s.prompt,
      maxTokens: 1 + (i % 20),
      temperature: TEMPERATURE,
      topP: i % 2 ? 1 : 0.7,
      seed: i,
    }));
    const sampled = await e.sample(requests);
    const scores = await e.score(
      sampled.map((s, i) => ({ prompt: requests[i].prompt, response: s.ids })),
      TEMPERATURE,
    );
    let tokens = 0;
    sampled.forEach((s, i) => {
      expect(s.stopped).toBe(s.ids[s.ids.length - 1] === 0);
      if (!s.stopped) expect(s.ids.length).toBe(requests[i].maxTokens);
      s.logprobs.forEach((l, t) => expect(Math.abs(l - scores[i].logprobs[t])).toBeLessThan(1e-4));
      tokens += s.ids.length;
    });
    expect(tokens).toBeGreaterThan(100);
    await e.close();
  });

  it('are those of an independent forward pass in plain numbers', async () => {
    const { plainLogprobs } = await import('./plain-decoder.test-support.ts');
    const variants: Partial<DecoderConfig>[] = [
      {},
      { tiedEmbeddings: false, kvHeads: 4, family: 'llama', qkvBias: false },
      { kvHeads: 1 },
    ];
    for (const overrides of variants) {
      const e = engine(overrides);
      const sequences = randomSequences(3, { vocabSize: 61, prompt: [2, 12], response: [2, 5] });
      const scores = await e.score(sequences, TEMPERATURE);
      sequences.forEach((s, i) => {
        const expected = plainLogprobs(e.config, e.parameters, s, TEMPERATURE);
        expected.forEach((l, t) => expect(scores[i].logprobs[t]).toBeCloseTo(l, 4));
      });
      await e.close();
    }
  });
});

describe('sampling', () => {
  it('gives a completion that depends on its request only', async () => {
    const e = engine({}, { promptTokensPerRun: 50 });
    const other = engine({}, { promptTokensPerRun: 5000 });
    const requests = randomSequences(30, { vocabSize: 61, prompt: [1, 20], response: [0, 0] }).map((s, i) => ({
      prompt: s.prompt,
      maxTokens: 12,
      temperature: 1,
      topP: 1,
      seed: 100 + i,
    }));
    const together = await e.sample(requests);
    const reversed = (await other.sample([...requests].reverse())).reverse();
    together.forEach((s, i) => expect([...s.ids]).toEqual([...reversed[i].ids]));
    await e.close();
    await other.close();
  });

  it('draws tokens as often as their probabilities say', async () => {
    const e = engine({ vocabSize: 8 });
    const prompt = Int32Array.of(1, 2, 3);
    const n = 4000;
    const drawn = await e.sample(
      Array.from({ length: n }, (_, seed) => ({
        prompt,
        maxTokens: 1,
        temperature: TEMPERATURE,
        topP: 1,
        seed: seed * 7919,
      })),
    );
    const scores = await e.score(
      Array.from({ length: 8 }, (_, id) => ({ prompt, response: Int32Array.of(id) })),
      TEMPERATURE,
    );
    for (let id = 0; id < 8; id++) {
      const p = Math.exp(scores[id].logprobs[0]);
      const seen = drawn.filter((d) => d.ids[0] === id).length / n;
      expect(Math.abs(seen - p)).toBeLessThan(4.5 * Math.sqrt((p * (1 - p)) / n) + 1e-9);
    }
    await e.close();
  });

  it('refuses what does not fit the positions', async () => {
    const e = engine({ maxPositions: 16 });
    await expect(
      e.sample([{ prompt: new Int32Array(10), maxTokens: 10, temperature: 1, topP: 1, seed: 1 }]),
    ).rejects.toThrow(/20 tokens.*16 positions/);
    await e.close();
  });
});

describe('training', () => {
  it('learns to imitate', async () => {
    const e = engine();
    const batch = randomSequences(16, { vocabSize: 61, prompt: [4, 8], response: [2, 3] }).map((s) => ({
      ...s,
      advantage: 1,
      weights: new Float32Array(s.response.length).fill(1 / 40),
    }));
    const losses: number[] = [];
    for (let i = 0; i < 60; i++) {
      e.gradients.fill(0);
      losses.push((await e.accumulate(batch, { ...OBJECTIVE_DEFAULTS, loss: 'imitation' }, 1)).loss);
      await e.step({ ...ADAMW_DEFAULTS, learningRate: 1e-2 });
    }
    expect(losses[losses.length - 1]).toBeLessThan(0.05 * losses[0]);
    await e.close();
  });

  it('changes nothing when the gradient is not finite', async () => {
    const e = engine();
    const before = e.parameters.slice();
    e.gradients.fill(0);
    e.gradients[5] = Number.NaN;
    expect(await e.step(ADAMW_DEFAULTS)).toBeNaN();
    expect(e.parameters).toEqual(before);
    expect(e.optimizer.steps).toBe(0);
    await e.close();
  });
});
