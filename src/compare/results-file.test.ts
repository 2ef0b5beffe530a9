import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FinishedCell, summarizeComparison } from './results.ts';
import { readResultsFile, resultsJson } from './results-file.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const cell = (variant: string, series: Record<string, number[]>): FinishedCell => ({
  id: `${variant}/w/seed1`,
  variant,
  environment: 'w',
  seed: 1,
  settings: { seed: 1, credit: { algorithm: variant }, agent: { name: 'memory', options: {} } },
  machine: 'a computer',
  result: {
    curve: [
      { iteration: 0, success: 0.5, length: 12, samplings: 3 },
      { iteration: 10, success: 1 / 3, samplings: 1 },
    ],
    final: 1 / 3,
    area: 0.4,
    toThreshold: null,
    length: 12.5,
    budget: { iterations: 10, episodes: 1280, tokens: 1e6, seconds: 60 },
    means: { 'actor/grad_norm': 0.123456789 },
    series,
  },
});

const plan = { title: 'T', threshold: 0.75, environments: ['w'], missing: [] };

test('what was written is read again, series to six digits', async () => {
  const cells = [
    cell('grpo', { 'actor/grad_norm': [0.123456789, Number.NaN, 1e-12] }),
    cell('[1,  2]\n"x"', { 'actor/grad_norm': [] }),
  ];
  const variants = cells.map(({ variant }) => variant);
  const panels = [{ title: 'P', variants, baseline: 'grpo' }];
  const text = resultsJson(summarizeComparison(cells, { ...plan, variants, panels }), ['a fact']);
  writeFileSync(join(dir, 'results.json'), text);
  const found = await readResultsFile(dir);
  expect(found?.cells).toEqual([
    { ...cells[0], result: { ...cells[0].result, series: { 'actor/grad_norm': [0.123457, Number.NaN, 1e-12] } } },
    cells[1],
  ]);
  expect(found?.record).toEqual({
    title: 'T',
    threshold: 0.75,
    panels,
    cells: cells.map(({ id, variant, environment, seed }) => ({ id, variant, environment, seed })),
  });
  // Lists of numbers do not take a line each.
  expect(text).toContain('"actor/grad_norm": [0.123457,null,1e-12]');
  expect(JSON.parse(text)).toMatchObject({ facts: ['a fact'], settings: { seed: 1, agent: { name: 'memory' } } });
});

test('of a comparison that was not finished the panels name what is there', async () => {
  const panels = [
    { title: 'P', variants: ['rloo', 'grpo'], baseline: 'rloo' },
    { title: 'Q', variants: ['rloo'], baseline: 'rloo' },
  ];
  const results = summarizeComparison([cell('grpo', {})], { ...plan, variants: ['rloo', 'grpo'], panels });
  writeFileSync(join(dir, 'results.json'), resultsJson(results));
  expect((await readResultsFile(dir))?.record.panels).toEqual([{ title: 'P', variants: ['grpo'] }]);
});

test('a run that stands in it twice is refused', async () => {
  const cells = [cell('grpo', {}), cell('grpo', {})];
  const panels = [{ title: 'P', variants: ['grpo'], baseline: 'grpo' }];
  writeFileSync(
    join(dir, 'results.json'),
    resultsJson(summarizeComparison(cells, { ...plan, variants: ['grpo'], panels })),
  );
  await expect(readResultsFile(dir)).rejects.toThrow(/results\.json: the run grpo\/w\/seed1 stands in it twice/);
});

test('what is missing is nothing, what is broken or old is refused by name', async () => {
  expect(await readResultsFile(join(dir, 'none'))).toBeUndefined();
  expect(await readResultsFile(dir)).toBeUndefined();
  for (const [text, why] of [
    ['{', 'JSON'],
    ['[]', 'expected object'],
    [JSON.stringify({ title: 'T', threshold: 0.75, panels: [], cells: [] }), 'settings: '],
  ]) {
    writeFileSync(join(dir, 'results.json'), text);
    await expect(readResultsFile(join(dir, 'results.json'))).rejects.toMatchObject({
      code: 'TURNWISE_COMPARISON',
      message: expect.stringMatching(new RegExp(`results\\.json: it is no results\\.json .*${why}`)),
    });
  }
});
