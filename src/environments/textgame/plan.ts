import type { Disjunct } from './disjuncts.ts';
import type { Atom, TypedName } from './pddl.ts';
import type { Relation } from './relation.ts';

/** Where a predicate's tuples are at the moment. */
export type Facts = readonly Relation[];

/** What a plan is compiled against: the objects and predicates of one game. */
export interface Vocabulary {
  readonly base: number;
  object(name: string): number | undefined;
  /** Number of the predicate, or undefined where no fact of it can exist. */
  predicate(name: string, arity: number): number | undefined;
  /** Whether object o is of the type. */
  isA(object: number, type: string): boolean;
  objectsOf(type: string): readonly number[];
  /** Facts at the start, to judge which literal to look up first. */
  estimate(predicate: number): number;
}

/** A term: slot number ≥ 0, or −1 − object for a constant. */
type Term = number;

interface Literal {
  readonly predicate: number;
  readonly terms: readonly Term[];
}

interface Step {
  /** Tuples to go through; undefined: all objects of the slot's type. */
  readonly literal?: Literal;
  readonly enumerate?: { readonly slot: number; readonly objects: readonly number[] };
  /** Position by which to look up, −1 for all tuples. */
  readonly by: number;
  /** Literals, equalities to be checked once this step has bound its slots. */
  readonly negative: readonly Literal[];
  readonly pairs: readonly { readonly left: Term; readonly right: Term; readonly equal: boolean }[];
}

/**
 * A conjunction compiled to nested look-ups: finds every assignment of its variables. Slots of the parameters come first and
 * may be bound already.
 */
export class Plan {
  readonly positive: readonly Literal[];
  readonly negative: readonly Literal[];
  private readonly steps: readonly Step[];
  private readonly types: readonly (Uint8Array | undefined)[];
  readonly slots: number;
  private readonly base: number;

  private constructor(
    base: number,
    slots: number,
    positive: readonly Literal[],
    negative: readonly Literal[],
    steps: readonly Step[],
    types: readonly (Uint8Array | undefined)[],
  ) {
    this.base = base;
    this.slots = slots;
    this.positive = positive;
    this.negative = negative;
    this.steps = steps;
    this.types = types;
  }

  /**
   * @param bound how many of the parameters have values when the plan is run
   * @returns undefined where the conjunction can never hold
   */
  static compile(d: Disjunct, parameters: readonly TypedName[], bound: number, v: Vocabulary): Plan | undefined {
    const variables = [...parameters, ...d.hidden];
    const slotOf = new Map(variables.map((variable, i) => [variable.name, i]));
    const term = (t: string): Term | undefined => {
      const slot = slotOf.get(t);
      if (slot !== undefined) return slot;
      const object = v.object(t);
      return object === undefined ? undefined : -1 - object;
    };
    const literal = (a: Atom): Literal | undefined => {
      const predicate = v.predicate(a.predicate, a.terms.length);
      const terms = a.terms.map(term);
      return predicate === undefined || terms.includes(undefined) ? undefined : { predicate, terms: terms as Term[] };
    };
    const positive = d.positive.map(literal);
    if (positive.includes(undefined)) return undefined;
    // A negated literal over what does not exist holds.
    const negative = d.negative.map(literal).filter((l) => l !== undefined);
    const pairs = [
      ...d.equal.map(([a, b]) => ({ left: term(a), right: term(b), equal: true })),
      ...d.different.map(([a, b]) => ({ left: term(a), right: term(b), equal: false })),
    ];
    if (pairs.some((p) => p.equal && (p.left === undefined || p.right === undefined))) return undefined;
    const known = pairs.filter(
      (p): p is { left: Term; right: Term; equal: boolean } => p.left !== undefined && p.right !== undefined,
    );
    const types = variables.map((variable) => {
      const mask = new Uint8Array(v.base);
      for (const o of v.objectsOf(variable.type)) mask[o] = 1;
      return mask;
    });
    const steps = order(positive as Literal[], negative, known, variables, bound, v);
    return new Plan(v.base, variables.length, positive as Literal[], negative, steps, types);
  }

  /**
   * Calls `found` for every assignment, with `values` holding it; stops when that returns true.
   *
   * @param values one entry per slot, −1 where unbound
   * @returns whether it was stopped
   */
  run(facts: Facts, values: Int32Array, found: (values: Int32Array) => boolean): boolean {
    return this.step(0, facts, values, found);
  }

