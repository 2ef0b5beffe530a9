import type { Answer } from '../../database/index.ts';
import { cellText } from './cell-text.ts';
import { formatTable } from './format-table.ts';

export const FORMATS = ['table', 'csv', 'json', 'jsonl', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

/**
 * The lines of an answer.
 *
 * @param width columns of the terminal that a table must fit; undefined: no limit
 */
export async function* formatAnswer(answer: Answer, format: Format, width: number | undefined): AsyncGenerator<string> {
  const { columns, rows } = answer;
  if (format === 'table') {
    yield* await formatTable(answer, width);
    return;
  }
  if (format === 'csv') yield columns.map(csvCell).join(',');
  if (format === 'markdown') {
    yield markdownRow(columns);
    yield `|${answer.numeric.map((n) => (n ? ' --: ' : ' --- ')).join('|')}|`;
  }
  let first = true;
  for await (const chunk of rows) {
    for (const row of chunk) {
      if (format === 'csv') yield row.map((value) => csvCell(cellText(value))).join(',');
      else if (format === 'markdown') yield markdownRow(row.map(cellText));
      else {
        const record = JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, row[i]])));
        yield format === 'jsonl' ? record : `${first ? '[' : ','}${record}`;
      }
      first = false;
    }
  }
  if (format === 'json') yield first ? '[]' : ']';
}

function csvCell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function markdownRow(cells: readonly string[]): string {
  const escaped = cells.map((cell) => cell.replace(/[\\|<>`*_[\]]/g, '\\$&').replace(/\r?\n|\r/g, '<br>'));
  return `| ${escaped.join(' | ')} |`;
}
