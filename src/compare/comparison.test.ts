import { expect, test } from 'vitest';
import { comparisonSchema, planComparison } from './comparison.ts';

const plan = (input: object) => planComparison(comparisonSchema.parse(input));

test('every combination is a cell, seed after seed; later settings lie over earlier ones', () => {
  const { cells, variants, environments, seeds } = plan({
    base: { iterations: 7, rollout: { tasks: 4, groupSize: 8 }, environment: { maxSteps: 20 } },
    algorithms: ['grpo'],
    variants: [
      { name: 'GAGPO λ 0', config: { credit: { algorithm: 'gagpo', options: { lambda: 0 } }, rollout: { tasks: 2 } } },
    ],
    environments: ['household', { name: 'household', label: 'easy', options: { difficulty: 'easy' } }],
    seeds: 2,
  });
  expect(variants).toEqual(['grpo', 'GAGPO λ 0']);
  expect(environments).toEqual(['household', 'easy']);
  expect(seeds).toEqual([1, 2]);
  expect(cells.map(({ id }) => id)).toEqual([
    'grpo/household/seed1',
    'GAGPO-lambda-0/household/seed1',
    'grpo/easy/seed1',
    'GAGPO-lambda-0/easy/seed1',
    'grpo/household/seed2',
    'GAGPO-lambda-0/household/seed2',
    'grpo/easy/seed2',
    'GAGPO-lambda-0/easy/seed2',
  ]);
  expect(cells[3].written).toEqual({
    evaluation: { seeds: 3 },
    iterations: 7,
    rollout: { tasks: 2, groupSize: 8 },
    environment: { maxSteps: 20, name: 'household', options: { difficulty: 'easy' } },
    credit: { algorithm: 'gagpo', options: { lambda: 0 } },
    seed: 1,
  });
});

test('without environments, the one that the base names', () => {
  expect(plan({ algorithms: ['grpo'], base: { environment: { name: 'webshop' } } }).environments).toEqual(['webshop']);
  expect(plan({ algorithms: ['grpo'] }).environments).toEqual(['household']);
});

test.each([
  [{}, 'there is nothing to compare'],
  [{ algorithms: ['grpo', 'grpo'] }, 'variant "grpo" occurs twice'],
  [{ variants: [{ name: 'a b' }, { name: 'a-b' }] }, 'variant (as a folder) "a-b" occurs twice (as "a b")'],
  [{ algorithms: ['grpo'], seeds: [1, 1] }, 'seed "1" occurs twice'],
  [{ algorithms: ['grpo'], environments: ['x', 'x'] }, 'environment "x" occurs twice'],
])('%j is refused', (input, message) => {
  expect(() => plan(input)).toThrow(message);
});

test.each([80, -1, '0.8'])('a threshold of %j is no share', (threshold) => {
  expect(() => comparisonSchema.parse({ algorithms: ['grpo'], threshold })).toThrow(
    'it must be a share between 0 and 1, for example 0.8 and not 80',
  );
});

test.each(['..', '../../etc', '/etc', '...', 'CON aux', 'ä/ö'])('a name like %j stays inside the folder', (name) => {
  const { cells } = plan({ variants: [{ name }] });
  const [folder, ...rest] = cells[0].id.split('/');
  expect(folder).toMatch(/^[\w+=][\w.+=-]*$/);
  expect(rest).toEqual(['household', 'seed1']);
});

test('names whose folders would be one on some systems are refused', () => {
  expect(() => plan({ variants: [{ name: 'A' }, { name: 'a' }] })).toThrow('variant (as a folder) "a" occurs twice');
  expect(() => plan({ algorithms: ['grpo'], environments: ['x', { name: 'y', label: 'X' }] })).toThrow(
    'environment "X" occurs twice',
  );
});
