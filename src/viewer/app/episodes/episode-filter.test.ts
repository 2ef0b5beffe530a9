import { expect, test } from 'vitest';
import { absentKind, emptyRange, parseFilter, usualKind } from './episode-filter.ts';

test('the list begins with a kind of episodes that is there', () => {
  expect(usualKind(['held-out', 'train'])).toBe('train');
  expect(usualKind(['held-out'])).toBe('held-out');
  expect(usualKind(['held-out', 'held-out-1'])).toBeUndefined();
  expect(usualKind([])).toBeUndefined();
  expect(parseFilter({}, 'held-out').kind).toBe('held-out');
  expect(parseFilter({ kind: 'all' }, 'train').kind).toBeUndefined();
});

test('a kind of which nothing is here is told', () => {
  const files = [{ kind: 'train', iteration: 1 }];
  expect(absentKind(parseFilter({ kind: 'held-out' }), files)).toBe(
    'No episode of the kind “held-out” is here; there is train.',
  );
  expect(absentKind(parseFilter({ kind: 'train' }), files)).toBeUndefined();
  expect(absentKind(parseFilter({ kind: 'all' }), files)).toBeUndefined();
});

test('a range that ends before it begins is told', () => {
  expect(emptyRange(parseFilter({ from: '9', to: '5' }))).toBe(
    'The filter asks for iterations from 9 to 5, which is none: swap the two.',
  );
  expect(emptyRange(parseFilter({ shortest: '4', longest: '2' }))).toContain('turns from 4 to 2');
  expect(emptyRange(parseFilter({ from: '5', to: '5', longest: '1' }))).toBeUndefined();
});
