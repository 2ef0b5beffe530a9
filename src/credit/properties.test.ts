import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALGORITHM_NAMES, assignCredit } from './algorithms.ts';
import { batchFromEpisodes, type EpisodeRecord, splitByEpisode } from './batch.ts';
import { clusterSteps } from './clusters.ts';
import { gagpo } from './gagpo.ts';
import { gigpoStepTerm } from './gigpo.ts';
import { moments } from './moments.ts';
import type { CreditOptions } from './options.ts';
import { discountedReturns, penalized } from './returns.ts';
import { similarityRatio } from './sequence-matcher.ts';

/** Random episodes for tests: few states so that they recur, groups interleaved, sparse or dense rewards. */
function episodesArbitrary(): fc.Arbitrary<EpisodeRecord[]> {
  const state = fc.constantFrom('hall', 'kitchen', 'cellar', 'kühlschrank 冷', 'attic 😀');
  const dense = fc.double({ min: -3, max: 3, noNaN: true, noDefaultInfinity: true }).map((x) => Math.fround(x));
  const sparse = fc.constantFrom(0, 0, 0, 10);
  const steps = fc.boolean().chain((isDense) =>
    fc.array(fc.record({ observation: state, reward: isDense ? dense : sparse, valid: fc.boolean() }), {
      minLength: 1,
      maxLength: 7,
    }),
  );
  const episode = fc.record({
    group: fc.constantFrom('g0', 'g1', 'g2'),
    success: fc.boolean(),
    truncated: fc.boolean(),
    finalObservation: fc.option(state, { nil: undefined }),
    steps,
  });
  return fc.array(episode, { minLength: 1, maxLength: 10 });
}

/*
 * Every algorithm a second time, straight from its definition: rows as objects, string keys, nested loops, quadratic.
 */

interface Row {
  group: string;
  episode: number;
  /** From 0. */
  t: number;
  length: number;
  key: string;
  /** States of the episode up to and with this one. */
  past: string[];
  reward: number;
  penalty: number;
  /** G_t of the raw rewards. */
  G: number;
  /** R_i. */
  R: number;
  /** State that follows, undefined after the last step. */
  next: string | undefined;
  record: EpisodeRecord;
}

type Settings = Required<CreditOptions>;

const SETTINGS: Settings = {
  gamma: 0.95,
  lambda: 0.8,
  normalization: 'std',
  statistics: 'steps',
  scope: 'group',
  ddof: 0,
  stepWeight: 1,
  invalidActionPenalty: 0.1,
  similarity: 1,
  truncation: 'terminal',
  history: 2,
  base: false,
  alpha: 1,
  successReward: 10,
};

function rowsOf(episodes: EpisodeRecord[], o: Settings): Row[] {
  return episodes.flatMap((record, episode) =>
    record.steps.map((step, t) => ({
      group: record.group,
      episode,
      t,
      length: record.steps.length,
      key: step.observation as string,
      past: record.steps.slice(0, t + 1).map((s) => s.observation as string),
      reward: step.reward,
      penalty: step.valid ? 0 : o.invalidActionPenalty,
      G: record.steps.slice(t).reduce((sum, s, k) => sum + o.gamma ** k * s.reward, 0),
      R: record.steps.reduce((sum, s) => sum + s.reward, 0),
      next: record.steps[t + 1]?.observation,
      record,
    })),
  );
}

