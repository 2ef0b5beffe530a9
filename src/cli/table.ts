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

/** Columns of the terminal that a text takes: a mark over a letter takes none. */
function widthOf(text: string): number {
  return text.replace(/\p{Mark}/gu, '').length;
}
