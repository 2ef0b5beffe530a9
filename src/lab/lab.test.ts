import { describe, expect, test } from 'vitest';
import { Random } from '../text/random.ts';
import { estimate, LAB_DEFAULTS, runLaboratory } from './laboratory.ts';
import { learn } from './learn.ts';
import { measure, trueAdvantages } from './measure.ts';
import { playGroups } from './rollouts.ts';
import { policyOfSkill, softmax } from './skill.ts';
import { actionTable, optimalQ, type Policy, solve } from './solve.ts';
import { parseVariant } from './variants.ts';
import { type CompiledWorld, compileWorld, SUCCESS, sure, WorldError } from './world.ts';
import { WORLDS } from './worlds/index.ts';

const GAMMA = 0.95;

function uneven(world: CompiledWorld): Policy {
  const random = Random.of(3, world.name);
  return softmax(
    world,
    Float64Array.from({ length: world.firstAction[world.observations.length] }, () => random.normal()),
  );
}

/** The value of a place by following every way to the end: no table, no sharing. */
function valueByEnumeration(world: CompiledWorld, policy: Policy, s: number, steps: number, wins: boolean): number {
  if (s < 0) return wins && s === SUCCESS ? 1 : 0;
  if (steps === 0) return 0;
  let value = 0;
  for (const o of world.seen[s]) {
    for (const [a, { outcomes }] of world.places[s].actions.entries()) {
      const chance = policy[world.firstAction[o] + a] / world.seen[s].length;
      for (const { to, probability, reward } of outcomes) {
        const later = valueByEnumeration(world, policy, to, steps - 1, wins);
        value += chance * probability * (wins ? later : reward + GAMMA * later);
      }
    }
  }
  return value;
}

describe.each(WORLDS.map((world) => [world.name, world] as const))('%s', (_, world) => {
  test('its solution is what following every way to the end gives', () => {
    // A branching of 4 to 8 ways a step allows few steps.
    const short = { ...world, horizon: world.name === 'noisy' ? 3 : 6 };
    const policy = uneven(short);
    const { V, success } = solve(short, policy, GAMMA);
    expect(V[short.start]).toBeCloseTo(valueByEnumeration(short, policy, short.start, short.horizon, false), 10);
    expect(success).toBeCloseTo(valueByEnumeration(short, policy, short.start, short.horizon, true), 10);
  });

  test('played often, it gives the success and the return that were computed', () => {
    const policy = policyOfSkill(world, 0.5, GAMMA);
    const { V, success } = solve(world, policy, GAMMA);
    const { batch } = playGroups(world, policy, 1, 6000, Random.of(1, 'test'));
    expect(batch.success.reduce((sum, s) => sum + s, 0) / 6000).toBeCloseTo(success, 1.5);
    let total = 0;
    for (let i = 0; i < batch.episodes; i++) {
      const from = batch.episodeStart[i];
      for (let t = from; t < batch.episodeStart[i + 1]; t++) total += GAMMA ** (t - from) * batch.reward[t];
    }
    expect(Math.abs(total / 6000 - V[world.start])).toBeLessThan(0.15);
  });

  test('its true advantages vanish on average over the actions of a policy', () => {
    const policy = uneven(world);
    const solution = solve(world, policy, GAMMA);
    const rollouts = playGroups(world, policy, 30, 8, Random.of(2, 'test'));
    const truth = trueAdvantages(world, policy, solution, rollouts);
    const table = actionTable(world);
    const width = table[world.places.length];
    for (let t = 0; t < Math.min(200, truth.length); t++) {
      const [s, time, o] = [rollouts.place[t], rollouts.time[t], rollouts.batch.state[t]];
      const row = time * width + table[s];
      const chances = world.places[s].actions.map((_, a) => policy[world.firstAction[o] + a]);
      const Q = world.places[s].actions.map((_, a) => solution.Q[row + a]);
      const V = chances.reduce((sum, p, a) => sum + p * Q[a], 0);
      expect(truth[t]).toBeCloseTo(Q[rollouts.action[t]] - V, 10);
      expect(chances.reduce((sum, p, a) => sum + p * (Q[a] - V), 0)).toBeCloseTo(0, 10);
    }
  });

  test('the skill asked for is reached, and the best policy beats it', () => {
    for (const skill of LAB_DEFAULTS.skills) {
      expect(solve(world, policyOfSkill(world, skill, GAMMA), GAMMA).success).toBeCloseTo(skill, 3);
    }
    expect(Math.max(...optimalQ(world, GAMMA))).toBeGreaterThan(solve(world, uneven(world), GAMMA).V[world.start]);
  });
});

