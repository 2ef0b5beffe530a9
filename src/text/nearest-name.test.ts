import { expect, test } from 'vitest';
import { nearestName, slips } from './nearest-name.ts';

test.each([
  ['', '', 0],
  ['', 'abc', 3],
  ['gagop', 'gagpo', 1],
  ['GRPO', 'grpo', 0],
  ['lamda', 'lambda', 1],
  ['kitten', 'sitting', 3],
  ['ca', 'abc', 3],
])('%s to %s takes %d slips', (a, b, count) => {
  expect(slips(a, b)).toBe(count);
  expect(slips(b, a)).toBe(count);
});

const ALGORITHMS = ['grpo', 'rloo', 'gigpo', 'hgpo', 'gagpo', 'g2po', 'graphgpo', 'gae'];

test.each([
  ['gagop', 'gagpo'],
  ['gapgo', 'gagpo'],
  ['GIGPO', 'gigpo'],
  ['gpro', 'grpo'],
  ['graph', 'graphgpo'],
  ['graph-gpo', 'graphgpo'],
  ['ga', 'gae'],
  ['ppo', undefined],
  ['dpo', undefined],
  ['sarsa', undefined],
  ['something else', undefined],
  ['', undefined],
])('the algorithm meant by %j is %s', (name, meant) => {
  expect(nearestName(name, ALGORITHMS)).toBe(meant);
});

test('a far name is not offered, nor where there is none', () => {
  const environments = ['household', 'alfworld', 'webshop', 'search-qa', 'appworld'];
  expect(nearestName('mars', environments)).toBe(undefined);
  expect(nearestName('alfwrld', environments)).toBe('alfworld');
  expect(nearestName('search', environments)).toBe('search-qa');
  expect(nearestName('wo', environments)).toBe(undefined);
  expect(nearestName('x', [])).toBe(undefined);
});
