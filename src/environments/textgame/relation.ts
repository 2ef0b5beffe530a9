import { mix32 } from '../../text/random.ts';
import { GameTextError } from './errors.ts';

/** How the arguments of a fact are packed into one number: each into as many bits as the number of objects needs. */
export class Packing {
  private readonly bits: number;
  private readonly mask: number;

  /** @param objects are numbered 0 … objects − 1 */
  constructor(objects: number) {
    this.bits = Math.max(1, 32 - Math.clz32(Math.max(0, objects - 1)));
    this.mask = 2 ** this.bits - 1;
  }

  /** @throws GameTextError where so many arguments cannot be told apart in the 30 bits of a small integer */
  check(predicate: string, arity: number): void {
    if (this.bits * arity <= 30) return;
    throw new GameTextError(
      'problem',
      `${predicate} has ${arity} arguments, too many for ${this.mask + 1} objects: ${Math.floor(30 / this.bits)} are possible`,
    );
  }

  /** The tuple with one more argument. */
  append(tuple: number, argument: number): number {
    return (tuple << this.bits) | argument;
  }

  /** Bits to the right of an argument. */
  shift(arity: number, position: number): number {
    return this.bits * (arity - 1 - position);
  }

  at(tuple: number, shift: number): number {
    return (tuple >> shift) & this.mask;
  }
}

/** The tuples that a predicate holds for, each packed into one number. */
export class Relation {
  readonly arity: number;
  readonly packing: Packing;
  /** Two 32-bit halves of a hash of the tuples, whatever the order they came in. */
  hashHigh = 0;
  hashLow = 0;
  private readonly salt: number;
  private readonly present = new Set<number>();
  /** The same, to be gone through: a list is gone through much faster than a set. */
  private readonly tuples: number[] = [];
  /** Per position: value → tuples with it there. */
  private readonly index: (number[] | undefined)[][];

  /** @param salt makes equal tuples of different relations hash differently */
  constructor(arity: number, packing: Packing, salt: number, tuples: Iterable<number> = []) {
    this.arity = arity;
    this.packing = packing;
    this.salt = salt;
    this.index = Array.from({ length: arity }, () => []);
    for (const tuple of tuples) this.add(tuple);
  }

  copy(): Relation {
    return new Relation(this.arity, this.packing, this.salt, this.tuples);
  }

  get size(): number {
    return this.tuples.length;
  }

  has(tuple: number): boolean {
    return this.present.has(tuple);
  }

  argument(tuple: number, position: number): number {
    return this.packing.at(tuple, this.packing.shift(this.arity, position));
  }

  all(): readonly number[] {
    return this.tuples;
  }

  /** Tuples whose argument at `position` is `value`. */
  where(position: number, value: number): readonly number[] {
    return this.index[position][value] ?? NONE;
  }

  /** @returns whether it was not there yet */
  add(tuple: number): boolean {
    if (this.present.has(tuple)) return false;
    this.present.add(tuple);
    this.tuples.push(tuple);
    this.toggle(tuple);
    for (let p = 0; p < this.arity; p++) {
      const value = this.argument(tuple, p);
      const list = this.index[p][value];
      if (list) list.push(tuple);
      else this.index[p][value] = [tuple];
    }
    return true;
  }

  /** @returns whether it was there */
  delete(tuple: number): boolean {
    if (!this.present.delete(tuple)) return false;
    this.tuples.splice(this.tuples.indexOf(tuple), 1);
    this.toggle(tuple);
    for (let p = 0; p < this.arity; p++) {
      const list = this.index[p][this.argument(tuple, p)]!;
      list.splice(list.indexOf(tuple), 1);
    }
    return true;
  }

  private toggle(tuple: number): void {
    this.hashHigh ^= mix32(tuple ^ this.salt);
    this.hashLow ^= mix32(Math.imul(tuple, 0x9e3779b1) ^ ~this.salt);
  }
}

const NONE: readonly number[] = [];