test('exact values with λ = 0 in a world without chance are the truth itself', () => {
  const hall = compileWorld({
    name: 'hall',
    description: 'No chance but the policy.',
    horizon: 6,
    start: 0,
    places: [
      { texts: ['hall'], actions: [sure('on', 1), sure('wait', 0)] },
      { texts: ['door'], actions: [sure('open', SUCCESS, 10), sure('back', 0)] },
    ],
  });
  const condition = { world: hall, policy: uneven(hall), groupSize: 8, groups: 40, gamma: GAMMA, seed: 1 };
  const [exact, none] = measure(condition, [
    parseVariant('gae:lambda=0,normalization=none'),
    parseVariant('graphgpo:episodeWeight=0,stepWeight=0'),
  ]);
  expect(exact.correlation).toBeCloseTo(1, 9);
  expect(exact.bias).toBeCloseTo(0, 6);
  expect(exact.noise).toBeLessThan(0.3);
  expect(exact.signAccuracy).toBe(1);
  expect(none).toMatchObject({ correlation: 0, zeroShare: 1 });
  expect(none.bias).toBeGreaterThan(0.9);
});

test('training finds the way', () => {
  const settings = { iterations: 40, groups: 2, groupSize: 8, learningRate: 0.3, gamma: GAMMA };
  const loop = WORLDS.find(({ name }) => name === 'loop') as CompiledWorld;
  const curve = learn(loop, parseVariant('gigpo'), settings, 1);
  expect(curve).toHaveLength(41);
  expect(curve[0]).toBeLessThan(0.5);
  expect(curve[40]).toBeGreaterThan(0.95);
  expect(learn(loop, parseVariant('gigpo'), settings, 1)).toEqual(curve);
  const start = policyOfSkill(loop, 0.15, GAMMA);
  expect(learn(loop, parseVariant('gigpo'), settings, 1, start)[0]).toBeCloseTo(0.15, 3);
});

test('the whole laboratory, small', async () => {
  const settings = { ...LAB_DEFAULTS, episodes: 64, seeds: 3, iterations: 5, groupSizes: [4], skills: [0.5] };
  const worlds = WORLDS.slice(0, 2);
  const variants = [parseVariant('grpo'), parseVariant('gagpo:lambda=0.5')];
  const doing: number[] = [];
  const result = await runLaboratory(worlds, variants, settings, { onProgress: ({ done }) => doing.push(done) });
  expect(result.accuracy).toHaveLength(2 * 2);
  expect(result.learning).toHaveLength(2 * 2 * 2);
  expect(result.learning[0].curve).toHaveLength(6);
  expect(doing).toEqual([...doing.keys()]);
  expect(await runLaboratory(worlds, variants, settings)).toEqual(result);
  const stop = AbortSignal.abort(new Error('enough'));
  await expect(runLaboratory(worlds, variants, settings, { signal: stop })).rejects.toThrow('enough');
});

test('intervals are those of Student', () => {
  // Tables give 4.303, 2.776, 2.262 and 2.093 for 2, 4, 9 and 19 degrees of freedom.
  for (const [n, t] of [
    [3, 4.303],
    [5, 2.776],
    [10, 2.262],
    [20, 2.093],
  ]) {
    const values = Array.from({ length: n }, (_, i) => i % 2);
    const { mean, half } = estimate(values);
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1);
    expect(Math.abs(half / Math.sqrt(variance / n) - t)).toBeLessThan(0.01);
  }
  expect(estimate([0.5])).toEqual({ mean: 0.5, half: Number.NaN });
});

describe('refusals', () => {
  test.each([
    [['a'], [{ to: 0, probability: 0.5, reward: 0 }], 'the probabilities sum to 0.5, not 1'],
    [['a'], [{ to: 7, probability: 1, reward: 0 }], 'there is no place 7'],
  ])('%j %j', (texts, outcomes, sentence) => {
    const world = {
      name: 'w',
      description: '',
      horizon: 1,
      start: 0,
      places: [{ texts, actions: [{ text: 'x', outcomes }] }],
    };
    expect(() => compileWorld(world)).toThrow(sentence);
  });

  test('places that look alike but differ in what can be done', () => {
    const places = [
      { texts: ['a'], actions: [sure('x', 1)] },
      { texts: ['a'], actions: [sure('x', 0), sure('y', 0)] },
    ];
    expect(() => compileWorld({ name: 'w', description: '', horizon: 1, start: 0, places })).toThrow(WorldError);
  });

  test.each(['gagpo:lambda', 'gagpo:lambda=2', 'gagpo:lamda=1', 'gappo'])('%s', (text) => {
    expect(() => parseVariant(text)).toThrow();
  });
});
