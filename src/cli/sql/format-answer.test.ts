import type { Json } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { type Format, formatAnswer } from './format-answer.ts';
import { cutToWidth, textWidth } from './text-width.ts';

async function lines(format: Format, columns: string[], rows: Json[][], width?: number): Promise<string[]> {
  const numeric = columns.map(
    (_, i) => rows.length > 0 && rows.every((row) => row[i] === null || typeof row[i] === 'number'),
  );
  const chunks = async function* () {
    yield rows;
  };
  const all: string[] = [];
  for await (const line of formatAnswer({ columns, numeric, rows: chunks() }, format, width)) all.push(line);
  return all;
}

describe('table', () => {
  test('aligned, numbers to the right, and how many rows', async () => {
    expect(
      await lines(
        'table',
        ['name', 'n'],
        [
          ['a', 1],
          ['bcd', 200],
          ['日本', null],
        ],
      ),
    ).toEqual(['name    n', '────  ───', 'a       1', 'bcd   200', '日本', '', '3 rows']);
    expect((await lines('table', ['x'], [])).at(-1)).toBe('0 rows');
  });

  test('cut to the width of the terminal, which is said', async () => {
    const row = ['x'.repeat(50), 12345, 'y'.repeat(10), 'z'.repeat(30)];
    for (const width of [20, 40, 60, 80]) {
      const table = await lines('table', ['long', 'number', 'ten', 'last'], [row], width);
      for (const line of table.slice(0, -1)) expect(textWidth(line)).toBeLessThanOrEqual(width);
      expect(table.at(-1)).toContain('--format csv or json shows all');
    }
    expect((await lines('table', ['long', 'number', 'ten', 'last'], [row], 20)).at(-1)).toContain(
      '2 more columns do not fit',
    );
    expect((await lines('table', ['long', 'number', 'ten', 'last'], [row], 110)).at(-1)).toBe('1 row');
  });

  test('what a terminal would obey is shown, not obeyed', async () => {
    const table = await lines('table', ['a\x1b[2J'], [['\x1b]0;title\x07'], ['two\nlines'], ['\u202egnp.exe']]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(table.join('')).not.toMatch(/[\x00-\x1f\u202e]/);
    expect(table[3]).toBe('two⏎lines');
  });

  test('more rows than anybody reads are counted', async () => {
    const table = await lines(
      'table',
      ['n'],
      Array.from({ length: 2500 }, (_, n) => [n]),
    );
    expect(table).toHaveLength(1004);
    expect(table.at(-1)).toBe('2,500 rows, the first 1,000 are shown: --format csv or json shows all');
  });
});

describe('for other programs', () => {
  const columns = ['text', 'n', 'list'];
  const rows: Json[][] = [
    ['a,"b"\nc', 1.5, [1, null]],
    [null, null, null],
    [' x', -1, []],
  ];

  test('csv', async () => {
    expect((await lines('csv', columns, rows)).join('\n')).toBe(
      'text,n,list\n"a,""b""\nc",1.5,"[1,null]"\n,,\n" x",-1,[]',
    );
  });

  test('json and jsonl hold the values as they are', async () => {
    const records = rows.map(([text, n, list]) => ({ text, n, list }));
    expect(JSON.parse((await lines('json', columns, rows)).join('\n'))).toEqual(records);
    expect((await lines('jsonl', columns, rows)).map((line) => JSON.parse(line))).toEqual(records);
    expect(await lines('json', columns, [])).toEqual(['[]']);
    expect(await lines('jsonl', columns, [])).toEqual([]);
  });

  test('markdown is one table, whatever the texts hold', async () => {
    const table = await lines('markdown', ['a|b'], [['x | y'], ['<script>'], ['two\r\nlines'], ['`*_[a](b)\\']]);
    expect(table).toEqual([
      '| a\\|b |',
      '| --- |',
      '| x \\| y |',
      '| \\<script\\> |',
      '| two<br>lines |',
      '| \\`\\*\\_\\[a\\](b)\\\\ |',
    ]);
  });
});

test('widths of texts', () => {
  expect(['abc', '日本', 'é', 'e\u0301', '😀', '', 'ａ'].map(textWidth)).toEqual([3, 4, 1, 1, 2, 0, 2]);
  expect(cutToWidth('日本語', 5, '…')).toBe('日本…');
  expect(cutToWidth('日本語', 4, '…')).toBe('日…');
  expect(cutToWidth('abc', 3, '…')).toBe('abc');
});
