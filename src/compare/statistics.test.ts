import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimate, firstReached, meanHeight, pairedDifference, studentQuantile } from './statistics.ts';

test.each([
  // Printed tables of t_{0.975}.
  [1, 12.706],
  [2, 4.303],
  [3, 3.182],
  [4, 2.776],
  [5, 2.571],
  [9, 2.262],
  [10, 2.228],
  [29, 2.045],
  [30, 2.042],
  [120, 1.98],
])('t_{0.975} of %d degrees of freedom is %d', (freedom, t) => {
  expect(studentQuantile(0.975, freedom)).toBeCloseTo(t, 3);
});

test('t of other shares', () => {
  expect(studentQuantile(0.95, 4)).toBeCloseTo(2.132, 3);
  expect(studentQuantile(0.995, 7)).toBeCloseTo(3.499, 3);
});

test('mean and interval by hand: 1, 2, 3, 4 have s = 1.2910 and t = 3.182', () => {
  const { mean, std, low, high } = estimate([1, 2, 3, 4]);
  expect(mean).toBe(2.5);
  expect(std).toBeCloseTo(1.29099, 5);
  expect(high).toBeCloseTo(2.5 + (3.18245 * 1.29099) / 2, 4);
  expect(low).toBeCloseTo(2.5 - (3.18245 * 1.29099) / 2, 4);
  expect(estimate([7])).toEqual({ n: 1, mean: 7, std: 0, low: null, high: null });
});

describe('paired differences', () => {
  const pairs = (differences: readonly number[]) => differences.map((d, i) => [i, i + d] as const);

  test('two pairs: the resampled means are d1, the middle twice, d2', () => {
    const { mean, low, high, p } = pairedDifference(pairs([1, 3]));
    expect(mean).toBe(2);
    // Sorted 1, 2, 2, 3: the 2.5 % point lies 0.075 of the way from 1 to 2.
    expect(low).toBeCloseTo(1.075, 12);
    expect(high).toBeCloseTo(2.925, 12);
    expect(p).toBe(0.5);
  });

  test('five differences of one sign have the least p there is, and an interval on their side', () => {
    const { low, p } = pairedDifference(pairs([0.1, 0.2, 0.05, 0.3, 0.15]));
    expect(p).toBe(2 / 32);
    expect(low).toBeGreaterThan(0);
  });

  test('swapping the two turns it round', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 5 }),
        (differences) => {
          const there = pairedDifference(pairs(differences));
          const back = pairedDifference(pairs(differences).map(([a, b]) => [b, a] as const));
          expect(back.mean).toBeCloseTo(-there.mean, 12);
          expect(back.low as number).toBeCloseTo(-(there.high as number), 9);
          expect(back.p).toBe(there.p);
          expect(there.low as number).toBeLessThanOrEqual(there.mean + 1e-12);
          expect(there.high as number).toBeGreaterThanOrEqual(there.mean - 1e-12);
        },
      ),
    );
  });

  test('many pairs: the interval comes near the normal one', () => {
    const differences = Array.from({ length: 400 }, (_, i) => Math.sin(i * 12.9898) + 0.2);
    const { low, high } = pairedDifference(pairs(differences));
    const normal = estimate(differences);
    expect(low).toBeCloseTo(normal.low as number, 1);
    expect(high).toBeCloseTo(normal.high as number, 1);
  });

  test('one pair has no interval', () => {
    expect(pairedDifference([[1, 2]])).toMatchObject({ n: 1, mean: 1, low: null, high: null, studentLow: null, p: 1 });
  });
});

test('mean height of a curve', () => {
  expect(
    meanHeight([
      [0, 0],
      [10, 1],
      [20, 1],
    ]),
  ).toBeCloseTo(0.75, 12);
  expect(meanHeight([[5, 0.3]])).toBe(0.3);
});

test('where a height is reached', () => {
  const points = [
    [0, 0.5],
    [10, 0.7],
    [20, 0.9],
  ] as const;
  expect(firstReached(points, 0.8)).toBeCloseTo(15, 12);
  expect(firstReached(points, 0.4)).toBe(0);
  expect(firstReached(points, 0.95)).toBeUndefined();
});

test('p is not 0 where flips are drawn', () => {
  const pairs = Array.from({ length: 20 }, (_, i) => [0, 1 + i / 100] as const);
  expect(pairedDifference(pairs).p).toBeCloseTo(1 / 10_001, 12);
});
