import { expect, test } from 'vitest';
import { bow, type Curve, headOf, LOOP, loop, pathOf, pointsOn, through } from './curves.ts';

const distance = (a: { x: number; y: number }, b: { x: number; y: number }) => Math.hypot(a.x - b.x, a.y - b.y);
const ENDS = { from: { x: 0, y: 0 }, to: { x: 150, y: 90 }, start: 12, end: 9 };

test.each<[string, Curve]>([
  [
    'through points',
    through(ENDS, [
      { x: 0, y: 45 },
      { x: 100, y: 50 },
    ]),
  ],
  ['straight', through(ENDS, [])],
  ['a bow', bow(ENDS)],
])('an arrow runs from rim to rim: %s', (_, curve) => {
  expect(distance(curve.start, ENDS.from)).toBeCloseTo(12);
  expect(distance(curve.tip, ENDS.to)).toBeCloseTo(9);
  const points = pointsOn(curve, 4);
  for (const [k, point] of points.entries()) if (k > 0) expect(distance(point, points[k - 1])).toBeLessThanOrEqual(4);
  // The head joins the line to the rim.
  expect(distance(points[points.length - 1], ENDS.to)).toBeCloseTo(15);
  expect(pathOf(curve)).toMatch(/^M[-\d.]+,[-\d.]+(Q[-\d.]+,[-\d.]+ [-\d.]+,[-\d.]+)+$/);
  expect(headOf(curve, 2)).toMatch(/^M.*L.*L.*Z$/);
});

test('to and fro are two bows', () => {
  const [there, back] = [bow(ENDS), bow({ from: ENDS.to, to: ENDS.from, start: 12, end: 9 })];
  const near = Math.min(...pointsOn(there, 4).flatMap((a) => pointsOn(back, 4).map((b) => distance(a, b))));
  expect(near).toBeGreaterThan(3);
});

test.each([7, 12, 22])(
  'a loop begins and ends at the rim of its disc, of radius %d, and stays outside it',
  (radius) => {
    const at = { x: 30, y: -5 };
    const curve = loop(at, radius);
    expect(distance(curve.start, at)).toBeCloseTo(radius + 1);
    expect(distance(curve.tip, at)).toBeCloseTo(radius + 1);
    for (const point of pointsOn(curve, 2)) {
      expect(distance(point, at)).toBeGreaterThan(radius);
      expect(point.x - at.x).toBeLessThan(radius + LOOP.beyond);
    }
  },
);
