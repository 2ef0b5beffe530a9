import { describe, expect, it } from 'vitest';
import { tokenWeights } from '../objectives/aggregation.ts';
import { evaluateObjective } from '../objectives/evaluate.ts';
import { OBJECTIVE_DEFAULTS, type Objective } from '../objectives/objective.ts';
import { Random } from '../text/random.ts';
import { ADAMW_DEFAULTS } from './adamw.ts';
import { Engine } from './engine.ts';
import { EngineFailure, EngineGroup } from './engine-group.ts';
import { randomSequences, tinyConfig } from './testing.ts';

describe('the objective inside the graph', () => {
  it('is the one defined in plain numbers, for every combination', async () => {
    const e = new Engine(tinyConfig(), [0], { threads: 1 });
    e.initialize(2);
    const sequences = randomSequences(8, { vocabSize: 61, prompt: [2, 6], response: [1, 5] });
    const scores = await e.score(sequences, 1);
    const random = new Random(9);
    const base = sequences.map((s, i) => ({
      ...s,
      advantage: 2 * random.normal(),
      oldLogprobs: scores[i].logprobs.map((l) => l + 0.6 * random.normal()),
      refLogprobs: scores[i].logprobs.map((l) => l + 0.6 * random.normal()),
    }));
    const variants: Partial<Objective>[] = [];
    for (const loss of ['clip', 'cispo', 'imitation'] as const) {
      for (const ratio of ['token', 'action'] as const) {
        for (const dualClip of [0, 1.2]) variants.push({ loss, ratio, dualClip, cispoLow: 0.2, cispoHigh: 0.3 });
      }
    }
    for (const klKind of ['k1', 'k2', 'k3'] as const)
      variants.push({ klKind, klCoefficient: 0.7, entropyCoefficient: 0.4 });
    for (const aggregation of ['seq-mean-token-sum', 'seq-mean-token-mean', 'seq-mean-token-sum-norm'] as const)
      variants.push({ aggregation, horizon: 7 });
    for (const variant of variants) {
      const objective = { ...OBJECTIVE_DEFAULTS, ...variant };
      const weights = tokenWeights(
        base.map((b) => b.response.length),
        objective.aggregation,
        objective.horizon,
      );
      const examples = base.map((b, i) => ({ ...b, weights: new Float32Array(b.response.length).fill(weights[i]) }));
      const { loss, scores: seen } = await e.accumulate(examples, objective, 1);
      const plain = evaluateObjective(
        base.map((b, i) => ({ ...b, logprobs: seen[i].logprobs, entropies: seen[i].entropies })),
        objective,
      );
      // The definition adds KL and entropy with their coefficients, so 0 leaves them out in both.
      expect(Math.abs(loss - plain.loss), JSON.stringify(variant)).toBeLessThan(
        2e-5 * Math.max(1, Math.abs(plain.loss)),
      );
    }
    await e.close();
  });
});

describe('EngineGroup', () => {
  const requests = randomSequences(24, { vocabSize: 61, prompt: [2, 12], response: [0, 0] }).map((s, seed) => ({
    prompt: s.prompt,
    maxTokens: 8,
    temperature: 1,
    topP: 1,
    seed,
  }));
  const examples = randomSequences(20, { vocabSize: 61, prompt: [2, 12], response: [1, 4] }).map((s, i) => ({
    ...s,
    advantage: i % 3 === 0 ? 1 : -0.5,
    weights: new Float32Array(s.response.length).fill(0.05),
    oldLogprobs: new Float32Array(s.response.length).fill(-4),
  }));

  async function run(replicas: number) {
    const group = EngineGroup.start(tinyConfig(), [0], { replicas, threads: 1 });
    await group.initialize(4);
    const sampled = await group.sample(requests);
    let last = await group.update(examples, OBJECTIVE_DEFAULTS, 1, { ...ADAMW_DEFAULTS, learningRate: 1e-3 });
    last = await group.update(examples, OBJECTIVE_DEFAULTS, 1, { ...ADAMW_DEFAULTS, learningRate: 1e-3 });
    const state = await group.state();
    await group.close();
    return { sampled, state, gradNorm: last.gradNorm };
  }

  it('is one engine to the outside: replicas sample the same and learn the same, bit for bit from run to run', async () => {
    const [one, two, again] = [await run(1), await run(2), await run(2)];
    expect(two.sampled.map((s) => [...s.ids])).toEqual(one.sampled.map((s) => [...s.ids]));
    expect(two.gradNorm).toBeCloseTo(one.gradNorm, 3);
    expect(again).toEqual(two);
  });

  it('brings errors across with their message', async () => {
    const group = EngineGroup.start(tinyConfig({ maxPositions: 8 }), [0], { replicas: 2, threads: 1 });
    await group.initialize(1);
    await expect(
      group.sample([{ prompt: new Int32Array(9), maxTokens: 1, temperature: 1, topP: 1, seed: 1 }]),
    ).rejects.toThrow(/8 positions/);
    expect(
      (await group.sample([{ prompt: new Int32Array(2), maxTokens: 1, temperature: 1, topP: 1, seed: 1 }])).length,
    ).toBe(1);
    await group.close();
    await expect(group.sample(requests)).rejects.toThrow(EngineFailure);
  });
});
