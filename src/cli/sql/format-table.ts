import type { Answer } from '../../database/index.ts';
import { printable } from '../../serve/printable.ts';
import { cellText } from './cell-text.ts';
import { cutToWidth, textWidth } from './text-width.ts';

/** Rows that a table shows; more are counted. */
const MOST_ROWS = 1000;
/** Width that a column keeps when others need room. */
const LEAST = 8;
const GAP = 2;
const ELLIPSIS = '…';

/** An answer as an aligned table, cut to a width, with a word on what was cut. */
export async function formatTable({ columns, numeric, rows }: Answer, width: number | undefined): Promise<string[]> {
  const shown: string[][] = [];
  let count = 0;
  for await (const chunk of rows) {
    for (const row of chunk) if (count++ < MOST_ROWS) shown.push(row.map((value) => oneLine(cellText(value))));
  }
  const header = columns.map(oneLine);
  const wanted = header.map((cell, i) => Math.max(1, textWidth(cell), ...shown.map((row) => textWidth(row[i]))));
  const widths = width === undefined ? wanted : fitted(wanted, width);
  const cut = widths.some((w, i) => w < wanted[i]);
  const line = (row: readonly string[]): string =>
    widths
      .map((w, i) => {
        const cell = cutToWidth(row[i], w, ELLIPSIS);
        const padding = ' '.repeat(Math.max(0, w - textWidth(cell)));
        return numeric[i] ? padding + cell : cell + padding;
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  const left = columns.length - widths.length;
  const words = [
    `${count.toLocaleString('en')} row${count === 1 ? '' : 's'}`,
    ...(count > MOST_ROWS ? [`the first ${MOST_ROWS.toLocaleString('en')} are shown`] : []),
    ...(left > 0 ? [`${left} more column${left === 1 ? '' : 's'} do not fit`] : []),
    ...(cut ? [`cells are cut to the width (${ELLIPSIS})`] : []),
  ];
  const whole = words.length > 1 ? ': --format csv or json shows all' : '';
  return [
    line(header),
    widths.map((w) => '─'.repeat(w)).join(' '.repeat(GAP)),
    ...shown.map(line),
    '',
    words.join(', ') + whole,
  ];
}

/** Widths of as many columns as fit; the widest give way first. */
function fitted(wanted: readonly number[], width: number): number[] {
  const least = wanted.map((w) => Math.min(w, LEAST));
  let columns = 0;
  let room = width + GAP;
  while (columns < wanted.length && room >= least[columns] + GAP) room -= least[columns++] + GAP;
  const widths = least.slice(0, Math.max(1, columns));
  for (; room > 0; room--) {
    let narrowest = -1;
    for (let i = 0; i < widths.length; i++) {
      if (widths[i] < wanted[i] && (narrowest < 0 || widths[i] < widths[narrowest])) narrowest = i;
    }
    if (narrowest < 0) break;
    widths[narrowest]++;
  }
  return widths;
}

/** A text on one line, in which nothing is left that a terminal would obey. */
function oneLine(text: string): string {
  return printable(text.replace(/\r?\n|\r/g, '⏎').replaceAll('\t', ' '));
}
