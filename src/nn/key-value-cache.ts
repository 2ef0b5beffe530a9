import { roundUp } from './batches.ts';
import type { DecoderConfig } from './files/model-config.ts';
import { type Feeds, float32, type Tensor } from './sessions.ts';

/** Keys and values of the first tokens of a sequence, one [K, length, h] array a layer; or tensors on a device. */
export interface SavedPrefix {
  readonly length: number;
  readonly k: readonly Float32Array[];
  readonly v: readonly Float32Array[];
  readonly tensors?: Map<string, Tensor>;
  /** Gives a device's memory back. */
  dispose?(): void;
}

/**
 * Keys and values of running sequences: for each layer one array [rows, K, capacity, h], of which the graph reads the first rows in place.
 * Only new tokens are ever written; everything moves only when the capacity changes.
 */
export class KeyValueCache {
  /** Tokens a row can hold now. */
  capacity = 0;
  private rows = 0;
  private readonly heads: number;
  private readonly h: number;
  private readonly step: number;
  private readonly arrays: { k: Float32Array; v: Float32Array }[];

  /** @param step the capacity is a multiple of this many tokens */
  constructor(config: DecoderConfig, step: number) {
    this.heads = config.kvHeads;
    this.h = config.headDim;
    this.step = step;
    this.arrays = Array.from({ length: config.layers }, () => ({ k: new Float32Array(0), v: new Float32Array(0) }));
  }

  /** Bytes of keys and values of one token in all layers. */
  static bytesPerToken(config: DecoderConfig): number {
    return 2 * config.layers * config.kvHeads * config.headDim * Float32Array.BYTES_PER_ELEMENT;
  }

  /** Makes room for `rows` sequences of up to `tokens` tokens; gives room back when less than half is needed. */
  reserve(rows: number, tokens: number): void {
    const capacity = roundUp(Math.max(tokens, 1), this.step);
    const fits = rows <= this.rows && capacity <= this.capacity;
    if (fits && 2 * capacity >= this.capacity) return;
    this.resize(Math.max(rows, this.rows), capacity);
  }

  private resize(rows: number, capacity: number): void {
    const kept = Math.min(this.capacity, capacity) * this.h;
    const [from, to] = [this.capacity * this.h, capacity * this.h];
    for (const layer of this.arrays) {
      for (const kind of ['k', 'v'] as const) {
        const next = new Float32Array(rows * this.heads * to);
        const old = layer[kind];
        for (let r = 0; r < Math.min(rows, this.rows) * this.heads; r++) {
          next.set(old.subarray(r * from, r * from + kept), r * to);
        }
        layer[kind] = next;
      }
    }
    this.rows = rows;
    this.capacity = capacity;
  }

  /**
   * Writes `count` tokens of a row from what a run returned.
   *
   * @param at the first token's place in the row
   * @param source [B, K, width, h]
   */
  write(
    layer: number,
    kind: 'k' | 'v',
    row: number,
    at: number,
    source: Float32Array,
    sourceRow: number,
    width: number,
    count: number,
  ): void {
    const { heads, h, capacity } = this;
    const target = this.arrays[layer][kind];
    for (let head = 0; head < heads; head++) {
      const from = (sourceRow * heads + head) * width * h;
      const to = ((row * heads + head) * capacity + at) * h;
      // For a few numbers a loop is faster than a view.
      if (count * h <= 128) for (let i = 0; i < count * h; i++) target[to + i] = source[from + i];
      else target.set(source.subarray(from, from + count * h), to);
    }
  }

  /** Copies the first `tokens` tokens of a row to another. */
  copy(from: number, to: number, tokens: number): void {
    const { heads, h, capacity } = this;
    for (const layer of this.arrays) {
      for (const kind of ['k', 'v'] as const) {
        for (let head = 0; head < heads; head++) {
          const start = (from * heads + head) * capacity * h;
          layer[kind].copyWithin((to * heads + head) * capacity * h, start, start + tokens * h);
        }
      }
    }
  }

  save(row: number, tokens: number): SavedPrefix {
    const { heads, h, capacity } = this;
    const taken = (source: Float32Array): Float32Array => {
      const saved = new Float32Array(heads * tokens * h);
      for (let head = 0; head < heads; head++) {
        const start = (row * heads + head) * capacity * h;
        saved.set(source.subarray(start, start + tokens * h), head * tokens * h);
      }
      return saved;
    };
    return { length: tokens, k: this.arrays.map((l) => taken(l.k)), v: this.arrays.map((l) => taken(l.v)) };
  }

  /** Writes the first `tokens` tokens of what was saved into a row. */
  restore(row: number, saved: SavedPrefix, tokens: number): void {
    this.arrays.forEach((_, layer) => {
      this.write(layer, 'k', row, 0, saved.k[layer], 0, saved.length, tokens);
      this.write(layer, 'v', row, 0, saved.v[layer], 0, saved.length, tokens);
    });
  }

  /** The caches of `count` rows from `first` on, as the graph reads them. */
  feeds(first: number, count: number): Feeds {
    const { heads, h, capacity } = this;
    const size = heads * capacity * h;
    const dims = [count, heads, capacity, h];
    const feeds: Feeds = {};
    this.arrays.forEach(({ k, v }, i) => {
      feeds[`cache.k.${i}`] = float32(k.subarray(first * size, (first + count) * size), dims);
      feeds[`cache.v.${i}`] = float32(v.subarray(first * size, (first + count) * size), dims);
    });
    return feeds;
  }
}
