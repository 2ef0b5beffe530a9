import type { Disjunct } from './disjuncts.ts';
import { GameTextError } from './errors.ts';
import type { Atom, TypedName } from './pddl.ts';
import type { Packing, Relation } from './relation.ts';

/** Where a predicate's tuples are at the moment. */
export type Facts = readonly Relation[];

/** What a plan is compiled against: the objects and predicates of one game. */
export interface Vocabulary {
  readonly packing: Packing;
  readonly objects: number;
  object(name: string): number | undefined;
  /** Number of the predicate, or undefined where no fact of it can exist. */
  predicate(name: string, arity: number): number | undefined;
  objectsOf(type: string): readonly number[];
  /** Facts at the start, to judge which literal to look up first. */
  estimate(predicate: number): number;
}

/** A term: slot number ≥ 0, or −1 − object for a constant. */
type Term = number;

export interface Literal {
  readonly predicate: number;
  readonly terms: readonly Term[];
}

interface Pair {
  readonly left: Term;
  readonly right: Term;
  readonly equal: boolean;
}

interface Step {
  /** Tuples to go through. */
  readonly literal?: Literal;
  /** Per position of the literal: how far right it lies in a tuple, and whether this step gives its slot the value. */
  readonly shifts: readonly number[];
  readonly binds: readonly boolean[];
  /** Objects to go through, where no literal says more of a variable. */
  readonly enumerate?: { readonly slot: number; readonly objects: readonly number[] };
  /** Position by which to look up, `ALL` or `BOUND`. */
  readonly by: number;
  /** Literals and equalities to be checked once this step has bound its slots. */
  readonly negative: readonly Literal[];
  readonly pairs: readonly Pair[];
}

/** Go through all tuples. */
const ALL = -1;
/** Every term has its value: one look-up. */
const BOUND = -2;

/** A search that takes more tries than this belongs to a broken or hostile file: real games need a few hundred. */
const MOST_TRIES = 200_000;

/**
 * A conjunction compiled to nested look-ups: finds every assignment of its variables. Slots of the parameters come first and
 * may be bound already. Which step binds which slot is decided once, so that running allocates nothing.
 */
export class Plan {
  readonly positive: readonly Literal[];
  readonly negative: readonly Literal[];
  readonly slots: number;
  private readonly steps: readonly Step[];
  /** Per slot: which objects may stand there. */
  private readonly types: readonly Uint8Array[];
  private readonly packing: Packing;
  private tries = 0;
  /** One entry per slot, for those who run the plan: nobody runs it while somebody does. */
  readonly scratch: Int32Array;

  private constructor(
    packing: Packing,
    positive: readonly Literal[],
    negative: readonly Literal[],
    steps: readonly Step[],
    types: readonly Uint8Array[],
  ) {
    this.packing = packing;
    this.slots = types.length;
    this.scratch = new Int32Array(types.length);
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
    const known = pairs.filter((p): p is Pair => p.left !== undefined && p.right !== undefined);
    const types = variables.map((variable) => {
      const mask = new Uint8Array(v.objects);
      for (const o of v.objectsOf(variable.type)) mask[o] = 1;
      return mask;
    });
    const steps = order(positive as Literal[], negative, known, variables, bound, v);
    return new Plan(v.packing, positive as Literal[], negative, steps, types);
  }

  /** Predicates whose facts decide the outcome. */
  get reads(): readonly number[] {
    return [...this.positive, ...this.negative].map((l) => l.predicate);
  }

  /**
   * Calls `found` for every assignment, with `values` holding it; stops when that returns true.
   *
   * @param values one entry per slot; those of the bound parameters are read, all others overwritten
   * @returns whether it was stopped
   * @throws GameTextError where the search does not come to an end
   */
  run(facts: Facts, values: Int32Array, found: (values: Int32Array) => boolean): boolean {
    this.tries = 0;
    return this.step(0, facts, values, found);
  }

  /** Whether any assignment exists. */
  holds(facts: Facts, values: Int32Array): boolean {
    return this.run(facts, values, stopAtFirst);
  }

