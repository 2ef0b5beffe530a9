import { expect, test } from 'vitest';
import { histogram } from './histogram.ts';

test('bars are as high as their counts and coloured by their side of zero', () => {
  const { text } = histogram({ title: 'A <b>', edges: [-2, -1, 1, 2], counts: [10, 40, 20], quartiles: [-1, 0, 1] });
  const bars = [...text.matchAll(/<rect class="(below|around|above)"[^>]* height="([\d.]+)"/g)];
  expect(bars.map(([, kind, height]) => [kind, Number(height)])).toEqual([
    ['below', 21],
    ['around', 84],
    ['above', 42],
  ]);
  expect(text).toContain('aria-label="A &lt;b&gt;"');
  expect(text).toContain('class="median"');
});

test('nothing to show makes no broken picture', () => {
  const quartiles = [Number.NaN, Number.NaN, Number.NaN] as const;
  expect(histogram({ title: 'A', edges: [], counts: [], quartiles }).text).not.toContain('NaN');
  expect(histogram({ title: 'A', edges: [1, 1], counts: [3], quartiles: [1, 1, 1] }).text).not.toContain('NaN');
});