const average = (xs: number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;

function spread(xs: number[], ddof: number): number {
  if (xs.length <= ddof) return 0;
  const mean = average(xs);
  return Math.sqrt(xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (xs.length - ddof));
}

function norm(x: number, among: number[], mode: Settings['normalization'], ddof: number): number {
  // Rounding must not turn the deviation of equal values into anything but nothing.
  if (among.every((y) => y === among[0])) return 0;
  const centred = x - average(among);
  return mode === 'std' ? centred / (spread(among, ddof) + 1e-6) : centred;
}

function scoresOfGroup(rows: Row[], group: string, o: Settings): number[] {
  const members = rows.filter((row) => row.group === group && (o.statistics === 'steps' || row.t === 0));
  return members.map((row) => row.R - row.penalty);
}

function slowGrpo(rows: Row[], o: Settings): number[] {
  return rows.map((row) => {
    const scores = scoresOfGroup(rows, row.group, o);
    const x = row.R - row.penalty;
    if (scores.length === 1) return o.normalization === 'std' ? x / (1 + 1e-6) : x;
    const centred = x - average(scores);
    return o.normalization === 'std' ? centred / (spread(scores, 1) + 1e-6) : centred;
  });
}

function slowRloo(rows: Row[], o: Settings): number[] {
  return rows.map((row) => {
    const scores = scoresOfGroup(rows, row.group, o);
    const x = row.R - row.penalty;
    return scores.length === 1 ? x : (scores.length / (scores.length - 1)) * (x - average(scores));
  });
}

function slowWhitening(xs: number[]): number[] {
  return xs.map((x) => (x - average(xs)) / Math.sqrt(spread(xs, 1) ** 2 + 1e-8));
}

function slowReinforce(rows: Row[]): number[] {
  return slowWhitening(rows.map((row) => row.G - row.penalty));
}

function slowReinforceBaseline(rows: Row[], o: Settings): number[] {
  return slowWhitening(
    rows.map((row) => {
      const scores = scoresOfGroup(rows, row.group, o);
      return row.R - row.penalty - (scores.length === 1 ? 0 : average(scores));
    }),
  );
}

function slowGigpo(rows: Row[], o: Settings): number[] {
  const clusters: { group: string; text: string; rows: Row[] }[] = [];
  const home = new Map<Row, Row[]>();
  for (const row of rows) {
    let cluster = clusters.find((c) => c.group === row.group && similarityRatio(row.key, c.text) >= o.similarity);
    if (cluster === undefined) {
      cluster = { group: row.group, text: row.key, rows: [] };
      clusters.push(cluster);
    }
    cluster.rows.push(row);
    home.set(row, cluster.rows);
  }
  const episodeTerm = slowGrpo(rows, o);
  return rows.map((row, i) => {
    const among = (home.get(row) as Row[]).map((other) => other.G - other.penalty);
    return episodeTerm[i] + o.stepWeight * norm(row.G - row.penalty, among, o.normalization, 1);
  });
}

function slowGagpo(rows: Row[], o: Settings): number[] {
  const r = (row: Row) => row.reward - row.penalty;
  const following = (row: Row) => rows.find((other) => other.episode === row.episode && other.t === row.t + 1);
  const G = (row: Row): number => {
    const next = following(row);
    return r(row) + (next === undefined ? 0 : o.gamma * G(next));
  };
  const V = (group: string, key: string | undefined): number => {
    const visits = rows.filter((row) => row.group === group && row.key === key);
    return visits.length === 0 ? 0 : average(visits.map(G));
  };
  const A = (row: Row): number => {
    const next = following(row);
    if (next !== undefined) {
      const delta = r(row) + o.gamma * V(row.group, next.key) - V(row.group, row.key);
      return delta + o.gamma * o.lambda * A(next);
    }
    const goesOn = o.truncation === 'bootstrap' && row.record.truncated;
    return r(row) + (goesOn ? o.gamma * V(row.group, row.record.finalObservation) : 0) - V(row.group, row.key);
  };
  const raw = rows.map(A);
  if (o.normalization === 'none') return raw;
  return rows.map((row, i) => {
    const among = raw.filter((_, j) => o.scope === 'batch' || rows[j].group === row.group);
    const centred = raw[i] - average(among);
    return o.normalization === 'std' ? centred / (spread(among, o.ddof) + 1e-6) : centred;
  });
}

function slowG2po(rows: Row[], o: Settings): number[] {
  const V = (group: string, key: string): number =>
    average(
      rows
        .filter((row) => row.group === group && row.key === key)
        .map((row) => o.gamma ** (row.length - (row.t + 1) + 1) * row.R),
    );
  const edges = rows.map((row) => {
    const end = row.record.success ? o.successReward : 0;
    const to = row.next === undefined ? end : V(row.group, row.next);
    return { row, reached: to - row.penalty, gain: to - V(row.group, row.key) };
  });
  const episodeTerm = slowGrpo(rows, o);
  return edges.map(({ row, reached, gain }, i) => {
    const inGroup = edges.filter((edge) => edge.row.group === row.group);
    const siblings = inGroup.filter((edge) => edge.row.key === row.key);
    const next = norm(
      reached,
      siblings.map((edge) => edge.reached),
      o.normalization,
      1,
    );
    const edge = norm(
      gain,
      inGroup.map((other) => other.gain),
      o.normalization,
      1,
    );
    return episodeTerm[i] + o.stepWeight * (next + edge);
  });
}

function slowHgpo(rows: Row[], o: Settings): number[] {
  const episodeTerm = slowGrpo(rows, o);
  return rows.map((row, i) => {
    const terms = o.base ? [{ k: 0, term: episodeTerm[i] }] : [];
    for (let k = 1; k <= o.history + 1; k++) {
      if (row.past.length < k) continue;
      const context = (other: Row) => JSON.stringify(other.past.slice(other.past.length - k));
      const among = rows.filter(
        (other) => other.group === row.group && other.past.length >= k && context(other) === context(row),
      );
      if (among.length < 2) continue;
      terms.push({
        k,
        term: norm(
          row.G - row.penalty,
          among.map((other) => other.G - other.penalty),
          o.normalization,
          0,
        ),
      });
    }
    const counted = terms.filter(({ term }) => term !== 0);
    const total = counted.reduce((sum, { k }) => sum + (k + 1) ** o.alpha, 0) + 1e-6;
    return counted.reduce((sum, { k, term }) => sum + (k + 1) ** o.alpha * term, 0) / total;
  });
}

const range = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const episodeOptions = {
  normalization: fc.constantFrom<'std' | 'mean'>('std', 'mean'),
  statistics: fc.constantFrom<'steps' | 'trajectories'>('steps', 'trajectories'),
  invalidActionPenalty: fc.constantFrom(0, 0.1, 0.37),
};
const gamma = fc.constantFrom(0.5, 0.95, 1);
const { normalization: _, ...unscaled } = episodeOptions;

const CASES: {
  name: string;
  slow: (rows: Row[], o: Settings) => number[];
  options: Record<string, fc.Arbitrary<unknown>>;
}[] = [
  { name: 'grpo', slow: slowGrpo, options: episodeOptions },
  { name: 'rloo', slow: slowRloo, options: unscaled },
  {
    name: 'gigpo',
    slow: slowGigpo,
    options: { ...episodeOptions, gamma, stepWeight: range(0, 2), similarity: fc.constantFrom(1, 0.4, 0) },
  },
  {
    name: 'gagpo',
    slow: slowGagpo,
    options: {
      gamma,
      lambda: fc.constantFrom(0, 0.8, 1),
      normalization: fc.constantFrom('std', 'mean', 'none'),
      scope: fc.constantFrom('group', 'batch'),
      ddof: fc.constantFrom(0, 1),
      truncation: fc.constantFrom('terminal', 'bootstrap'),
      invalidActionPenalty: fc.constantFrom(0, 0.1),
    },
  },
  {
    name: 'g2po',
    slow: slowG2po,
    options: { ...episodeOptions, gamma, stepWeight: range(0, 2), successReward: fc.constantFrom(1, 10) },
  },
  {
    name: 'hgpo',
    slow: slowHgpo,
    options: {
      ...episodeOptions,
      gamma,
      history: fc.integer({ min: 0, max: 4 }),
      base: fc.boolean(),
      alpha: fc.constantFrom(0, 1, 2),
    },
  },
  {
    name: 'reinforce++',
    slow: slowReinforce,
    options: { gamma, invalidActionPenalty: episodeOptions.invalidActionPenalty },
  },
  { name: 'reinforce++-baseline', slow: slowReinforceBaseline, options: unscaled },
];

describe('each algorithm equals its definition computed slowly', () => {
  test.each(CASES)('$name', ({ name, slow, options }) => {
    fc.assert(
      fc.property(episodesArbitrary(), fc.record(options), (episodes, chosen) => {
        const settings = { ...SETTINGS, ...(chosen as CreditOptions) };
        const expected = slow(rowsOf(episodes, settings), settings);
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
  for (let t = 0; t < a.length; t++) expect(Math.abs(a[t] - b[t])).toBeLessThan(1e-7 * Math.max(1, Math.abs(b[t])));
}

/** Not those that whiten over the batch. */
const WITHIN_GROUPS = ALGORITHM_NAMES.filter((name) => !name.startsWith('reinforce++'));

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
