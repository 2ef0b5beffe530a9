import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readMetrics } from '../src/runs/metrics.ts';

/**
 * `npx tsx bench/curve.ts OUT.svg RUN…`: held-out success over the iterations of one or several runs, as a picture for the documentation.
 */
const [out, ...runs] = process.argv.slice(2);
if (out === undefined || runs.length === 0) {
  console.error('usage: npx tsx bench/curve.ts OUT.svg RUN…');
  process.exit(2);
}

const WIDTH = 640;
const HEIGHT = 300;
const LEFT = 52;
const RIGHT = 16;
const TOP = 16;
const BOTTOM = 44;
const COLOURS = ['#2563eb', '#d97706', '#059669', '#db2777', '#7c3aed'];

const curves = await Promise.all(
  runs.map(async (run) => {
    const { records } = await readMetrics(join(run, 'metrics.jsonl'));
    return records.flatMap((r) => {
      const value = r.values['val/success_rate'];
      return typeof value === 'number' ? [{ x: r.iteration, y: value }] : [];
    });
  }),
);
const last = Math.max(...curves.flat().map((p) => p.x), 1);
const x = (v: number): number => LEFT + (v / last) * (WIDTH - LEFT - RIGHT);
const y = (v: number): number => TOP + (1 - v) * (HEIGHT - TOP - BOTTOM);
const grid = [0, 0.2, 0.4, 0.6, 0.8, 1].map(
  (v) =>
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(v)}" y2="${y(v)}" stroke="#d4d4d8"/><text x="${LEFT - 8}" y="${y(v) + 4}" text-anchor="end">${100 * v} %</text>`,
);
const ticks = Array.from({ length: 6 }, (_, i) => Math.round((i * last) / 5)).map(
  (v) => `<text x="${x(v)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${v}</text>`,
);
const lines = curves.map((points, i) => {
  const path = points.map((p) => `${x(p.x).toFixed(1)},${y(p.y).toFixed(1)}`).join(' ');
  return `<polyline points="${path}" fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="2"/>`;
});
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#52525b">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${[...grid, ...ticks, ...lines].join('\n')}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">iteration</text>
</svg>
`;
await writeFile(out, svg);
