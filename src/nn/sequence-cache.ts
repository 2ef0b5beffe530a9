import type { SavedPrefix } from './key-value-cache.ts';
import type { Feeds, Tensor } from './sessions.ts';

/** A prompt that is about to be read. */
export interface ReadEntry {
  /** Tokens of the whole prompt. */
  readonly length: number;
  /** Keys and values of its first tokens, where they are known. */
  readonly known: { readonly saved: SavedPrefix; readonly length: number } | undefined;
  /** How many sequences go on from it. */
  readonly sequences: number;
}

/** What a step over all running sequences is fed with. */
export interface StepFeeds {
  /** Rows of the step; some may belong to no sequence. */
  readonly width: number;
  /** The row of every running sequence. */
  readonly rows: readonly number[];
  readonly feeds: Feeds;
}

/**
 * Keys and values of running sequences, which are numbered 0, 1, … The graphs return those of new tokens only, as `k.LAYER` and
 * `v.LAYER`; a cache puts them behind the earlier ones.
 */
export interface SequenceCache {
  /** Whether all entries of one read must have the same known beginning. */
  readonly oneBeginning: boolean;
  /** Makes room for the sequences of `entries`; what the run is fed with, or nothing where none has a known beginning. */
  beginRead(entries: readonly ReadEntry[]): Promise<Feeds | undefined>;
  /**
   * Takes what the run returned. The entries' first sequences are running from then on, in order, and after them the others.
   *
   * @param width padded tokens that were read of every entry
   */
  endRead(out: Readonly<Record<string, Tensor>>, width: number): Promise<void>;
  beginStep(): Promise<StepFeeds>;
  endStep(out: Readonly<Record<string, Tensor>>): Promise<void>;
  /** The first tokens of a running sequence. */
  save(sequence: number, tokens: number): Promise<SavedPrefix>;
  /** Ends a sequence; the last one gets its number. */
  release(sequence: number): void;
  /** Ends all sequences and gives the memory back; the cache can be used again. */
  close(): void;
}

/** Additive masks [rows, 1, 1, capacity]: the first tokens of every row are seen. */
export function maskOf(filled: readonly number[], capacity: number): Float32Array {
  const mask = new Float32Array(filled.length * capacity);
  filled.forEach((n, row) => mask.fill(-1e9, row * capacity + n, (row + 1) * capacity));
  return mask;
}
