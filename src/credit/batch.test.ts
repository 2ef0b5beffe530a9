import { describe, expect, test } from 'vitest';
import { clusterSteps } from './clusters.ts';
import { CreditBatchError } from './errors.ts';
import { batchFromEpisodes, batchFromGroups, checkBatch, type EpisodeRecord, splitByEpisode } from './index.ts';

const EPISODES: EpisodeRecord[] = [
  {
    group: 'g1',
    id: 'first',
    success: true,
    steps: [
      { observation: 'a', reward: 0 },
      { observation: 'b', state: 'anchor', reward: 1, valid: false },
    ],
    finalObservation: 'c',
  },
  { group: 'g0', truncated: true, steps: [{ observation: 'a', reward: 0.5, valid: true }] },
  { group: 'g1', steps: [{ state: 'anchor', reward: 10 }], finalState: 'anchor', finalObservation: 'ignored' },
];

test('columns of plain episodes', () => {
  expect(batchFromEpisodes(EPISODES)).toEqual({
    steps: 4,
    episodes: 3,
    groups: 2,
    states: 3,
    episodeStart: Int32Array.of(0, 2, 3, 4),
    episodeGroup: Int32Array.of(0, 1, 0),
    state: Int32Array.of(0, 1, 0, 1),
    reward: Float64Array.of(0, 1, 0.5, 10),
    valid: Uint8Array.of(1, 0, 1, 1),
    success: Uint8Array.of(1, 0, 1),
    truncated: Uint8Array.of(0, 1, 0),
    finalState: Int32Array.of(2, -1, 1),
    stateText: ['a', 'anchor', 'c'],
  });
});

test('groups that hold their episodes give the same columns', () => {
  const [a, b, c] = EPISODES;
  const groups = [
    { group: 'g1', episodes: [a, c] },
    { group: 'g0', episodes: [b] },
  ];
  expect(batchFromGroups(groups)).toEqual(batchFromEpisodes([a, c, b]));
});

test('an absent success means that the reward reached successReward, rounding forgiven', () => {
  const tenths = { group: 'g', steps: Array.from({ length: 10 }, () => ({ observation: 'a', reward: 0.1 })) };
  const success = (successReward?: number) => [...batchFromEpisodes([tenths], { successReward }).success];
  expect(success(1)).toEqual([1]);
  expect(success(1.001)).toEqual([0]);
  expect(success()).toEqual([0]);
});

test('splitByEpisode gives back one list per episode', () => {
  const batch = batchFromEpisodes(EPISODES);
  expect(splitByEpisode(batch, [1, 2, 3, 4])).toEqual([[1, 2], [3], [4]]);
  expect(() => splitByEpisode(batch, [1])).toThrow(CreditBatchError);
});

test('clusters are per group, and the state reached counts only where the group acted from it', () => {
  expect(clusterSteps(batchFromEpisodes(EPISODES))).toEqual({
    count: 3,
    ofStep: Int32Array.of(0, 1, 2, 1),
    ofFinal: Int32Array.of(-1, -1, 1),
  });
});

describe('bad episodes are refused where they are bad', () => {
  const step = { observation: 'a', reward: 0 };
  test.each([
    [{ steps: [step] }, 'group', undefined, '`group` is missing'],
    [{ group: 'g', steps: [] }, 'steps', undefined, 'group "g", episode 1 ("x"): it has no steps'],
    [{ group: 'g' }, 'steps', undefined, '`steps` is missing; it must be a list.'],
    [{ group: 'g', steps: [step, { reward: 0 }] }, 'observation', 1, '`observation` is missing'],
    [{ group: 'g', steps: [{ ...step, reward: Number.NaN }] }, 'reward', 0, '`reward` is NaN'],
    [{ group: 'g', steps: [{ ...step, reward: '1' }] }, 'reward', 0, '`reward` is "1"; it must be a finite number.'],
    [{ group: 'g', steps: [{ ...step, valid: 1 }] }, 'valid', 0, '`valid` is 1; it must be a boolean or absent.'],
    [{ group: 'g', steps: [{ ...step, state: 3 }] }, 'state', 0, '`state` is 3; it must be a string or absent.'],
    [{ group: 'g', steps: [null] }, 'steps', 0, 'step 0: a step must be an object.'],
    [{ group: 'g', success: 'yes', steps: [step] }, 'success', undefined, '`success` is "yes"'],
  ])('%j', (bad, field, at, sentence) => {
    const episodes = [EPISODES[0], { id: 'x', ...bad } as unknown as EpisodeRecord];
    let error: unknown;
    try {
      batchFromEpisodes(episodes);
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(CreditBatchError);
    expect(error).toMatchObject({ code: 'TURNWISE_CREDIT_BATCH', field, episode: 1, episodeId: 'x', step: at });
    expect((error as Error).message).toContain(sentence);
  });
});

describe('checkBatch', () => {
  const good = batchFromEpisodes(EPISODES);

  test('accepts what batchFromEpisodes makes', () => {
    expect(checkBatch(good)).toBeUndefined();
  });

  test.each([
    [{ valid: new Uint8Array(3) }, 'Column `valid` has 3 entries; it must have 4.'],
    [{ stateText: ['a'] }, 'Column `stateText` has 1 entries; it must have 3.'],
    [{ episodeStart: Int32Array.of(0, 2, 3, 3) }, '`episodeStart` must begin with 0 and end with 4'],
    [{ episodeStart: Int32Array.of(0, 2, 2, 4) }, 'episode 1: it has no steps'],
    [{ episodeGroup: Int32Array.of(0, 2, 0) }, 'episode 1: `episodeGroup` is 2; it must be 0 … 1.'],
    [{ state: Int32Array.of(0, 1, 3, 0) }, 'episode 1, step 0: `state` is 3; it must be 0 … 2.'],
    [{ finalState: Int32Array.of(-2, -1, 0) }, 'episode 0: `finalState` is -2; it must be -1 … 2.'],
    [{ reward: Float64Array.of(0, 0, 0, Infinity) }, 'episode 2, step 0: `reward` is Infinity'],
  ])('refuses %j', (columns, sentence) => {
    expect(() => checkBatch({ ...good, ...columns })).toThrow(sentence);
  });
});
