/** A tuple of objects. */
export type Tuple = readonly number[];

/** The tuples of one predicate, sorted, and never changed: a change makes another. */
export class StoryRelation {
  readonly tuples: readonly Tuple[];
  /** Per position: value → tuples with it there, sorted. Made when first asked for. */
  private readonly index: (Map<number, Tuple[]> | undefined)[] = [];

  /** @param tuples sorted */
  constructor(tuples: readonly Tuple[]) {
    this.tuples = tuples;
  }

  /** Tuples whose argument at `position` is `value`, sorted. */
  where(position: number, value: number): readonly Tuple[] {
    let index = this.index[position];
    if (!index) {
      index = new Map();
      for (const tuple of this.tuples) {
        const list = index.get(tuple[position]);
        if (list) list.push(tuple);
        else index.set(tuple[position], [tuple]);
      }
      this.index[position] = index;
    }
    return index.get(value) ?? NONE;
  }

  with(tuple: Tuple): StoryRelation {
    const at = this.place(tuple);
    if (at < this.tuples.length && compare(this.tuples[at], tuple) === 0) return this;
    return new StoryRelation([...this.tuples.slice(0, at), tuple, ...this.tuples.slice(at)]);
  }

  without(tuple: Tuple): StoryRelation {
    const at = this.place(tuple);
    if (at === this.tuples.length || compare(this.tuples[at], tuple) !== 0) return this;
    return new StoryRelation([...this.tuples.slice(0, at), ...this.tuples.slice(at + 1)]);
  }

  /** Where a tuple stands or would stand: by bisection. */
  private place(tuple: Tuple): number {
    let low = 0;
    let high = this.tuples.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.tuples[middle], tuple) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const NONE: readonly Tuple[] = [];
const NOTHING = new StoryRelation([]);

/**
 * The facts that texts are told from. They begin as the problem's, and change by every effect an action lists, whether or not its condition
 * held: a deleted fact becomes a fact `not_…`, which no fact is before that. So this store and the one that decides what can
 * be done may differ, as they do in the original.
 */
export class StoryFacts {
  private readonly initial: ReadonlyMap<string, StoryRelation>;
  /** Those that differ from the problem's. */
  private readonly changed = new Map<string, StoryRelation>();

  /** @param initial shared with the game: nothing is copied until it changes */
  constructor(initial: ReadonlyMap<string, StoryRelation>) {
    this.initial = initial;
  }

  of(predicate: string): StoryRelation {
    return this.changed.get(predicate) ?? this.initial.get(predicate) ?? NOTHING;
  }

  /** @param negated `not_` and the predicate */
  change(predicate: string, negated: string, tuple: Tuple, add: boolean): void {
    const [gone, come] = add ? [negated, predicate] : [predicate, negated];
    const before = this.of(gone);
    const less = before.without(tuple);
    if (less !== before) this.changed.set(gone, less);
    const already = this.of(come);
    const more = already.with(tuple);
    if (more !== already) this.changed.set(come, more);
  }
}

/** Objects are numbered in the order of their ids, so this is the order of the ids. */
export function compare(a: Tuple, b: Tuple): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}
