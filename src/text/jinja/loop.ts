import type { Operations } from './operations.ts';
import { TemplateError } from './template-error.ts';
import { Callable, Lazy, type LoopState, tupleOf, Undefined, type Value } from './values.ts';

/** The items of a `{% for %}`, one after the other, and the variable `loop` beside them. */
export class Loop implements LoopState {
  readonly isLoop = true;
  private readonly ops: Operations;
  /** Gives the next item; undefined at the end. */
  private readonly pull: () => Value | undefined;
  private readonly recurse: ((items: Value, depth: number) => Value) | undefined;
  private readonly depth: number;
  private known: number | undefined;
  private index0 = -1;
  private before: Value | undefined;
  private current: Value | undefined;
  /** Items that were looked at ahead of their turn. */
  private readonly ahead: Value[] = [];
  private changedFrom: Value | undefined;

  /**
   * @param length of the items, where it is known beforehand
   * @param recurse renders the body for other items, where the loop is recursive
   */
  constructor(
    ops: Operations,
    pull: () => Value | undefined,
    length: number | undefined,
    depth: number,
    recurse?: (items: Value, depth: number) => Value,
  ) {
    this.ops = ops;
    this.pull = pull;
    this.known = length;
    this.depth = depth;
    this.recurse = recurse;
  }

  /** Steps to the next item; undefined at the end. */
  next(): Value | undefined {
    const item = this.ahead.length > 0 ? this.ahead.shift() : this.pull();
    if (item === undefined) return undefined;
    this.index0++;
    this.before = this.current;
    this.current = item;
    return item;
  }

  attribute(name: string): Value | undefined {
    switch (name) {
      case 'index':
        return this.index0 + 1;
      case 'index0':
        return this.index0;
      case 'revindex':
        return this.length() - this.index0;
      case 'revindex0':
        return this.length() - this.index0 - 1;
      case 'first':
        return this.index0 === 0;
      case 'last':
        return this.peek() === undefined;
      case 'length':
        return this.length();
      case 'depth':
        return this.depth + 1;
      case 'depth0':
        return this.depth;
      case 'previtem':
        return this.before ?? (this.index0 === 0 ? new Undefined('there is no previous item') : null);
      case 'nextitem': {
        const item = this.peek();
        return item === undefined ? new Undefined('there is no next item') : item;
      }
      case 'cycle':
        return new Callable('cycle', (args) => this.cycle(args));
      case 'changed':
        return new Callable('changed', (args) => this.changed(tupleOf(...args)));
    }
    return undefined;
  }

  call(items: Value): Value {
    if (this.recurse !== undefined) return this.recurse(items, this.depth + 1);
    throw new TemplateError("the loop must have the 'recursive' marker to be called recursively.");
  }

  private peek(): Value | undefined {
    if (this.ahead.length === 0) {
      const item = this.pull();
      if (item === undefined) return undefined;
      this.ahead.push(item);
    }
    return this.ahead[0];
  }

  private length(): number {
    if (this.known === undefined) {
      for (let item = this.pull(); item !== undefined; item = this.pull()) this.ahead.push(item);
      this.known = this.index0 + 1 + this.ahead.length;
    }
    return this.known;
  }

  private cycle(args: readonly Value[]): Value {
    if (args.length === 0) throw new TemplateError('no items for cycling given.');
    return args[this.index0 % args.length];
  }

  private changed(value: Value): boolean {
    if (this.changedFrom !== undefined && this.ops.equal(this.changedFrom, value)) return false;
    this.changedFrom = value;
    return true;
  }
}

/** A function that gives the items of a value one by one, those for which `keep` holds when their turn comes. */
export function puller(ops: Operations, value: Value, keep?: (item: Value) => boolean): () => Value | undefined {
  const items = value instanceof Lazy ? undefined : ops.items(value);
  let at = 0;
  const next = (): Value | undefined => {
    if (items === undefined) return (value as Lazy).next();
    return at < items.length ? items[at++] : undefined;
  };
  if (keep === undefined) return next;
  return () => {
    for (let item = next(); item !== undefined; item = next()) if (keep(item)) return item;
    return undefined;
  };
}
