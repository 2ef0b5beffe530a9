import type { DecoderConfig } from './files/model-config.ts';
import { KeyValueCache, type SavedPrefix } from './key-value-cache.ts';
import { maskOf, type ReadEntry, type SequenceCache, type StepFeeds } from './sequence-cache.ts';
import { type Feeds, float32, type Tensor } from './sessions.ts';

/** Above this many bytes a token the cache grows in larger steps, since all of it moves then. */
const WIDE_TOKEN = 4096;

/** Keys and values in this process's memory: running sequences are the first rows, which the graph reads in place. */
export class HostCache implements SequenceCache {
  readonly oneBeginning = false;
  private readonly config: DecoderConfig;
  private readonly layers: number;
  private cache: KeyValueCache;
  /** Tokens that every running sequence has. */
  private filled: number[] = [];
  private entries: readonly ReadEntry[] = [];

  constructor(config: DecoderConfig) {
    this.config = config;
    this.layers = config.layers;
    this.cache = emptyCache(config);
  }

  async beginRead(entries: readonly ReadEntry[]): Promise<Feeds | undefined> {
    this.entries = entries;
    const first = this.filled.length;
    const count = entries.reduce((n, e) => n + e.sequences, 0);
    this.cache.reserve(first + count, Math.max(...entries.map((e) => e.length), ...this.filled) + 1);
    entries.forEach(({ known }, i) => {
      if (known) this.cache.restore(first + i, known.saved, known.length);
    });
    const known = knownLengths(entries);
    return known.some((n) => n > 0) ? this.feeds(first, known) : undefined;
  }

  async endRead(out: Readonly<Record<string, Tensor>>, width: number): Promise<void> {
    const { entries } = this;
    const first = this.filled.length;
    const known = knownLengths(entries);
    this.write(out, first, known, width, (i) => entries[i].length - known[i]);
    const others = entries.flatMap((e, i) => new Array<number>(e.sequences - 1).fill(i));
    others.forEach((of, j) => this.cache.copy(first + of, first + entries.length + j, entries[of].length));
    this.filled.push(...entries.map((e) => e.length), ...others.map((of) => entries[of].length));
  }

  async beginStep(): Promise<StepFeeds> {
    const { filled } = this;
    this.cache.reserve(filled.length, Math.max(...filled) + 1);
    return { width: filled.length, rows: filled.map((_, i) => i), feeds: this.feeds(0, filled) };
  }

  async endStep(out: Readonly<Record<string, Tensor>>): Promise<void> {
    this.write(out, 0, this.filled, 1, () => 1);
    this.filled = this.filled.map((n) => n + 1);
  }

  async save(sequence: number, tokens: number): Promise<SavedPrefix> {
    return this.cache.save(sequence, tokens);
  }

  release(sequence: number): void {
    const last = this.filled.pop()!;
    if (sequence === this.filled.length) return;
    this.cache.copy(this.filled.length, sequence, last);
    this.filled[sequence] = last;
  }

  close(): void {
    this.filled = [];
    this.cache = emptyCache(this.config);
  }

  private feeds(first: number, filled: readonly number[]): Feeds {
    const { capacity } = this.cache;
    const mask = float32(maskOf(filled, capacity), [filled.length, 1, 1, capacity]);
    return { ...this.cache.feeds(first, filled.length), 'cache.mask': mask };
  }

  /** Writes the new keys and values of rows `first`… behind the `at[i]` tokens that each has. */
  private write(
    out: Readonly<Record<string, Tensor>>,
    first: number,
    at: readonly number[],
    width: number,
    count: (i: number) => number,
  ): void {
    for (let layer = 0; layer < this.layers; layer++) {
      for (const kind of ['k', 'v'] as const) {
        const data = out[`${kind}.${layer}`].data as Float32Array;
        for (let i = 0; i < at.length; i++) {
          this.cache.write(layer, kind, first + i, at[i], data, i, width, count(i));
        }
      }
    }
  }
}

function emptyCache(config: DecoderConfig): KeyValueCache {
  return new KeyValueCache(config, KeyValueCache.bytesPerToken(config) > WIDE_TOKEN ? 64 : 16);
}

function knownLengths(entries: readonly ReadEntry[]): number[] {
  return entries.map((e) => e.known?.length ?? 0);
}
