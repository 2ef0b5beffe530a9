import { expect, test } from 'vitest';
import { intervalChart } from './interval-chart.ts';

const row = (value: number, low: number | null, high: number | null) => ({
  label: `<${value}>`,
  value,
  low,
  high,
  clear: low !== null && high !== null && low * high > 0,
});
const ticksOf = (svg: string): string[] =>
  [...svg.matchAll(/text-anchor="middle">([−\d.]+)<\/text>/g)].map(([, text]) => text);

test('rows have their labels, numbers and colours, around a line at zero', () => {
  const svg = intervalChart({
    title: 'T & t',
    xLabel: 'points',
    rows: [row(20, 10, 30), row(-4, -9, 1), row(3, null, null)],
  });
  expect(svg).toContain('&lt;20&gt;: 20 (10 … 30); &lt;-4&gt;: −4 (−9 … 1); &lt;3&gt;: 3.');
  expect([...svg.matchAll(/<circle [^>]* fill="([^"]*)"/g)].map(([, fill]) => fill)).toEqual([
    'var(--positive)',
    'var(--muted)',
    'var(--muted)',
  ]);
  expect(ticksOf(svg)).toEqual(['−10', '0', '10', '20', '30']);
  expect(svg).not.toMatch(/NaN|Infinity|T & t/);
});

test('an axis of nothing but zeros is as wide as its least span', () => {
  const zero = { title: 'T', xLabel: 'points', rows: [row(0, 0, 0)] };
  expect(ticksOf(intervalChart({ ...zero, span: 4 }))).toEqual(['−2', '−1', '0', '1', '2']);
  expect(ticksOf(intervalChart({ ...zero, rows: [row(3, 1, 7)], span: 4 }))).toEqual(['0', '2', '4', '6']);
});
