import { describe, expect, test } from 'vitest';
import { ALGORITHM_NAMES, ALGORITHMS, assignCredit, resolveOptions } from './algorithms.ts';
import { CreditBatchError, CreditOptionError, UnknownAlgorithmError } from './errors.ts';
import { batchFromEpisodes, type EpisodeRecord, type StepBatch, splitByEpisode } from './index.ts';
import type { CreditOptions } from './options.ts';

/** Not those that also compare the steps along an episode, or with what a critic expected. */
const AMONG_EPISODES = ALGORITHM_NAMES.filter((name) => !['g2po', 'reinforce++', 'gae'].includes(name));

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

function byEpisode(episodes: EpisodeRecord[], name: string, options: CreditOptions = {}): number[][] {
  const batch = batchFromEpisodes(episodes);
  return splitByEpisode(batch, assignCredit(batch, name, options).advantages);
}

describe.each(ALGORITHM_NAMES)('%s', (name) => {
  test('says what it is', () => {
    const { description, paper, defaults, rules } = ALGORITHMS[name];
    expect(description).toMatch(/^[A-Z].*\.$/);
    if (paper.arxiv !== undefined) expect(paper.arxiv).toMatch(/^\d{4}\.\d{5}$/);
    expect(paper.title.length).toBeGreaterThan(10);
    expect(Object.keys(rules)).toEqual(Object.keys(defaults));
    expect(resolveOptions(name)).toEqual(defaults);
    expect(resolveOptions(name, { ...defaults })).toEqual(defaults);
  });
});

test.each(AMONG_EPISODES)('%s gives nothing to a group of equal episodes', (name) => {
  const episode: EpisodeRecord = {
    group: 'g',
    steps: [
      { observation: 'a', reward: 0.1 },
      { observation: 'b', reward: 0.7 },
    ],
  };
  const batch = batchFromEpisodes([episode, episode, episode]);
  for (const a of assignCredit(batch, name).advantages) expect(Math.abs(a)).toBeLessThan(1e-9);
});

describe('refusals', () => {
  const batch = batchFromEpisodes([{ group: 'g', steps: [{ observation: 'a', reward: 1 }] }]);

  test.each([
    ['gappo', 'gagpo'],
    ['GRPO', 'grpo'],
    ['reinforce++baseline', 'reinforce++-baseline'],
  ])('name %s, nearest %s', (name, nearest) => {
    const error = thrown(() => assignCredit(batch, name)) as UnknownAlgorithmError;
    expect(error).toBeInstanceOf(UnknownAlgorithmError);
    expect(error).toMatchObject({ code: 'TURNWISE_CREDIT_ALGORITHM', algorithm: name, known: ALGORITHM_NAMES });
    expect(error.message).toContain(`"${name}"`);
    expect(error.nearest).toBe(nearest);
  });

  test('a name that resembles none gets no other proposed', () => {
    const error = thrown(() => assignCredit(batch, 'sarsa')) as UnknownAlgorithmError;
    expect(error.nearest).toBe(undefined);
    expect(error.message).toMatch(/^There is no credit algorithm "sarsa"\. Choose one of: /);
  });

  test.each([
    ['gagpo', { lamda: 0.8 }, 'lamda', 'nearest is "lambda"'],
    [
      'grpo',
      { gamma: 0.9 },
      'gamma',
      'there is no such option. It has: normalization, statistics, invalidActionPenalty.',
    ],
    ['gagpo', { gamma: 1.5 }, 'gamma', 'it is 1.5; it must be a number from 0 to 1.'],
    ['gagpo', { gamma: '0.9' }, 'gamma', 'it is "0.9"; it must be a number from 0 to 1.'],
    ['gagpo', { lambda: Number.NaN }, 'lambda', 'it is NaN; it must be a number from 0 to 1.'],
    ['gigpo', { normalization: 'none' }, 'normalization', 'it is "none"; it must be "std" or "mean".'],
    ['gagpo', { ddof: 2 }, 'ddof', 'it is 2; it must be 0 or 1.'],
    ['hgpo', { history: 1.5 }, 'history', 'it is 1.5; it must be a whole number of at least 0.'],
    ['hgpo', { base: 'yes' }, 'base', 'it is "yes"; it must be true or false.'],
    ['gigpo', { stepWeight: -1 }, 'stepWeight', 'it is -1; it must be a number of at least 0.'],
    ['gigpo', { hasOwnProperty: 1 }, 'hasOwnProperty', 'there is no such option'],
  ])('%s with %j', (name, options, option, sentence) => {
    const error = thrown(() => assignCredit(batch, name, options as CreditOptions)) as CreditOptionError;
    expect(error).toBeInstanceOf(CreditOptionError);
    expect(error).toMatchObject({ code: 'TURNWISE_CREDIT_OPTION', algorithm: name, option });
    expect(error.message).toContain(sentence);
  });

  test('names that every object has', () => {
    expect(thrown(() => assignCredit(batch, 'toString'))).toBeInstanceOf(UnknownAlgorithmError);
  });

  test('similarity without texts', () => {
    const { stateText: _, ...bare } = batch;
    expect(thrown(() => assignCredit(bare, 'gigpo', { similarity: 0.9 }))).toBeInstanceOf(CreditBatchError);
    expect([...assignCredit(bare, 'gigpo').advantages]).toHaveLength(1);
  });

  test('columns that do not fit', () => {
    const broken: StepBatch = { ...batch, reward: Float64Array.of(Number.NaN) };
    expect(thrown(() => assignCredit(broken, 'grpo'))).toMatchObject({ field: 'reward', episode: 0, step: 0 });
  });
});

test('a batch without episodes gives no advantages', () => {
  for (const name of ALGORITHM_NAMES) expect(assignCredit(batchFromEpisodes([]), name).advantages).toHaveLength(0);
});

test('a group of one', () => {
  const one = [{ group: 'g', steps: [{ observation: 'a', reward: 4 }] }];
  expect(byEpisode(one, 'grpo')[0][0]).toBeCloseTo(4, 5);
  expect(byEpisode(one, 'grpo', { normalization: 'mean' })).toEqual([[4]]);
  expect(byEpisode(one, 'rloo')).toEqual([[4]]);
  expect(byEpisode(one, 'gigpo', { normalization: 'mean' })).toEqual([[4]]);
  expect(byEpisode(one, 'gagpo')).toEqual([[0]]);
  expect(byEpisode(one, 'gagpo', { ddof: 1 })).toEqual([[0]]);
});

test('the penalty touches the row of the invalid action alone, or in GAGPO every return that contains it', () => {
  const steps = [
    { observation: 'a', reward: 0 },
    { observation: 'b', reward: 10, valid: false },
  ];
  const other = [
    { observation: 'a', reward: 0 },
    { observation: 'b', reward: 10 },
  ];
  const episodes = [
    { group: 'g', steps },
    { group: 'g', steps: other },
  ];
  const grpo = byEpisode(episodes, 'grpo', { normalization: 'mean', invalidActionPenalty: 1 });
  expect(grpo.flat().map((a) => Number(a.toFixed(12)))).toEqual([0.25, -0.75, 0.25, 0.25]);
  const gagpo = byEpisode(episodes, 'gagpo', { normalization: 'none', lambda: 1, gamma: 0.5, invalidActionPenalty: 1 });
  expect(gagpo).toEqual([
    [-0.25, -0.5],
    [0.25, 0.5],
  ]);
});
