import { describe, expect, test } from 'vitest';
import { assignCredit } from './algorithms.ts';
import { degenerateGrouping, diagnose, quantile, summarize } from './diagnostics.ts';
import { batchFromEpisodes, type EpisodeRecord } from './index.ts';

function episode(group: string, states: string[], reward: number, truncated = false): EpisodeRecord {
  const steps = states.map((observation, t) => ({ observation, reward: t === states.length - 1 ? reward : 0 }));
  return { group, truncated, steps };
}

const HEALTHY = [
  episode('g0', ['a', 'b', 'c'], 10),
  episode('g0', ['a', 'c'], 0, true),
  episode('g1', ['a', 'a', 'd'], 10),
  episode('g1', ['a', 'e'], 10),
  episode('g1', ['a'], 0),
];

test('counts states, singletons, sizes, zero-variance groups and truncated episodes', () => {
  const { diagnostics } = assignCredit(batchFromEpisodes(HEALTHY), 'gagpo');
  expect(diagnostics).toMatchObject({
    steps: 11,
    episodes: 5,
    groups: 2,
    groupSizes: [2, 3],
    states: 6,
    singletonShare: 3 / 11,
    singleStateGroups: 0,
    zeroVarianceGroups: 0,
    truncatedEpisodes: 1,
  });
  expect(degenerateGrouping(diagnostics)).toEqual([]);
});

test('counts the states that similarity made', () => {
  const batch = batchFromEpisodes([episode('g', ['room number 1'], 10), episode('g', ['room number 2'], 0)]);
  expect(assignCredit(batch, 'gigpo').diagnostics.states).toBe(2);
  expect(assignCredit(batch, 'gigpo', { similarity: 0.9 }).diagnostics.states).toBe(1);
});

describe('degenerateGrouping', () => {
  const warnings = (episodes: EpisodeRecord[]) => {
    const batch = batchFromEpisodes(episodes);
    return degenerateGrouping(diagnose(batch, new Float64Array(batch.steps)));
  };
  const rename = (name: (index: number) => string) => {
    let index = 0;
    return HEALTHY.map((e) => ({ ...e, steps: e.steps.map((s) => ({ ...s, observation: name(index++) })) }));
  };

  test('every step its own state', () => {
    const found = warnings(rename((index) => `turn ${index}`));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('100 % of the 11 steps');
  });

  test('one state for all', () => {
    const found = warnings(rename(() => 'constant'));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('one single state');
  });

  test('a single step says nothing about the state key', () => {
    const found = warnings([episode('g', ['a'], 10)]);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('In 1 of 1 groups');
  });

  test('equal rewards in most groups', () => {
    const equal = HEALTHY.map((e) => (e.group === 'g0' ? e : episode('g1', ['a', 'b'], 5)));
    expect(warnings(equal)).toEqual([]);
    const found = warnings([...equal, episode('g2', ['a', 'a'], 3), episode('g2', ['b'], 3)]);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('In 2 of 3 groups');
  });
});

test('advantage summary', () => {
  const summary = summarize(Float64Array.of(3, -2, 0, 1, 0.5));
  expect(summary).toMatchObject({ min: -2, p25: 0, p50: 0.5, p75: 1, max: 3, iqr: 1, shareAboveOne: 2 / 5, mean: 0.5 });
  expect(summary.std).toBeCloseTo(Math.sqrt((2.5 ** 2 + 2.5 ** 2 + 0.5 ** 2 + 0.5 ** 2) / 5), 12);
  expect(summary.p05).toBeCloseTo(-1.6, 12);
  expect(quantile([1, 2], 0.25)).toBe(1.25);
  expect(quantile([], 0.5)).toBeNaN();
});
