import { mix32 } from '../../text/random.ts';
import { BYTE_CHARACTERS, toByteCharacters } from './byte-alphabet.ts';

/** What of `model` in tokenizer.json says how bytes become tokens. */
export interface BytePairModel {
  readonly vocab: Readonly<Record<string, number>>;
  /** "left right" or [left, right], the most important first. */
  readonly merges?: readonly (string | readonly [left: string, right: string])[];
  /** A piece that is in the vocabulary is one token, whatever the merges make of it (Llama 3). */
  readonly ignore_merges?: boolean;
}

/**
 * The merges of a byte-level vocabulary, applied as Hugging Face `tokenizers` applies them: while some neighbours have a merge,
 * the leftmost of those with the lowest rank become one. A piece of n bytes takes O(n log n).
 */
export class BytePairs {
  private readonly ids: ReadonlyMap<string, number>;
  private readonly ignoreMerges: boolean;
  private readonly byteIds: Int32Array;
  /** Open addressing: left, right, rank and merged id of every merge, from slot 4 × hash on; left is -1 where a slot is free. */
  private readonly slots: Int32Array;
  private readonly mask: number;

  /**
   * @param ids of all tokens; every byte's character must be among them
   * @throws Error naming the merge that is malformed or whose tokens the vocabulary lacks
   */
  constructor(ids: ReadonlyMap<string, number>, model: BytePairModel) {
    const { merges = [], ignore_merges: ignoreMerges = false } = model;
    this.ids = ids;
    this.ignoreMerges = ignoreMerges;
    this.byteIds = Int32Array.from(BYTE_CHARACTERS, (c) => ids.get(c)!);
    this.mask = 2 ** Math.ceil(Math.log2(2 * merges.length + 2)) - 1;
    this.slots = new Int32Array(4 * (this.mask + 1)).fill(-1);
    for (let rank = 0; rank < merges.length; rank++) this.add(merges[rank], rank);
  }

  /** Ids of the tokens of a piece of text. */
  encode(piece: string): number[] {
    if (this.ignoreMerges) {
      const whole = this.ids.get(toByteCharacters(piece));
      if (whole !== undefined) return [whole];
    }
    const symbols = Int32Array.from(new TextEncoder().encode(piece), (byte) => this.byteIds[byte]);
    const n = symbols.length;
    // Symbols that are left form a list; `next` of the last is n.
    const next = Int32Array.from(symbols, (_, i) => i + 1);
    const previous = Int32Array.from(symbols, (_, i) => i - 1);
    const queue = new LeastFirst();
    const { slots } = this;
    const offer = (at: number): void => {
      const right = next[at];
      if (right >= n) return;
      const slot = this.find(symbols[at], symbols[right]);
      if (slots[slot] >= 0) queue.push(slots[slot + 2] * n + at);
    };
    for (let at = 0; at + 1 < n; at++) offer(at);
    for (let least = queue.pop(); least !== undefined; least = queue.pop()) {
      const at = least % n;
      const right = next[at];
      // Symbols that are gone have -1; neighbours that have changed since no longer have this rank.
      if (symbols[at] < 0 || right >= n) continue;
      const slot = this.find(symbols[at], symbols[right]);
      if (slots[slot] < 0 || slots[slot + 2] * n + at !== least) continue;
      symbols[at] = slots[slot + 3];
      symbols[right] = -1;
      next[at] = next[right];
      if (next[at] < n) previous[next[at]] = at;
      if (previous[at] >= 0) offer(previous[at]);
      offer(at);
    }
    const tokens: number[] = [];
    for (let at = 0; at < n; at = next[at]) tokens.push(symbols[at]);
    return tokens;
  }

  private add(merge: string | readonly [string, string], rank: number): void {
    const space = typeof merge === 'string' ? merge.indexOf(' ') : -1;
    const left = typeof merge === 'string' ? merge.slice(0, Math.max(space, 0)) : merge[0];
    const right = typeof merge === 'string' ? merge.slice(space + 1) : merge[1];
    const leftId = this.ids.get(left);
    const rightId = this.ids.get(right);
    const mergedId = this.ids.get(left + right);
    if (leftId === undefined || rightId === undefined || mergedId === undefined) {
      throw new Error(`\`merges[${rank}]\` is ${JSON.stringify(merge)}, which are not two tokens that make a third`);
    }
    const slot = this.find(leftId, rightId);
    this.slots[slot] = leftId;
    this.slots[slot + 1] = rightId;
    this.slots[slot + 2] = rank;
    this.slots[slot + 3] = mergedId;
  }

  /** Where a pair is, or the free slot where it would be. */
  private find(left: number, right: number): number {
    const { slots, mask } = this;
    let at = mix32(left ^ Math.imul(right, 0x9e3779b1)) & mask;
    while (slots[4 * at] >= 0 && (slots[4 * at] !== left || slots[4 * at + 1] !== right)) at = (at + 1) & mask;
    return 4 * at;
  }
}

/** A binary heap of numbers, the least first. */
class LeastFirst {
  private readonly heap: number[] = [];

  push(value: number): void {
    const { heap } = this;
    let at = heap.push(value) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent] <= value) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = value;
  }

  pop(): number | undefined {
    const { heap } = this;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
      if (heap[child] >= last) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
