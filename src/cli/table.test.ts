import { expect, test } from 'vitest';
import { foldedTable, table } from './table.ts';

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

test('a table wider than its place goes on below, with its first column', () => {
  const head = ['name', 'one', 'two', 'three'];
  const rows = [['a', 'xxxxx', 'yyyyy', 'zzzzz']];
  expect(foldedTable(head, rows, 18).split('\n')).toEqual([
    'name  one    two',
    '────  ─────  ─────',
    'a     xxxxx  yyyyy',
    '',
    'name  three',
    '────  ─────',
    'a     zzzzz',
  ]);
  expect(foldedTable(head, rows, 3).match(/─\n/g)).toHaveLength(3);
  expect(foldedTable(head, rows)).toBe(table(head, rows));
});
