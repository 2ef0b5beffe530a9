import { expect, test } from 'vitest';
import {
  type AlgorithmName,
  batchFromEpisodes,
  type CreditColumn,
  type CreditOptions,
  type EpisodeRecord,
  explainCredit,
} from '../index.ts';

/** Terms and quantities by name, rounded to six digits after the point. */
function explained(
  episodes: EpisodeRecord[],
  name: AlgorithmName,
  options: CreditOptions = {},
): Record<string, number[]> {
  const { advantages, terms, quantities } = explainCredit(batchFromEpisodes(episodes), name, options);
  const rounded = (values: ArrayLike<number>) => Array.from(values, (x) => Math.round(x * 1e6) / 1e6 + 0);
  const named = (kind: string, columns: readonly CreditColumn[]) =>
    columns.map(({ name: column, values }) => [`${kind}: ${column}`, rounded(values)]);
  return { A: rounded(advantages), ...Object.fromEntries([...named('term', terms), ...named('quantity', quantities)]) };
}

const walk = (states: string, reward: number, more: Partial<EpisodeRecord> = {}): EpisodeRecord => ({
  group: 'g',
  success: reward > 0,
  steps: [...states].map((observation, t) => ({ observation, reward: t === states.length - 1 ? reward : 0 })),
  ...more,
});
const neither = [Number.NaN, Number.NaN];

test('gagpo: half of the residual of the next step, γλ = 0.25', () => {
  // G is 5, 10 and 0, 0, so V̄(h) = 2.5 and V̄(k) = 5. δ: 0 + 0.5·5 − 2.5 = 0, then 10 − 5 = 5; 0, then 0 − 5 = −5.
  // A: 0 + 0.25·5 = 1.25, 5; −1.25, −5. Their mean is 0, their variance (2·1.25² + 2·5²)/4 = 13.28125.
  const std = Math.sqrt(13.28125) + 1e-6;
  const found = explained([walk('hk', 10), walk('hk', 0)], 'gagpo', { gamma: 0.5, lambda: 0.5 });
  expect(found['quantity: return']).toEqual([5, 10, 0, 0]);
  expect(found['quantity: value']).toEqual([2.5, 5, 2.5, 5]);
  expect(found['quantity: next value']).toEqual([5, 0, 5, 0]);
  expect(found['quantity: residual']).toEqual([0, 5, 0, -5]);
  expect(found['quantity: unscaled advantage']).toEqual([1.25, 5, -1.25, -5]);
  expect(found['quantity: visits']).toEqual([2, 2, 2, 2]);
  expect(found['quantity: std'][0]).toBeCloseTo(3.644345, 6);
  const round = (x: number) => Math.round((x / std) * 1e6) / 1e6;
  expect(found['term: residual']).toEqual([0, round(5), 0, round(-5)]);
  expect(found['term: later residuals']).toEqual([round(1.25), Number.NaN, round(-1.25), Number.NaN]);
  expect(found['term: centring']).toEqual([0, 0, 0, 0]);
});

test('gagpo, the same with every step given the mean of its episode', () => {
  // Ā: (1.25 + 5)/2 = 3.125 and −3.125; of it the first step brings 1.25/2 = 0.625 and the other one 2.5.
  const options = { gamma: 0.5, lambda: 0.5, broadcast: true, normalization: 'none' } as const;
  const found = explained([walk('hk', 10), walk('hk', 0)], 'gagpo', options);
  expect(found.A).toEqual([3.125, 3.125, -3.125, -3.125]);
  expect(found['quantity: episode mean']).toEqual(found.A);
  expect(found['term: own step']).toEqual([0.625, 2.5, -0.625, -2.5]);
  expect(found['term: other steps']).toEqual([2.5, 0.625, -2.5, -0.625]);
  expect(found['term: centring']).toBeUndefined();
});

test('grpo: the penalty of the one invalid action, and what it moves for all', () => {
  // R is 10, 10, 0, 0 and p = 2 falls on the second step: scores 10, 8, 0, 0 of mean 4.5.
  const [won, lost] = [walk('ab', 10), walk('ab', 0)];
  const slip = { ...won, steps: [won.steps[0], { ...won.steps[1], valid: false }] };
  const found = explained([slip, lost], 'dr-grpo', { invalidActionPenalty: 2 });
  expect(found['quantity: score']).toEqual([10, 8, 0, 0]);
  expect(found['quantity: group mean']).toEqual([4.5, 4.5, 4.5, 4.5]);
  expect(found['term: episode']).toEqual([5.5, 5.5, -4.5, -4.5]);
  expect(found['term: penalty']).toEqual([0, -2, 0, 0]);
  expect(found.A).toEqual([5.5, 3.5, -4.5, -4.5]);
  // The mean of the other three is 4/3·4.5 − x/3 = 6 − x/3: 10 − 8/3, 8 − 10/3, −6, −6.
  const rloo = explained([slip, lost], 'rloo', { invalidActionPenalty: 2 });
  expect(rloo.A).toEqual([7.333333, 4.666667, -6, -6]);
  expect(rloo['term: penalty']).toEqual([0, -2.666667, 0, 0]);
});

