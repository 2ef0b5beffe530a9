import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CellResult } from '../cell-result.ts';
import { type FinishedCell, summarizeComparison } from '../results.ts';
import { figures } from './figures.ts';
import { writeComparison } from './write-report.ts';

function cell(variant: string, seed: number, final: number): FinishedCell {
  const series = [0.5, 0.5 + final / 4, final];
  const result: CellResult = {
    curve: series.map((success, i) => ({ iteration: 10 * i, success, length: 12, samplings: 1 })),
    final,
    area: (series[0] / 2 + series[1] + series[2] / 2) / 2,
    toThreshold: final >= 0.8 ? { iterations: 15, episodes: 1920, tokens: 3e6 } : null,
    length: 12,
    budget: { iterations: 20, episodes: 2560, tokens: 4e6, seconds: 60 },
    means: { 'credit/advantage_iqr': 1.5, 'credit/share_above_one': 0.25 },
    series: { 'credit/advantage_iqr': Array.from({ length: 20 }, () => 1.5) },
  };
  return {
    id: `${variant}/w/seed${seed}`,
    variant,
    environment: 'w',
    seed,
    settings: { seed, credit: { algorithm: variant } },
    machine: 'a computer',
    result,
  };
}

const HOSTILE = '<b>"GA, GPO"</b>|x';
const cells = [
  cell('grpo', 1, 0.6),
  cell('grpo', 2, 0.7),
  cell('grpo', 3, 0.65),
  cell(HOSTILE, 1, 0.8),
  cell(HOSTILE, 2, 0.85),
  cell(HOSTILE, 3, 0.9),
];
const PLAN = {
  title: 'Two *variants*',
  threshold: 0.8,
  variants: ['grpo', HOSTILE],
  environments: ['w'],
  panels: [{ title: 'All', variants: ['grpo', HOSTILE], baseline: 'grpo' }],
  missing: ['grpo/w/seed4'],
};
let folder = '';
const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'turnwise-'));
  await writeComparison(folder, summarizeComparison(cells, PLAN), ['a fact']);
});

describe('the report', () => {
  test('holds the numbers: means, intervals, paired differences', async () => {
    const markdown = await text('report.md');
    // 0.60, 0.70, 0.65: mean 65.0, s = 5.0, t = 4.303, half 12.42.
    expect(markdown).toContain('65.0 ± 12.4');
    expect(markdown).toContain('85.0 ± 12.4');
    // Differences 0.20, 0.15, 0.25.
    // Of the 27 resampled means the least is 15, the next three 16.67; 2.5 % of the way from the first to the last is 0.65.
    expect(markdown).toContain('+20.0 (+16.1 … +23.9, p 0.25)');
    expect(markdown).toContain('&lt;b>');
    expect(markdown).toContain('3 of 3, after 15 iterations, 3 M tokens');
    expect(markdown).toContain('0 of 3');
    expect(markdown).toContain('grpo/w/seed4');
    expect(markdown).toContain('a fact');
    expect(markdown).toContain('\\|x');
    // One heading: the panel's own.
    expect(markdown.match(/^#.*$/gm)).toEqual(['# Two \\*variants\\*', '## All']);
  });

  test('is a page in which names are text', async () => {
    const page = await text('report.html');
    expect(page).toContain('&lt;b&gt;');
    expect(page).not.toContain('<b>');
    expect(page).not.toMatch(/NaN|undefined/);
  });

  test('comes with pictures that stand alone', async () => {
    const names = (await readdir(join(folder, 'figures'))).sort();
    expect(names).toEqual(['advantage-iqr.svg', 'difference-area.svg', 'difference-final.svg', 'success.svg']);
    for (const name of names) {
      const svg = await text(join('figures', name));
      expect(svg).toMatch(/^<svg [^>]*>\n<style>[^<]*--series-1/);
      expect(svg).not.toMatch(/NaN|undefined|<b>/);
    }
  });

  test('of runs known iteration by iteration in part, a picture says of which it is', () => {
    const without = (seed: number): FinishedCell[] =>
      cells.map((cell) => (cell.seed === seed ? { ...cell, result: { ...cell.result, series: {} } } : cell));
    const pictures = (some: FinishedCell[]): string[] =>
      figures(summarizeComparison(some, PLAN)).flatMap(({ name, svg }) => (name === 'advantage-iqr' ? [svg] : []));
    expect(pictures(without(2))[0]).toContain(
      '<title>All: inter-quartile range of the advantages (seeds 1, 3)</title>',
    );
    expect(pictures([without(2)[1], ...cells.slice(2)])[0]).toContain('(4 of 5 runs)');
    expect(pictures(cells)[0]).toContain('<title>All: inter-quartile range of the advantages</title>');
    expect(pictures(without(1).filter(({ seed }) => seed === 1))).toEqual([]);
  });

  test('and as data', async () => {
    const csv = (await text('results.csv')).split('\r\n');
    expect(csv).toHaveLength(8);
    expect(csv[4]).toContain('w,"<b>""GA, GPO""</b>|x",1,0.5,0.8,');
    const json = JSON.parse(await text('results.json')) as {
      environments: { variants: { final: { mean: number } }[] }[];
    };
    expect(json.environments[0].variants.map(({ final }) => final.mean)).toEqual([
      expect.closeTo(0.65, 12),
      expect.closeTo(0.85, 12),
    ]);
  });
});
