import { expect, test } from 'vitest';
import { lineChart } from './line-chart.ts';

const chart = {
  title: 'Success <held out>',
  xLabel: 'iteration',
  yLabel: 'success rate',
  series: [
    {
      name: 'gagpo & "co"',
      points: [
        { x: 0, y: 0.1, low: 0.05, high: 0.2 },
        { x: 10, y: 0.5, low: 0.4, high: 0.6 },
        { x: 20, y: 0.9, low: 0.8, high: 1 },
      ],
    },
    {
      name: 'grpo',
      points: [
        { x: 0, y: 0.1 },
        { x: 10, y: Number.NaN },
        { x: 20, y: 0.3 },
        { x: 30, y: 0.4 },
      ],
    },
  ],
};

test('names, ticks, curves, bands and legend are there and escaped', () => {
  const svg = lineChart(chart);
  expect(svg).toContain('<title>Success &lt;held out&gt;</title>');
  expect(svg).toContain('role="img"');
  expect(svg).toContain('success rate over iteration. gagpo &amp; &quot;co&quot;: from 0.1 at 0 to 0.9 at 20; grpo:');
  for (const tick of ['0', '0.2', '1', '10', '30']) expect(svg).toContain(`>${tick}</text>`);
  expect(svg.match(/fill-opacity/g)).toHaveLength(1);
  expect(svg.match(/<circle/g)).toHaveLength(6);
  expect(svg).toContain('iteration 10: 0.5 (0.4 … 0.6)');
  expect(svg).not.toMatch(/NaN|Infinity|undefined|style=/);
});

test('a curve is broken where a point is not finite', () => {
  const [, grpo] = chart.series;
  const strokes = lineChart({ ...chart, series: [grpo] }).match(/stroke-linejoin="round" d="([^"]*)"/g);
  expect(strokes).toHaveLength(1);
  expect(strokes?.[0].match(/[ML]/g)).toEqual(['M', 'L']);
});

test('higher numbers are drawn higher and later ones further right, inside the picture', () => {
  const centres = [...lineChart({ ...chart, width: 500, height: 300 }).matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)]
    .slice(0, 3)
    .map(([, x, y]) => [Number(x), Number(y)]);
  expect(centres[0][0]).toBeLessThan(centres[1][0]);
  expect(centres[0][1]).toBeGreaterThan(centres[1][1]);
  // Equal distances in the data are equal in the picture.
  expect(centres[2][0] - centres[1][0]).toBeCloseTo(centres[1][0] - centres[0][0], 0);
  expect(centres[2][1] - centres[1][1]).toBeCloseTo(centres[1][1] - centres[0][1], 0);
  for (const [x, y] of centres) expect(x > 0 && x < 500 && y > 0 && y < 300).toBe(true);
});

test('no series, one point and equal values make no broken picture', () => {
  for (const series of [[], [{ name: 'a', points: [] }], [{ name: 'a', points: [{ x: 3, y: 7 }] }]]) {
    expect(lineChart({ ...chart, series })).not.toMatch(/NaN|Infinity/);
  }
});

const ticksOf = (svg: string, anchor: string): string[] =>
  [...svg.matchAll(new RegExp(`text-anchor="${anchor}">([−\\d.]+)</text>`, 'g'))].map(([, text]) => text);

test.each([
  [
    [0, 0],
    ['0', '2', '4', '6', '8', '10'],
  ],
  [
    [100, 100],
    ['90', '92', '94', '96', '98', '100'],
  ],
  [
    [50, 50],
    ['45', '50', '55'],
  ],
  [
    [20, 80],
    ['20', '40', '60', '80'],
  ],
  [
    [-30, 130],
    ['0', '20', '40', '60', '80', '100'],
  ],
])('an axis of per cent around %j stays between 0 and 100 and shows ten points at least', ([from, to], expected) => {
  const points = [
    { x: 0, y: Math.max(0, from), low: from, high: from },
    { x: 2, y: Math.min(100, to), low: to, high: to },
  ];
  const svg = lineChart({ ...chart, series: [{ name: 'a', points }], yPossible: [0, 100], ySpan: 10, xWhole: true });
  expect(ticksOf(svg, 'end')).toEqual(expected);
  expect(ticksOf(svg, 'middle')).toEqual(['0', '1', '2']);
  expect(svg).not.toMatch(/NaN|Infinity/);
});

test('what cannot be below zero has an axis from zero where all of it is zero', () => {
  const svg = lineChart({
    ...chart,
    series: [{ name: 'a', points: [{ x: 1, y: 0 }] }],
    yPossible: [0, Number.POSITIVE_INFINITY],
    xWhole: true,
  });
  expect(ticksOf(svg, 'end')[0]).toBe('0');
  expect(ticksOf(svg, 'middle')).toEqual(['1']);
});

test('more series than colours differ by their dashes', () => {
  const series = Array.from({ length: 10 }, (_, i) => ({
    name: `s${i}`,
    points: [
      { x: 0, y: i },
      { x: 1, y: i },
    ],
  }));
  const strokes = lineChart({ ...chart, series }).match(/fill="none" stroke="[^"]*"( stroke-dasharray="[^"]*")?/g);
  expect(new Set(strokes).size).toBe(10);
});