  ground(literal: Literal, values: Int32Array): number {
    let tuple = 0;
    for (const t of literal.terms) tuple = tuple * this.base + (t < 0 ? -1 - t : values[t]);
    return tuple;
  }

  private step(i: number, facts: Facts, values: Int32Array, found: (values: Int32Array) => boolean): boolean {
    if (i === this.steps.length) return found(values);
    const step = this.steps[i];
    if (step.enumerate) {
      const { slot, objects } = step.enumerate;
      for (const o of objects) {
        values[slot] = o;
        if (this.holds(step, facts, values) && this.step(i + 1, facts, values, found)) return true;
      }
      values[slot] = -1;
      return false;
    }
    const literal = step.literal;
    if (!literal) return this.holds(step, facts, values) && this.step(i + 1, facts, values, found);
    const { terms } = literal;
    const relation = facts[literal.predicate];
    if (step.by === BOUND) {
      return (
        relation.has(this.ground(literal, values)) &&
        this.holds(step, facts, values) &&
        this.step(i + 1, facts, values, found)
      );
    }
    const tuples = step.by === ALL ? relation.all() : relation.where(step.by, termValue(terms[step.by], values));
    for (const tuple of tuples) {
      const mine: number[] = [];
      let fits = true;
      for (let p = 0; p < terms.length && fits; p++) {
        const argument = relation.argument(tuple, p);
        const t = terms[p];
        if (t < 0) fits = -1 - t === argument;
        else if (values[t] >= 0) fits = values[t] === argument;
        else if (this.types[t]![argument]) {
          values[t] = argument;
          mine.push(t);
        } else fits = false;
      }
      const stop = fits && this.holds(step, facts, values) && this.step(i + 1, facts, values, found);
      for (const t of mine) values[t] = -1;
      if (stop) return true;
    }
    return false;
  }

  private holds(step: Step, facts: Facts, values: Int32Array): boolean {
    for (const literal of step.negative) if (facts[literal.predicate].has(this.ground(literal, values))) return false;
    for (const { left, right, equal } of step.pairs)
      if ((termValue(left, values) === termValue(right, values)) !== equal) return false;
    return true;
  }
}

const ALL = -1;
const BOUND = -2;

function termValue(t: Term, values: Int32Array): number {
  return t < 0 ? -1 - t : values[t];
}

/** Cheapest look-up first: fully bound, then one with a bound argument, then the predicate with the fewest facts. */
function order(
  positive: readonly Literal[],
  negative: readonly Literal[],
  pairs: readonly { left: Term; right: Term; equal: boolean }[],
  variables: readonly TypedName[],
  bound: number,
  v: Vocabulary,
): Step[] {
  const have = new Set<number>(Array.from({ length: bound }, (_, i) => i));
  const isBound = (t: Term): boolean => t < 0 || have.has(t);
  const waiting = [...positive];
  let checks = [...negative];
  let comparisons = [...pairs];
  const steps: Step[] = [];
  const push = (step: Pick<Step, 'literal' | 'enumerate' | 'by'>): void => {
    for (const t of step.literal?.terms ?? []) if (t >= 0) have.add(t);
    if (step.enumerate) have.add(step.enumerate.slot);
    const ready = checks.filter((l) => l.terms.every(isBound));
    const comparable = comparisons.filter((p) => isBound(p.left) && isBound(p.right));
    checks = checks.filter((l) => !ready.includes(l));
    comparisons = comparisons.filter((p) => !comparable.includes(p));
    steps.push({ ...step, negative: ready, pairs: comparable });
  };
  const cost = (l: Literal): number => {
    const boundArguments = l.terms.filter(isBound).length;
    if (boundArguments === l.terms.length) return -1;
    const facts = Math.max(1, v.estimate(l.predicate));
    return boundArguments > 0 ? Math.sqrt(facts) : facts;
  };
  push({ by: ALL });
  while (waiting.length > 0) {
    let best = 0;
    for (let i = 1; i < waiting.length; i++) if (cost(waiting[i]) < cost(waiting[best])) best = i;
    const [literal] = waiting.splice(best, 1);
    const by = literal.terms.every(isBound) ? BOUND : literal.terms.findIndex(isBound);
    push({ literal, by: by === -1 ? ALL : by });
  }
  variables.forEach((variable, slot) => {
    if (!have.has(slot)) push({ enumerate: { slot, objects: v.objectsOf(variable.type) }, by: ALL });
  });
  return steps;
}
