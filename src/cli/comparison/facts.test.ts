import { expect, test } from 'vitest';
import { configSchema } from '../../training/config.ts';
import { checkConfig } from '../load-config.ts';
import { comparisonFacts, settingsApart, type TrainedCell } from './facts.ts';

const cell = (variant: string, environment: string, seed: number, own: object = {}): TrainedCell => ({
  variant,
  environment,
  seed,
  machine: `computer ${seed}`,
  config: checkConfig(configSchema, {
    seed,
    credit: { algorithm: 'grpo' },
    environment: { name: environment },
    ...own,
  }),
});

test('runs that differ in nothing but credit and seed', () => {
  const cells = [cell('a', 'household', 2), cell('b', 'household', 1, { credit: { algorithm: 'rloo' } })];
  expect(settingsApart(cells)).toEqual([]);
  const facts = comparisonFacts(cells, []);
  expect(facts[0]).toBe(
    'Seeds 1, 2. All variants of a seed meet the same tasks in the same order and start from the same weights.',
  );
  expect(facts).toContain('Beside the credit all runs have the same settings.');
});

test('one of each is one', () => {
  const one = { iterations: 1, rollout: { tasks: 1, groupSize: 2 }, evaluation: { tasks: 1, every: 1, seeds: 1 } };
  const facts = comparisonFacts([cell('a', 'household', 7, one)], ['b']).join('\n');
  expect(facts).toMatch(/^Seed 7\./);
  expect(facts).toContain('1 iteration of 1 task × 2 episodes,');
  expect(facts).toContain('1 task never trained on');
  expect(facts).toContain('every iteration; 1 sampling seed before and after training.');
  expect(facts).toContain('Of earlier commands on the same folder: b.');
  expect(facts).not.toMatch(/\b1 \w+s\b/);
});

test('settings that differ are told with who has them', () => {
  const cells = [
    cell('a', 'household', 1),
    cell('a', 'webshop', 1, { rollout: { tasks: 4 }, checkpoint: 'warmup/webshop' }),
    cell('b', 'household', 1, { objective: { ratio: 'token' } }),
    cell('b', 'webshop', 1, { objective: { ratio: 'token' }, rollout: { tasks: 4 }, checkpoint: 'warmup/webshop' }),
    cell('c', 'household', 1, { optimizer: { learningRate: 1 } }),
    cell('c', 'household', 2),
  ];
  expect(settingsApart(cells).map(({ by, text }) => [by, text])).toEqual([
    ['variant', expect.stringMatching(/^objective\.ratio: \w+, but token for b$/)],
    ['both', expect.stringMatching(/^optimizer\.learningRate: [\d.]+, but 1 for c on household$/)],
    ['environment', expect.stringMatching(/^rollout\.tasks: 16, but 4 for webshop$/)],
  ]);
  const [shared] = comparisonFacts(cells, []);
  expect(shared).toContain('meet the same tasks in the same order and start from the same weights');
});

test('what variants do not share is not said of them', () => {
  const first = (...own: object[]): string =>
    comparisonFacts(
      own.map((o, i) => cell(`v${i}`, 'household', 1, o)),
      [],
    )[0];
  expect(first({}, { rollout: { tasks: 3 } })).toBe('Seed 1. All variants of a seed start from the same weights.');
  expect(first({}, { checkpoint: 'other' })).toBe(
    'Seed 1. All variants of a seed meet the same tasks in the same order.',
  );
  expect(first({}, { checkpoint: 'other', environment: { options: { difficulty: 'easy' } } })).toBe('Seed 1.');
});
