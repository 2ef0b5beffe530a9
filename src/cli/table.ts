/** Columns padded to their widest cell, two spaces apart. Cells that look like numbers align right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((cell, i) => Math.max(widthOf(cell), ...rows.map((row) => widthOf(row[i]))));
  const right = header.map(
    (_, i) => rows.length > 0 && rows.every((row) => /^[-+±]?[\d.,]*( %)?(?: ± [\d.]+ %)?$/.test(row[i])),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => {
        const padding = ' '.repeat(widths[i] - widthOf(cell));
        return right[i] ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((w) => '─'.repeat(w)).join('  '), ...rows.map(line)].join('\n');
}

/**
 * A table as several, one under the other, each with the first column and as many of the others as the width has room for, one at least.
 *
 * @param width columns of the terminal; where there is none, the table is whole
 */
export function foldedTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string {
  const wide = (column: number): number => Math.max(...[header, ...rows].map((row) => widthOf(row[column])));
  const parts: number[][] = [];
  let left = 0;
  for (let column = 1; column < header.length; column++) {
    const needed = wide(column) + 2;
    if (parts.length === 0 || needed > left) {
      parts.push([0]);
      left = width - wide(0);
    }
    parts[parts.length - 1].push(column);
    left -= needed;
  }
  const part = (columns: readonly number[]): string => {
    const of = (row: readonly string[]): string[] => columns.map((column) => row[column]);
    return table(of(header), rows.map(of));
  };
  return parts.map(part).join('\n\n');
}

/** Columns of the terminal that a text takes: a mark over a letter takes none. */
function widthOf(text: string): number {
  return text.replace(/\p{Mark}/gu, '').length;
}