test('reinforce++-baseline: the group, the penalty and the centring', () => {
  // Group g: R 10 and 0 around 5; group h alone: R 4 stays. Scores 5, −5, 4 less p = 1 of an invalid action, which
  // moves the mean of h not at all (a single value has mean 0): 3. Mean 1, variance (16 + 36 + 4)/2 = 28.
  const lone = { group: 'h', steps: [{ observation: 'a', reward: 4, valid: false }] };
  const found = explained([walk('a', 10), walk('a', 0), lone], 'reinforce++-baseline', { invalidActionPenalty: 1 });
  const over = (x: number) => Math.round((x / Math.sqrt(28 + 1e-8)) * 1e6) / 1e6;
  expect(found['quantity: score']).toEqual([5, -5, 3]);
  expect(found['quantity: mean']).toEqual([1, 1, 1]);
  expect(found['term: episode']).toEqual([over(5), over(-5), over(4)]);
  expect(found['term: penalty']).toEqual([0, 0, over(-1)]);
  expect(found['term: centring']).toEqual([over(-1), over(-1), over(-1)]);
});

test('gigpo: the episode against its group, the return against the other visit', () => {
  // R is 10, 10, 0 with mean 20/3. G: 5, 10 and 0; state a has returns 5 and 0 around 2.5, b has 10 alone.
  const found = explained([walk('ab', 10), walk('a', 0)], 'gigpo', {
    gamma: 0.5,
    normalization: 'mean',
    stepWeight: 2,
  });
  expect(found['term: episode']).toEqual([3.333333, 3.333333, -6.666667]);
  expect(found['term: step']).toEqual([5, 0, -5]);
  expect(found['quantity: visits']).toEqual([2, 1, 2]);
  expect(found['quantity: state mean']).toEqual([2.5, 10, 2.5]);
});

test('g2po: the values that each edge connects', () => {
  // γ^{T−t+1}·R: 0.25·8 = 2 and 0.5·8 = 4; 0 for the lost one. V(a) = (2 + 0)/2 = 1, V(b) = 4.
  // V(next): 4, success 10, failure 0. Gains: 4 − 1 = 3, 10 − 4 = 6, 0 − 1 = −1, of mean 8/3.
  // At a the next values are 4 and 0 around 2; at b 10 alone. R: 8, 8, 0 of mean 16/3.
  const found = explained([walk('ab', 8), walk('a', 0)], 'g2po', { gamma: 0.5, normalization: 'mean' });
  expect(found['quantity: discounted reward']).toEqual([2, 4, 0]);
  expect(found['quantity: value']).toEqual([1, 4, 1]);
  expect(found['quantity: next value']).toEqual([4, 10, 0]);
  expect(found['quantity: gain']).toEqual([3, 6, -1]);
  expect(found['term: episode']).toEqual([2.666667, 2.666667, -5.333333]);
  expect(found['term: next-node']).toEqual([2, 0, -2]);
  expect(found['term: edge']).toEqual([0.333333, 3.333333, -3.666667]);
});

test('graphgpo: distances to success, also of what does not lead there', () => {
  // d(b) = 1, d(a) = 2; c leads to failure, which is d_max + 1 = 3 away, and so is c itself.
  // x = 10·0.5^(d(next) + 1): next b 2.5, next success 5, next c 0.625, next failure 0.625.
  // At a 2.5 and 0.625 around 1.5625; b and c are left once.
  const options = { omega: 0.5, normalization: 'mean', episodeWeight: 0 } as const;
  const found = explained([walk('ab', 10), walk('ac', 0)], 'graphgpo', options);
  expect(found['quantity: distance']).toEqual([2, 1, 2, 3]);
  expect(found['quantity: next distance']).toEqual([1, 0, 3, 3]);
  expect(found['quantity: score']).toEqual([2.5, 5, 0.625, 0.625]);
  expect(found['term: step']).toEqual([0.9375, 0, -0.9375, 0]);
  expect(found['term: episode']).toEqual([0, 0, 0, 0]);
});

