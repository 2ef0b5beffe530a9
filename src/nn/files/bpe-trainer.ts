import { anyOf } from './added-tokens.ts';
import { CHARACTER_BYTES, toByteCharacters } from './byte-alphabet.ts';
import { MergeQueue } from './merge-queue.ts';
import type { TokenizerFiles } from './tokenizer.ts';
import {
  formatTokenizer,
  formatTokenizerConfig,
  type Merge,
  QWEN2_PATTERN,
  SPECIAL_TOKENS,
} from './tokenizer-format.ts';
import { compilePattern } from './tokenizers-library.ts';

/**
 * Byte-level byte-pair encoding (Sennrich, Haddow & Birch 2016, algorithm 1; on bytes as in GPT-2): starting from the 256
 * bytes, the most frequent pair of neighbours inside the words of a text becomes a token, again and again.
 */

/** When to stop merging. */
export type BpeGoal =
  /** When the vocabulary has this many tokens, the special ones included, or no pair is left. */
  | { readonly vocabSize: number }
  /** When every word that occurs at least this often in the corpus is one token; rarer words have no say. */
  | { readonly wholeWordsFrom: number };

export type BpeOptions = BpeGoal & {
  /** Longest text the model takes, tokens; written to tokenizer_config.json. Default 32768. */
  readonly maxLength?: number;
};

/**
 * Trains a tokenizer on texts. Every text is encodable, since all 256 bytes are tokens. Equal texts give equal files: of equally
 * frequent pairs the one with the smallest ids goes first.
 *
 * @throws RangeError when the vocabulary is to be smaller than bytes and special tokens, or a count is no positive integer
 */
export function trainBpe(texts: Iterable<string>, options: BpeOptions): TokenizerFiles {
  const { tokens, merges } = learnMerges(countWords(texts), options);
  const special = SPECIAL_TOKENS.map((content, i) => ({ id: tokens.length + i, content }));
  const vocabulary = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const maxLength = options.maxLength ?? 32768;
  return {
    json: formatTokenizer(vocabulary, merges, special),
    config: formatTokenizerConfig(special, maxLength),
  };
}

