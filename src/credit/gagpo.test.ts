import { describe, expect, test } from 'vitest';
import { gagpo } from './gagpo.ts';
import { gigpo, gigpoStepTerm } from './gigpo.ts';
import { batchFromEpisodes, type EpisodeRecord } from './index.ts';

const GAMMA = 0.95;
const RAW = { gamma: GAMMA, normalization: 'none' } as const;

function episode(states: string, reward: number, more: Partial<EpisodeRecord> = {}): EpisodeRecord {
  const last = states.length - 1;
  return {
    group: 'g',
    steps: [...states].map((observation, t) => ({ observation, reward: t === last ? reward : 0 })),
    ...more,
  };
}

test('standardized advantages have mean 0 and population std 1 over each group', () => {
  const batch = batchFromEpisodes([episode('abc', 10), episode('acb', 0), episode('ab', 10), episode('aab', 0)]);
  const A = gagpo(batch);
  const mean = A.reduce((sum, a) => sum + a, 0) / A.length;
  expect(mean).toBeCloseTo(0, 12);
  expect(A.reduce((sum, a) => sum + (a - mean) ** 2, 0) / A.length).toBeCloseTo(1, 5);
});

describe('a state seen once', () => {
  // "x" occurs once and leads into "c", from which others fail or succeed.
  const batch = batchFromEpisodes([episode('axc', 10), episode('ac', 0), episode('bc', 10)]);
  const x = 1;

  test('gets credit below λ = 1 for leading into a shared state, by the values it connects', () => {
    const A = gagpo(batch, { ...RAW, lambda: 0.8 });
    const c = (10 + 0 + 10) / 3;
    const own = 9.5;
    expect(A[x]).toBeCloseTo(GAMMA * c - own + GAMMA * 0.8 * (10 - c), 12);
    expect(A[x]).not.toBeCloseTo(0, 3);
  });

  test('gets none at λ = 1, nor from the step term of GiGPO', () => {
    expect(gagpo(batch, { ...RAW, lambda: 1 })[x]).toBeCloseTo(0, 12);
    expect(gigpoStepTerm(batch)[x]).toBe(0);
  });
});

describe('truncation', () => {
  const cut = (finalObservation?: string) =>
    batchFromEpisodes([episode('ab', 0, { truncated: true, finalObservation }), episode('ac', 8), episode('c', 4)]);

  test('bootstrap adds γ·V̄ of the state reached to the last residual', () => {
    const terminal = gagpo(cut('c'), { ...RAW, lambda: 0 });
    const bootstrap = gagpo(cut('c'), { ...RAW, lambda: 0, truncation: 'bootstrap' });
    expect(bootstrap[1] - terminal[1]).toBeCloseTo(GAMMA * 6, 12);
    expect(bootstrap[0]).toBe(terminal[0]);
  });

  test.each([[undefined], ['never acted from']])('bootstrap is terminal when the state reached is %s', (reached) => {
    expect(gagpo(cut(reached), { ...RAW, truncation: 'bootstrap' })).toEqual(gagpo(cut(reached), RAW));
  });

  test('bootstrap leaves episodes alone that ended by themselves', () => {
    const batch = batchFromEpisodes([episode('ab', 0, { finalObservation: 'a' }), episode('ab', 8)]);
    expect(gagpo(batch, { truncation: 'bootstrap' })).toEqual(gagpo(batch));
  });
});

test('similarity merges states and their values', () => {
  const named = (name: string, reward: number): EpisodeRecord => ({
    group: 'g',
    steps: [{ observation: `You stand before the ${name}.`, reward }],
  });
  const batch = batchFromEpisodes([named('fridge 1', 10), named('fridge 2', 0)]);
  expect([...gagpo(batch, RAW)]).toEqual([0, 0]);
  expect([...gagpo(batch, { ...RAW, similarity: 0.9 })]).toEqual([5, -5]);
});

test('bootstrap finds the value of a state reached that is only similar to one acted from', () => {
  const batch = batchFromEpisodes([
    { group: 'g', steps: [{ observation: 'hall', reward: 0 }], truncated: true, finalObservation: 'the kitchen no 1' },
    { group: 'g', steps: [{ observation: 'the kitchen no 2', reward: 8 }] },
  ]);
  const options = { ...RAW, truncation: 'bootstrap' } as const;
  expect(gagpo(batch, options)[0]).toBe(0);
  expect(gagpo(batch, { ...options, similarity: 0.9 })[0]).toBeCloseTo(GAMMA * 8, 12);
});

test('an undefined option is an absent one', () => {
  const batch = batchFromEpisodes([episode('ab', 10), episode('ab', 0)]);
  expect(gagpo(batch, { gamma: undefined })).toEqual(gagpo(batch));
  expect(gigpo(batch, { stepWeight: undefined })).toEqual(gigpo(batch));
});

test('broadcast gives every step of an episode the mean of what its steps would have got', () => {
  const batch = batchFromEpisodes([episode('abc', 10), episode('acb', 0), episode('ab', 10), episode('aab', 0)]);
  const A = gagpo(batch, RAW);
  const B = gagpo(batch, { ...RAW, broadcast: true });
  for (let i = 0; i < batch.episodes; i++) {
    const own = A.subarray(batch.episodeStart[i], batch.episodeStart[i + 1]);
    const mean = own.reduce((sum, a) => sum + a, 0) / own.length;
    for (let t = batch.episodeStart[i]; t < batch.episodeStart[i + 1]; t++) expect(B[t]).toBeCloseTo(mean, 12);
  }
  expect(B).not.toEqual(A);
});
