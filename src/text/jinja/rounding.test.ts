import { expect, test } from 'vitest';
import { roundFloat } from './rounding.ts';

// What Python's round() gives.
test.each([
  [2.5, 0, 2],
  [3.5, 0, 4],
  [-2.5, 0, -2],
  [42.55, 0, 43],
  [42.55, 1, 42.5],
  [2.675, 2, 2.67],
  [0.125, 2, 0.12],
  [0.375, 2, 0.38],
  [1.005, 2, 1],
  [1234567.5, -3, 1235000],
  [2500, -3, 2000],
  [1e300, 2, 1e300],
  [1.5, 30, 1.5],
  [5e-324, 2, 0],
])('round(%d, %d) is %d', (x, digits, rounded) => expect(roundFloat(x, digits)).toBe(rounded));
