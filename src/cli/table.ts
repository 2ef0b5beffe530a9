/** Columns padded to their widest cell, two spaces apart. Cells that look like numbers align right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)));
  const right = header.map(
    (_, i) => rows.length > 0 && rows.every((row) => /^[-+±]?[\d.,]*( %)?(?: ± [\d.]+ %)?$/.test(row[i])),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((w) => '─'.repeat(w)).join('  '), ...rows.map(line)].join('\n');
}
