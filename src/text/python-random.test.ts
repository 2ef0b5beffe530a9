import { describe, expect, it } from 'vitest';
import { PythonRandom } from './python-random.ts';

/** What CPython 3.11 gives: two of random(), randrange(10**12), sample(range(30), 6), sample(range(1000), 5), uniform(2, 5). */
const CPYTHON: readonly [number, number[], number, number[], number[], number][] = [
  [
    0,
    [0.8444218515250481, 0.7579544029403025],
    44756014165,
    [8, 16, 15, 12, 25, 9],
    [991, 488, 366, 597, 913],
    4.724338655586005,
  ],
  [
    1,
    [0.13436424411240122, 0.8474337369372327],
    71999863748,
    [8, 3, 15, 24, 14, 27],
    [667, 388, 807, 214, 96],
    3.4635699695724425,
  ],
  [
    233,
    [0.6824769139473528, 0.6283202109809801],
    255658677796,
    [25, 27, 15, 17, 6, 2],
    [853, 104, 275, 239, 710],
    4.9141292285009115,
  ],
  [
    2 ** 40 + 5,
    [0.5043802970418443, 0.2686044399723282],
    34040994016,
    [16, 24, 26, 27, 25, 28],
    [912, 47, 169, 81, 815],
    4.449022884678668,
  ],
  [
    -7,
    [0.32383276483316237, 0.15084917392450192],
    54335349840,
    [2, 26, 17, 3, 11, 18],
    [59, 931, 519, 219, 38],
    2.257841701067515,
  ],
];

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('PythonRandom', () => {
  it.each(CPYTHON)('draws what CPython draws with seed %i', (seed, floats, large, few, many, between) => {
    const random = new PythonRandom(seed);
    expect([random.random(), random.random()]).toEqual(floats);
    expect(random.below(10 ** 12)).toBe(large);
    expect(random.sample(numbers(30), 6)).toEqual(few);
    expect(random.sample(numbers(1000), 5)).toEqual(many);
    expect(random.uniform(2, 5)).toBe(between);
  });

  it('shuffles as CPython shuffles', () => {
    const items = numbers(12);
    new PythonRandom(233).shuffle(items);
    expect(items).toEqual([5, 9, 0, 1, 4, 7, 6, 3, 8, 2, 11, 10]);
  });

  it('refuses to draw more than there is, and seeds that are not whole', () => {
    expect(() => new PythonRandom(1).sample([1, 2], 3)).toThrow(RangeError);
    expect(() => new PythonRandom(0.5)).toThrow(RangeError);
  });
});
