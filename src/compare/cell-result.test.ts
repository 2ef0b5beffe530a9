import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatMetrics } from '../runs/metrics.ts';
import { readCell } from './cell-result.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
  mkdirSync(join(dir, 'evaluations'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A run of two iterations whose held-out success rises from 0 to 0.5 to 1. */
function writeRun(trained: readonly Readonly<Record<string, number>>[]): void {
  const lines = trained.map((values, i) => formatMetrics(i + 1, { 'timing_s/step': 3, ...values }));
  writeFileSync(join(dir, 'metrics.jsonl'), `${lines.join('\n')}\n`);
  for (const [i, successRate] of [0, 0.5, 1].entries()) {
    const file = join(dir, 'evaluations', `00000${i}-held-out.json`);
    writeFileSync(file, JSON.stringify({ successRate, length: 4 }));
  }
}

test('episodes are those that were played, in all and until the threshold', async () => {
  writeRun([
    { 'rollout/episodes': 48, 'rollout/dropped_groups': 3, 'perf/total_num_tokens': 100 },
    { 'rollout/episodes': 16, 'rollout/dropped_groups': 0, 'perf/total_num_tokens': 300 },
  ]);
  const { budget, toThreshold, area } = await readCell(dir, 16, 0.75);
  expect(budget).toEqual({ iterations: 2, episodes: 64, tokens: 400, seconds: 6 });
  expect(toThreshold).toEqual({ iterations: 1.5, episodes: 56, tokens: 250 });
  expect(area).toBe(0.5);
});

test('as many as configured where metrics do not say', async () => {
  writeRun([{}, {}]);
  expect((await readCell(dir, 16, 2)).budget.episodes).toBe(32);
});

test('a run whose evaluations end before its training is refused', async () => {
  writeRun([{}, {}, {}]);
  await expect(readCell(dir, 16, 0.5)).rejects.toThrow('metrics reach iteration 3, evaluations 2');
});

test('an evaluation that is no JSON is named', async () => {
  writeRun([{}, {}]);
  writeFileSync(join(dir, 'evaluations', '000001-held-out.json'), '{');
  await expect(readCell(dir, 16, 0.5)).rejects.toMatchObject({
    code: 'TURNWISE_CELL_RESULT',
    message: expect.stringContaining('000001-held-out.json: it cannot be read'),
  });
});
