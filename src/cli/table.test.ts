import { expect, test } from 'vitest';
import { table } from './table.ts';

test('columns stand under each other, numbers to the right, marks over letters without a width of their own', () => {
  const rows = [
    ['V̄(s)', '1.5', 'value'],
    ['delta', '-10', 'residual'],
  ];
  expect(table(['what', 'x', 'name'], rows).split('\n')).toEqual([
    'what     x  name',
    '─────  ───  ────────',
    'V̄(s)   1.5  value',
    'delta  -10  residual',
  ]);
});
