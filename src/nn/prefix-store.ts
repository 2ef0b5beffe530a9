import type { SavedPrefix } from './key-value-cache.ts';

interface Entry {
  readonly tokens: Int32Array;
  readonly saved: SavedPrefix;
  readonly bytes: number;
}

/**
 * Keys and values of token sequences that were seen before, so that a common beginning is computed once: the system prompt, the task's text
 * that a group shares, the turns before. The least recently used go first when the memory is full.
 */
export class PrefixStore {
  private readonly maxBytes: number;
  private bytes = 0;
  /** Least recently used first. */
  private entries: Entry[] = [];

  /** @param maxBytes 0 stores nothing */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get enabled(): boolean {
    return this.maxBytes > 0;
  }

  /** The longest known beginning of `tokens`, of at most `most` tokens; undefined where none has even `least`. */
  find(tokens: Int32Array, least: number, most: number): { saved: SavedPrefix; length: number } | undefined {
    let best = -1;
    let longest = least - 1;
    this.entries.forEach((e, i) => {
      const length = Math.min(most, commonPrefix(tokens, e.tokens));
      if (length > longest) {
        longest = length;
        best = i;
      }
    });
    if (best < 0) return undefined;
    const [entry] = this.entries.splice(best, 1);
    this.entries.push(entry);
    return { saved: entry.saved, length: longest };
  }

  /** Whether it is worth saving a sequence: no longer one that begins with it is known. */
  wants(tokens: Int32Array, bytesPerToken: number): boolean {
    const bytes = tokens.length * bytesPerToken;
    if (bytes === 0 || bytes > this.maxBytes) return false;
    return !this.entries.some((e) => commonPrefix(tokens, e.tokens) === tokens.length);
  }

  /** Remembers a sequence that is wanted, and forgets those that it begins with. */
  add(tokens: Int32Array, saved: SavedPrefix, bytesPerToken: number): void {
    const bytes = tokens.length * bytesPerToken;
    const [kept, covered] = [true, false].map((keep) =>
      this.entries.filter((e) => commonPrefix(tokens, e.tokens) < e.tokens.length === keep),
    );
    for (const e of covered) e.saved.dispose?.();
    this.entries = kept;
    this.bytes = kept.reduce((sum, e) => sum + e.bytes, 0);
    while (this.bytes + bytes > this.maxBytes) {
      const oldest = this.entries.shift()!;
      oldest.saved.dispose?.();
      this.bytes -= oldest.bytes;
    }
    this.entries.push({ tokens: tokens.slice(), saved, bytes });
    this.bytes += bytes;
  }

  /** Forgets everything: what is stored belongs to weights that have changed. */
  clear(): void {
    for (const e of this.entries) e.saved.dispose?.();
    this.entries = [];
    this.bytes = 0;
  }
}

/** How many tokens two sequences begin with in common. */
export function commonPrefix(a: Int32Array, b: Int32Array): number {
  const end = Math.min(a.length, b.length);
  let n = 0;
  while (n < end && a[n] === b[n]) n++;
  return n;
}
