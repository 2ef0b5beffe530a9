import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatCsv } from './csv.ts';
import { fileName, plainColours } from './export.ts';
import { moved, nearest } from './line-chart.tsx';
import { spread } from './spread.ts';
import { thin } from './thin.ts';

test('CSV quotes what it must and gives no spreadsheet a formula to run', () => {
  const table = {
    columns: ['turn', 'action, as text'],
    rows: [
      [1, 'say "hi"'],
      [-2.5, '=HYPERLINK("http://x")'],
      [null, '-1'],
      [true, 'two\nlines'],
    ],
  };
  expect(formatCsv(table)).toBe(
    'turn,"action, as text"\r\n1,"say ""hi"""\r\n-2.5,"\'=HYPERLINK(""http://x"")"\r\n,\'-1\r\ntrue,"two\nlines"\r\n',
  );
});

test('names of files hold nothing that a file system minds', () => {
  expect(fileName('../../etc/passwd\0\u202egnp')).toBe('etc-passwd-U-202E-gnp');
  expect(fileName('…')).toBe('turnwise');
  expect([...fileName('x'.repeat(500))]).toHaveLength(80);
});

test('mixed colours are written as every program reads them', () => {
  expect(plainColours('color(srgb 1 0.5 0)')).toBe('rgb(255, 128, 0)');
  expect(plainColours('color(srgb 0 0 0 / 0.25)')).toBe('rgba(0, 0, 0, 0.25)');
  expect(plainColours('rgb(1, 2, 3)')).toBe('rgb(1, 2, 3)');
});

test('labels keep apart, within the picture, and in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 8 }), (wanted) => {
      const placed = spread(wanted, 10, 0, 100);
      const order = [...wanted.keys()].sort((a, b) => placed[a] - placed[b]);
      order.forEach((label, i) => {
        expect(placed[label]).toBeGreaterThanOrEqual(-1e-9);
        expect(placed[label]).toBeLessThanOrEqual(100 + 1e-9);
        if (i > 0) expect(placed[label] - placed[order[i - 1]]).toBeGreaterThanOrEqual(10 - 1e-9);
      });
      for (let i = 1; i < order.length; i++) expect(wanted[order[i]]).toBeGreaterThanOrEqual(wanted[order[i - 1]]);
    }),
  );
  expect(spread([5, 50], 10, 0, 100)).toEqual([5, 50]);
});

test('a thinned line keeps the ends and the extremes of every column', () => {
  const points = Array.from({ length: 1000 }, (_, i) => ({ x: i, y: Math.sin(i) * (i % 7) }));
  const kept = thin(points, ({ x }) => x / 100);
  expect(kept.length).toBeLessThanOrEqual(40);
  for (let c = 0; c < 10; c++) {
    const own = points.slice(100 * c, 100 * (c + 1));
    const ys = kept.filter(({ x }) => Math.floor(x / 100) === c).map(({ y }) => y);
    expect(Math.max(...ys)).toBe(Math.max(...own.map(({ y }) => y)));
    expect(Math.min(...ys)).toBe(Math.min(...own.map(({ y }) => y)));
  }
  expect([kept[0], kept.at(-1)]).toEqual([points[0], points[999]]);
});

test('the nearest point is found, and keys go from point to point', () => {
  expect([-1, 0.4, 0.6, 9].map((x) => nearest([0, 1, 2], x))).toEqual([0, 0, 1, 2]);
  expect(nearest([], 1)).toBeUndefined();
  expect(moved('ArrowRight', undefined, 3)).toBe(0);
  expect(moved('ArrowRight', 2, 3)).toBe(2);
  expect(moved('End', 0, 3)).toBe(2);
  expect(moved('x', 0, 3)).toBeUndefined();
  expect(moved('Home', 0, 0)).toBeUndefined();
});
