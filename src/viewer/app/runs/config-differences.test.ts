import { expect, test } from 'vitest';
import { type Config, differingKeys, shortKeys, withLists } from './config-differences.ts';

test('only what differs between the shown runs is told, a missing key among it', () => {
  const configs: Config[] = [
    { seed: 1, 'credit.algorithm': 'gagpo', 'credit.options.lambda': 0.8, epochs: 1, note: 'a' },
    { seed: 2, 'credit.algorithm': 'grpo', epochs: 1, note: 'a' },
  ];
  expect(differingKeys(configs)).toEqual(['credit.options.lambda']);
  expect(differingKeys(configs.slice(0, 1))).toEqual([]);
  expect(differingKeys([])).toEqual([]);
});

test('where metrics go besides the run is no difference', () => {
  expect(differingKeys([{ loggers: 'tensorboard' }, { loggers: null }, {}])).toEqual([]);
});

test('a list is one value', () => {
  const config = { 'lora.targets.0': 'q_proj', 'lora.targets.1': 'v_proj', 'tasks.0.name': 'a', seed: 1 };
  expect(withLists(config)).toEqual({ 'lora.targets': 'q_proj, v_proj', 'tasks.0.name': 'a', seed: 1 });
  expect(differingKeys([config, { ...config, 'lora.targets.1': 'k_proj' }].map(withLists))).toEqual(['lora.targets']);
});

test('keys are as short as they can be and still say what they are', () => {
  const keys = [
    'credit.options.scope',
    'rollout.tasks',
    'evaluation.tasks',
    'evaluation.every',
    'tasks',
    'tasks.0.name',
  ];
  expect(shortKeys(keys)).toEqual(['options.scope', ...keys.slice(1)]);
  expect(shortKeys(['a.options.x', 'b.options.x'])).toEqual(['a.options.x', 'b.options.x']);
});
