/** A number with what it counts: `1 run`, `3 runs`. The word must take an s for several. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