  ground(literal: Literal, values: Int32Array): number {
    const { terms } = literal;
    let tuple = 0;
    for (let p = 0; p < terms.length; p++) {
      const t = terms[p];
      tuple = this.packing.append(tuple, t < 0 ? -1 - t : values[t]);
    }
    return tuple;
  }

  private step(i: number, facts: Facts, values: Int32Array, found: (values: Int32Array) => boolean): boolean {
    if (i === this.steps.length) return found(values);
    const step = this.steps[i];
    if (step.enumerate) {
      const { slot, objects } = step.enumerate;
      for (let k = 0; k < objects.length; k++) {
        this.count();
        values[slot] = objects[k];
        if (this.checks(step, facts, values) && this.step(i + 1, facts, values, found)) return true;
      }
      return false;
    }
    const { literal } = step;
    if (!literal) return this.checks(step, facts, values) && this.step(i + 1, facts, values, found);
    const relation = facts[literal.predicate];
    if (step.by === BOUND) {
      return (
        relation.has(this.ground(literal, values)) &&
        this.checks(step, facts, values) &&
        this.step(i + 1, facts, values, found)
      );
    }
    const tuples =
      step.by === ALL ? relation.all() : relation.where(step.by, termValue(literal.terms[step.by], values));
    for (let k = 0; k < tuples.length; k++) {
      this.count();
      if (
        this.matches(step, literal.terms, tuples[k], values) &&
        this.checks(step, facts, values) &&
        this.step(i + 1, facts, values, found)
      ) {
        return true;
      }
    }
    return false;
  }

  /** Whether a tuple fits what is bound; binds the rest. */
  private matches(step: Step, terms: readonly Term[], tuple: number, values: Int32Array): boolean {
    for (let p = 0; p < terms.length; p++) {
      const argument = this.packing.at(tuple, step.shifts[p]);
      const t = terms[p];
      if (step.binds[p]) {
        if (this.types[t][argument] === 0) return false;
        values[t] = argument;
      } else if ((t < 0 ? -1 - t : values[t]) !== argument) return false;
    }
    return true;
  }

  private checks(step: Step, facts: Facts, values: Int32Array): boolean {
    const { negative, pairs } = step;
    for (let k = 0; k < negative.length; k++) {
      if (facts[negative[k].predicate].has(this.ground(negative[k], values))) return false;
    }
    for (let k = 0; k < pairs.length; k++) {
      const { left, right, equal } = pairs[k];
      if ((termValue(left, values) === termValue(right, values)) !== equal) return false;
    }
    return true;
  }

  private count(): void {
    if (++this.tries > MOST_TRIES)
      throw new GameTextError('domain', `a condition takes more than ${MOST_TRIES} tries to look up`);
  }
}

function stopAtFirst(): boolean {
  return true;
}

function termValue(t: Term, values: Int32Array): number {
  return t < 0 ? -1 - t : values[t];
}

/** Cheapest look-up first: fully bound, then one with a bound argument, then the predicate with the fewest facts. */
function order(
  positive: readonly Literal[],
  negative: readonly Literal[],
  pairs: readonly Pair[],
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
    const terms = step.literal?.terms ?? [];
    const shifts = terms.map((_, p) => v.packing.shift(terms.length, p));
    // A variable that stands twice in a literal is bound by its first place and compared at the second.
    const binds = terms.map((t, p) => !isBound(t) && terms.indexOf(t) === p);
    for (const t of terms) if (t >= 0) have.add(t);
    if (step.enumerate) have.add(step.enumerate.slot);
    const ready = checks.filter((l) => l.terms.every(isBound));
    const comparable = comparisons.filter((p) => isBound(p.left) && isBound(p.right));
    checks = checks.filter((l) => !ready.includes(l));
    comparisons = comparisons.filter((p) => !comparable.includes(p));
    steps.push({ ...step, shifts, binds, negative: ready, pairs: comparable });
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
