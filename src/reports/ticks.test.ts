import fc from 'fast-check';
import { expect, test } from 'vitest';
import { percent, readable, ticks } from './ticks.ts';

test('ticks are the round numbers of the interval', () => {
  expect(ticks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticks(-3, 7)).toEqual([-2, 0, 2, 4, 6]);
  expect(ticks(0, 120, 6)).toEqual([0, 20, 40, 60, 80, 100, 120]);
  expect(ticks(2, 2)).toEqual([2]);
});

test('a least step keeps what is counted whole', () => {
  expect(ticks(0, 2, 6, 1)).toEqual([0, 1, 2]);
  expect(ticks(0.9, 1.1, 6, 1)).toEqual([1]);
  expect(ticks(0, 40, 6, 1)).toEqual(ticks(0, 40, 6));
});

test('ticks lie in the interval, ascend evenly and are few', () => {
  const size = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      size,
      fc.integer({ min: 2, max: 10 }),
      (low, span, n) => {
        fc.pre(span > Math.abs(low) * 1e-6);
        const list = ticks(low, low + span, n);
        expect(list.length).toBeLessThanOrEqual(n + 1);
        expect(list.length).toBeGreaterThanOrEqual(Math.floor(n / 2.5) - 1);
        const slack = span * 1e-5;
        for (const value of list) expect(value >= low - slack && value <= low + span + slack).toBe(true);
        for (let i = 2; i < list.length; i++) {
          expect(Math.abs(list[i] - 2 * list[i - 1] + list[i - 2])).toBeLessThan(slack);
        }
      },
    ),
  );
});

test('numbers are short but lose no whole digit', () => {
  expect([1234.56, -0.123456, 0, 100, 2e-9, 123456789, Number.NaN].map((v) => readable(v))).toEqual([
    '1235',
    '−0.123',
    '0',
    '100',
    '2e−9',
    '1.23e+8',
    '–',
  ]);
  expect(readable(1234.56, 6)).toBe('1234.56');
  expect(percent(0.9996)).toBe('99.96 %');
  expect(percent(Number.NaN)).toBe('–');
});