/** How often every word of the texts occurs; words as byte characters. Special tokens are no words. */
function countWords(texts: Iterable<string>): Map<string, number> {
  const special = anyOf(SPECIAL_TOKENS);
  const words = compilePattern(QWEN2_PATTERN);
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const part of text.split(special)) {
      for (const word of part.normalize('NFC').match(words) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return new Map([...counts].map(([word, count]) => [toByteCharacters(word), count]));
}

interface Word {
  readonly count: number;
  /** Ids of the tokens it consists of at present. */
  symbols: number[];
}

/** Tokens in the order of their ids (bytes first) and merges in the order of their ranks. */
function learnMerges(counts: ReadonlyMap<string, number>, goal: BpeGoal): { tokens: string[]; merges: Merge[] } {
  const target = 'vocabSize' in goal ? goal.vocabSize - SPECIAL_TOKENS.length : Number.POSITIVE_INFINITY;
  const leastCount = 'wholeWordsFrom' in goal ? goal.wholeWordsFrom : 1;
  const tokens = [...CHARACTER_BYTES.keys()].sort();
  if ('vocabSize' in goal && !(Number.isInteger(target) && target >= tokens.length)) {
    throw new RangeError(
      `vocabSize is ${goal.vocabSize}; it must be an integer of at least ${tokens.length + SPECIAL_TOKENS.length}.`,
    );
  }
  if (!(Number.isInteger(leastCount) && leastCount >= 1)) {
    throw new RangeError(`wholeWordsFrom is ${leastCount}; it must be a positive integer.`);
  }
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const words: Word[] = [...counts]
    .filter(([, count]) => count >= leastCount)
    .map(([word, count]) => ({ count, symbols: Array.from(word, (c) => ids.get(c)!) }));
  const pairs = new PairCounts(words);
  const ranks = new Map<number, number>();
  const merges: Merge[] = [];
  while (tokens.length < target) {
    const pair = pairs.mostFrequent();
    if (pair === undefined) break;
    const left = tokens[leftOf(pair)];
    const right = tokens[rightOf(pair)];
    // Two merges may make the same token by different ways: it keeps its id.
    if (!ids.has(left + right)) ids.set(left + right, tokens.push(left + right) - 1);
    ranks.set(pair, merges.length);
    merges.push([left, right]);
    for (const index of pairs.wordsWith(pair)) {
      const merged = applyMerges(words[index].symbols, ranks, (l, r) => ids.get(tokens[l] + tokens[r])!);
      pairs.replace(index, merged);
    }
  }
  return { tokens, merges };
}

/** As encoding does it: while some neighbours have a merge, the leftmost of those with the lowest rank become one. */
function applyMerges(
  symbols: readonly number[],
  ranks: ReadonlyMap<number, number>,
  merged: (left: number, right: number) => number,
): number[] {
  const result = [...symbols];
  for (;;) {
    let best = Number.POSITIVE_INFINITY;
    let at = -1;
    for (let i = 0; i + 1 < result.length; i++) {
      const rank = ranks.get(pairOf(result[i], result[i + 1]));
      if (rank !== undefined && rank < best) {
        best = rank;
        at = i;
      }
    }
    if (at < 0) return result;
    result.splice(at, 2, merged(result[at], result[at + 1]));
  }
}

/** How often every pair of neighbours occurs, and in which words. */
class PairCounts {
  private readonly words: Word[];
  private readonly counts = new Map<number, number>();
  private readonly places = new Map<number, Set<number>>();
  private readonly queue = new MergeQueue();

  constructor(words: Word[]) {
    this.words = words;
    const seen = new Set<number>();
    for (let index = 0; index < words.length; index++) this.add(index, 1, seen);
    for (const pair of seen) this.queue.push(this.counts.get(pair)!, pair);
  }

  /** The most frequent pair, of several the smallest; undefined when no word has two tokens. */
  mostFrequent(): number | undefined {
    for (let top = this.queue.pop(); top !== undefined; top = this.queue.pop()) {
      // A count that has changed since was pushed again when it did.
      if (top.count === this.counts.get(top.pair)) return top.pair;
    }
    return undefined;
  }

  /** Numbers of the words that have the pair now. */
  wordsWith(pair: number): number[] {
    return [...(this.places.get(pair) ?? [])];
  }

  replace(index: number, symbols: number[]): void {
    const changed = new Set<number>();
    this.add(index, -1, changed);
    this.words[index].symbols = symbols;
    this.add(index, 1, changed);
    for (const pair of changed) {
      const count = this.counts.get(pair);
      if (count !== undefined) this.queue.push(count, pair);
    }
  }

  private add(index: number, sign: 1 | -1, changed: Set<number>): void {
    const { symbols, count } = this.words[index];
    for (let i = 0; i + 1 < symbols.length; i++) {
      const pair = pairOf(symbols[i], symbols[i + 1]);
      const total = (this.counts.get(pair) ?? 0) + sign * count;
      if (total === 0) this.counts.delete(pair);
      else this.counts.set(pair, total);
      const places = this.places.get(pair) ?? new Set();
      if (sign > 0) places.add(index);
      else places.delete(index);
      if (places.size === 0) this.places.delete(pair);
      else this.places.set(pair, places);
      changed.add(pair);
    }
  }
}

/** A pair of ids as one number, ordered as (left, right). */
function pairOf(left: number, right: number): number {
  return left * PAIR_BASE + right;
}

function leftOf(pair: number): number {
  return Math.floor(pair / PAIR_BASE);
}

function rightOf(pair: number): number {
  return pair % PAIR_BASE;
}

const PAIR_BASE = 2 ** 26;
