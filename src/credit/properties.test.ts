import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALGORITHM_NAMES, ALGORITHMS, type AlgorithmName, assignCredit } from './algorithms.ts';
import { clusterSteps } from './clusters.ts';
import { gagpo } from './gagpo.ts';
import { gigpoStepTerm } from './gigpo.ts';
import { batchFromEpisodes, type EpisodeRecord, splitByEpisode } from './index.ts';
import { moments } from './moments.ts';
import { OPTION_CASES } from './option-cases.test-support.ts';
import type { CreditOptions } from './options.ts';
import { discountedReturns, penalized } from './returns.ts';
import { episodesArbitrary, type Row, rowsOf, SETTINGS, type Settings } from './rows.test-support.ts';
import {
  slowGae,
  slowGagpo,
  slowGigpo,
  slowGrpo,
  slowHgpo,
  slowReinforce,
  slowReinforceBaseline,
  slowRloo,
} from './slow-definitions.test-support.ts';
import { slowBellman, slowG2po, slowGraphGpo } from './slow-graphs.test-support.ts';

const SLOW: Record<AlgorithmName, (rows: Row[], o: Settings) => number[]> = {
  gagpo: slowGagpo,
  gigpo: slowGigpo,
  g2po: slowG2po,
  hgpo: slowHgpo,
  graphgpo: slowGraphGpo,
  bellman: slowBellman,
  grpo: slowGrpo,
  'dr-grpo': (rows, o) => slowGrpo(rows, { ...o, normalization: 'mean' }),
  rloo: slowRloo,
  'reinforce++': slowReinforce,
  'reinforce++-baseline': slowReinforceBaseline,
  gae: slowGae,
};

