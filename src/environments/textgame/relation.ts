/**
 * The tuples that a predicate holds for, over objects 0 … n − 1. A tuple is one number, its arguments as digits to base n.
 */
export class Relation {
  readonly arity: number;
  readonly base: number;
  private readonly tuples = new Set<number>();
  /** Per position: value → tuples with it there. */
  private readonly index: Map<number, number[]>[];

  constructor(arity: number, base: number) {
    this.arity = arity;
    this.base = base;
    this.index = Array.from({ length: arity }, () => new Map());
  }

  copy(): Relation {
    const other = new Relation(this.arity, this.base);
    for (const tuple of this.tuples) other.add(tuple);
    return other;
  }

  get size(): number {
    return this.tuples.size;
  }

  has(tuple: number): boolean {
    return this.tuples.has(tuple);
  }

  argument(tuple: number, position: number): number {
    return Math.floor(tuple / this.base ** (this.arity - 1 - position)) % this.base;
  }

  all(): Iterable<number> {
    return this.tuples;
  }

  /** Tuples whose argument at `position` is `value`. */
  where(position: number, value: number): readonly number[] {
    return this.index[position].get(value) ?? NONE;
  }

  /** @returns whether it was not there yet */
  add(tuple: number): boolean {
    if (this.tuples.has(tuple)) return false;
    this.tuples.add(tuple);
    for (let p = 0; p < this.arity; p++) {
      const value = this.argument(tuple, p);
      const list = this.index[p].get(value);
      if (list) list.push(tuple);
      else this.index[p].set(value, [tuple]);
    }
    return true;
  }

  /** @returns whether it was there */
  delete(tuple: number): boolean {
    if (!this.tuples.delete(tuple)) return false;
    for (let p = 0; p < this.arity; p++) {
      const list = this.index[p].get(this.argument(tuple, p))!;
      list.splice(list.indexOf(tuple), 1);
    }
    return true;
  }
}

const NONE: readonly number[] = [];
