import { expect, test } from 'vitest';
import type { RunSummary } from '../../api.ts';
import { differingKeys, shortKeys } from './config-differences.ts';

test('only what differs between the shown runs is told, a missing key among it', () => {
  const runs: { config: RunSummary['config'] }[] = [
    { config: { seed: 1, 'credit.algorithm': 'gagpo', 'credit.options.lambda': 0.8, epochs: 1, note: 'a' } },
    { config: { seed: 2, 'credit.algorithm': 'grpo', epochs: 1, note: 'a' } },
  ];
  expect(differingKeys(runs)).toEqual(['credit.options.lambda']);
  expect(differingKeys(runs.slice(0, 1))).toEqual([]);
  expect(differingKeys([])).toEqual([]);
});

test('keys are as short as they can be', () => {
  expect(shortKeys(['credit.options.lambda', 'rollout.tasks', 'evaluation.tasks', 'tasks'])).toEqual([
    'lambda',
    'rollout.tasks',
    'evaluation.tasks',
    'tasks',
  ]);
});