describe('each algorithm equals its definition computed slowly', () => {
  test.each(OPTION_CASES)('$name', ({ name, options }) => {
    fc.assert(
      fc.property(episodesArbitrary(), fc.record(options), (episodes, chosen) => {
        const settings = { ...SETTINGS, ...ALGORITHMS[name].defaults, ...(chosen as CreditOptions) };
        const expected = SLOW[name](rowsOf(episodes, settings), settings);
        const { advantages } = assignCredit(batchFromEpisodes(episodes), name, chosen as CreditOptions);
        expect(advantages).toHaveLength(expected.length);
        for (let t = 0; t < expected.length; t++) {
          expect(Math.abs(advantages[t] - expected[t])).toBeLessThan(1e-7 * Math.max(1, Math.abs(expected[t])));
        }
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});

const GAMMA = 0.95;
const RAW = { gamma: GAMMA, normalization: 'none' } as const;

describe('identities of GAGPO', () => {
  test('λ = 1 equals the mean-only step term of GiGPO', () => {
    fc.assert(
      fc.property(episodesArbitrary(), (episodes) => {
        const batch = batchFromEpisodes(episodes);
        // GiGPO takes the penalty off one row only, GAGPO off every return that contains it; without one they meet.
        const a = gagpo(batch, { ...RAW, lambda: 1, invalidActionPenalty: 0 });
        const b = gigpoStepTerm(batch, { gamma: GAMMA, normalization: 'mean', invalidActionPenalty: 0 });
        for (let t = 0; t < batch.steps; t++) expect(a[t]).toBeCloseTo(b[t], 9);
      }),
      { seed: 1 },
    );
  });

  test('A_t = e_t − γ(1 − λ)·Σ (γλ)^l·e_{t+1+l}, with e_t = G_t − V̄(s_t)', () => {
    fc.assert(
      fc.property(episodesArbitrary(), fc.constantFrom(0, 0.3, 0.8, 1), (episodes, lambda) => {
        const batch = batchFromEpisodes(episodes);
        const { ofStep, count } = clusterSteps(batch);
        const G = discountedReturns(batch, GAMMA, penalized(batch, batch.reward, 0.1));
        const V = moments(G, ofStep, count, 0).mean;
        const A = gagpo(batch, { ...RAW, lambda, invalidActionPenalty: 0.1 });
        for (let i = 0; i < batch.episodes; i++) {
          const end = batch.episodeStart[i + 1];
          for (let t = batch.episodeStart[i]; t < end; t++) {
            let later = 0;
            for (let u = t + 1; u < end; u++) later += (GAMMA * lambda) ** (u - t - 1) * (G[u] - V[ofStep[u]]);
            expect(A[t]).toBeCloseTo(G[t] - V[ofStep[t]] - GAMMA * (1 - lambda) * later, 9);
          }
        }
      }),
      { seed: 2 },
    );
  });
});

function byEpisode(episodes: EpisodeRecord[], name: string, options: CreditOptions = {}): number[][] {
  const batch = batchFromEpisodes(episodes);
  return splitByEpisode(batch, assignCredit(batch, name, options).advantages);
}

function expectClose(actual: number[][], expected: number[][]): void {
  expect(actual.map((list) => list.length)).toEqual(expected.map((list) => list.length));
  const [a, b] = [actual.flat(), expected.flat()];
  for (let t = 0; t < a.length; t++) expect(Math.abs(a[t] - b[t])).toBeLessThan(1e-6 * Math.max(1, Math.abs(b[t])));
}

const WITHIN_GROUPS = ALGORITHM_NAMES.filter((name) => !ALGORITHMS[name].wholeBatch(ALGORITHMS[name].defaults));

test.each(WITHIN_GROUPS)('%s: a group changes nothing for the others', (name) => {
  fc.assert(
    fc.property(episodesArbitrary(), (episodes) => {
      const copies = episodes.map((episode) => ({ ...episode, group: `${episode.group} again` }));
      const alone = byEpisode(episodes, name);
      expect(byEpisode([...episodes, ...copies], name)).toEqual([...alone, ...alone]);
    }),
    { numRuns: 60, seed: 4 },
  );
});

describe.each(ALGORITHM_NAMES)('%s', (name) => {
  test('does not depend on the order of the episodes', () => {
    fc.assert(
      fc.property(
        episodesArbitrary().chain((episodes) =>
          fc.tuple(fc.constant(episodes), fc.shuffledSubarray([...episodes.keys()], { minLength: episodes.length })),
        ),
        ([episodes, order]) => {
          const straight = byEpisode(episodes, name);
          const shuffled = byEpisode(
            order.map((i) => episodes[i]),
            name,
          );
          expectClose(
            shuffled,
            order.map((i) => straight[i]),
          );
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });

  test('leaves the batch as it was and gives finite numbers', () => {
    fc.assert(
      fc.property(episodesArbitrary(), (episodes) => {
        const batch = batchFromEpisodes(episodes);
        const { advantages } = assignCredit(batch, name);
        expect(batch).toEqual(batchFromEpisodes(episodes));
        expect(advantages.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 30, seed: 5 },
    );
  });
});

/** The same rewards times a number, plus a number that falls on each episode once. */
function changed(episodes: EpisodeRecord[], scale: number, shift: number): EpisodeRecord[] {
  return episodes.map((episode) => ({
    ...episode,
    finalValue: episode.finalValue === undefined ? undefined : episode.finalValue * scale,
    steps: episode.steps.map((step, t) => ({
      ...step,
      reward: step.reward * scale + (t === episode.steps.length - 1 ? shift : 0),
      value: (step.value as number) * scale,
    })),
  }));
}

describe('rewards on another scale', () => {
  const scales = fc.constantFrom(0.5, 2, 10);
  // Standardized credit is the same but for the 1e-6 in the denominator, which weighs where rewards hardly differ.
  const sparse = episodesArbitrary().map((episodes) =>
    episodes.map((e) => ({ ...e, steps: e.steps.map((s) => ({ ...s, reward: Math.sign(s.reward) * 10 })) })),
  );

  test.each(ALGORITHM_NAMES)('%s', (name) => {
    const rules = ALGORITHMS[name].rules;
    fc.assert(
      fc.property(sparse, scales, (episodes, scale) => {
        const mean = 'normalization' in rules ? ({ normalization: 'mean' } as const) : {};
        const success = 'successReward' in rules;
        const plain = byEpisode(episodes, name, { ...mean, ...(success ? { successReward: 10 } : {}) });
        const scaled = byEpisode(changed(episodes, scale, 0), name, {
          ...mean,
          ...(success ? { successReward: 10 * scale } : {}),
        });
        // Without a division credit scales with the rewards; with one it stays.
        const factor = name.startsWith('reinforce++') ? 1 : scale;
        const expected = plain.map((list) => list.map((a) => a * factor));
        expect(scaled.flat().every((a, t) => Math.abs(a - expected.flat()[t]) < 1e-3)).toBe(true);
      }),
      { numRuns: 60, seed: 6 },
    );
  });
});

describe('a reward that every episode gets once', () => {
  // Those that compare whole episodes; the others see when the reward falls. A lone episode is compared with nothing.
  test.each(['grpo', 'dr-grpo', 'rloo', 'reinforce++-baseline'])('changes nothing for %s', (name) => {
    fc.assert(
      fc.property(episodesArbitrary(), fc.constantFrom(-3, 1, 10), (episodes, shift) => {
        const twice = [...episodes, ...episodes];
        const statistics = 'trajectories';
        expectClose(byEpisode(changed(twice, 1, shift), name, { statistics }), byEpisode(twice, name, { statistics }));
      }),
      { numRuns: 60, seed: 8 },
    );
  });
});

test('similar states, then the last two of them, make the key', () => {
  const walk = (...observations: string[]): EpisodeRecord => ({
    group: 'g',
    steps: observations.map((observation) => ({ observation, reward: 0 })),
  });
  const batch = batchFromEpisodes([
    walk('a hall, day 1', 'a shed', 'pond'),
    walk('a hall, day 2', 'a shed', 'pond'),
    walk('a shed'),
  ]);
  const { ofStep } = clusterSteps(batch, { similarity: 0.8, lastStates: 2 });
  expect([...ofStep]).toEqual([0, 1, 2, 0, 1, 2, 3]);
});

test('a loop that nothing leaves has no values at gamma 1', () => {
  const lost: EpisodeRecord = {
    group: 'g',
    success: false,
    truncated: true,
    steps: [
      { observation: 'left', reward: 1 },
      { observation: 'right', reward: 1 },
    ],
    finalObservation: 'left',
  };
  const batch = batchFromEpisodes([lost]);
  const credit = (gamma: number) => assignCredit(batch, 'bellman', { gamma, truncation: 'bootstrap' });
  expect(() => credit(1)).toThrow('have no fixed point');
  expect([...credit(0.9).advantages].every(Number.isFinite)).toBe(true);
});