test('bellman: step credit where the group went on in two ways, the episode elsewhere', () => {
  // V(b) = 10, V(c) = 0, V(a) = (0.5·10 + 0)/2 = 2.5. δ at a: 5 − 2.5 and 0 − 2.5, of mean 0. b and c lead one way
  // each: there R − mean of R = 10 − 5 and 0 − 5.
  const found = explained([walk('ab', 10), walk('ac', 0)], 'bellman', {
    gamma: 0.5,
    normalization: 'mean',
    stepWeight: 3,
  });
  expect(found['quantity: value']).toEqual([2.5, 10, 2.5, 0]);
  expect(found['quantity: next value']).toEqual([10, 0, 0, 0]);
  expect(found['quantity: residual']).toEqual([2.5, 0, -2.5, 0]);
  expect(found['quantity: gate']).toEqual([1, 0, 1, 0]);
  expect(found['quantity: step values']).toEqual([2, Number.NaN, 2, Number.NaN]);
  expect(found['term: step']).toEqual([7.5, Number.NaN, -7.5, Number.NaN]);
  expect(found['term: episode']).toEqual([Number.NaN, 5, Number.NaN, -5]);
});

test('hgpo: contexts of one and two states, weighed 2 and 3', () => {
  // G with γ = 1 is R: 6, 6 for "ab", 0, 0 for "cb", 0 for "b". One state: a and c alone, b has 6, 0, 0 around 2.
  // Two states: "ab" and "cb" alone. So only the terms of one state count: share 2/(2 + 1e-6).
  const found = explained([walk('ab', 6), walk('cb', 0), walk('b', 0)], 'hgpo', {
    gamma: 1,
    history: 1,
    normalization: 'mean',
  });
  expect(found['quantity: visits, 1 state']).toEqual([1, 3, 1, 3, 3]);
  expect(found['quantity: visits, 2 states']).toEqual([Number.NaN, 1, Number.NaN, 1, Number.NaN]);
  expect(found['quantity: advantage, 1 state']).toEqual([0, 4, 0, -2, -2]);
  expect(found['quantity: share, 1 state']).toEqual([0, 1, 0, 1, 1]);
  expect(found['quantity: share, 2 states']).toEqual([Number.NaN, 0, Number.NaN, 0, Number.NaN]);
  expect(found['term: 1 state']).toEqual([0, 3.999998, 0, -1.999999, -1.999999]);
  expect(found['term: 2 states']).toEqual([Number.NaN, 0, Number.NaN, 0, Number.NaN]);
});

test('gae: the values of the critic, one of them after the step limit', () => {
  // δ: 0 + 0.5·4 − 1 = 1, then 0 + 0.5·6 − 4 = −1. A: 1 + 0.25·(−1) = 0.75, −1; mean −0.125.
  const cut: EpisodeRecord = {
    ...walk('ab', 0, { truncated: true, finalValue: 6 }),
    steps: [
      { observation: 'a', reward: 0, value: 1 },
      { observation: 'b', reward: 0, value: 4 },
    ],
  };
  const found = explained([cut], 'gae', { gamma: 0.5, lambda: 0.5, normalization: 'mean' });
  expect(found['quantity: next value']).toEqual([4, 6]);
  expect(found['quantity: residual']).toEqual([1, -1]);
  expect(found['term: later residuals']).toEqual([-0.25, Number.NaN]);
  expect(found['term: centring']).toEqual([0.125, 0.125]);
  expect(found.A).toEqual([0.875, -0.875]);
});

test('reinforce++: G less the penalty, whitened', () => {
  // Scores 4 and 0 − 2: mean 1, variance 18. The return's part is (G − 1)/√18, with −2/√18 for the invalid action.
  const lost = { group: 'g', steps: [{ observation: 'a', reward: 0, valid: false }] };
  const found = explained([walk('a', 4), lost], 'reinforce++', { invalidActionPenalty: 2 });
  const over = (x: number) => Math.round((x / Math.sqrt(18 + 1e-8)) * 1e6) / 1e6;
  expect(found['quantity: deviation']).toEqual([4.242641, 4.242641]);
  expect(found['term: return']).toEqual([over(3), over(-1)]);
  expect(found['term: penalty']).toEqual([0, over(-2)]);
  expect(found.A).toEqual([over(3), over(-3)]);
});

test('there is no later residual nor another step where there is one step', () => {
  const one = [walk('a', 10), walk('a', 0)];
  expect(explained(one, 'gagpo')['term: later residuals']).toEqual(neither);
  expect(explained(one, 'gagpo', { broadcast: true })['term: other steps']).toEqual(neither);
});
