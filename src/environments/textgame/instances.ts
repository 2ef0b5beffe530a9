import type { CompiledEffect, Operator } from './game.ts';
import type { Facts, Plan } from './plan.ts';
import { bind, type Teller } from './teller.ts';

/** The instances of one operator that can be done: parameters filled in, under the names a player types. */
export interface Instances {
  /** Sorted by code point, each once. */
  readonly texts: readonly string[];
  /** Objects for the operator's parameters, by text; the first instance found where several have one text. */
  readonly values: ReadonlyMap<string, readonly number[]>;
}

/** States of one operator's facts that are remembered: as many as the largest game has places to stand. */
const REMEMBERED = 64;
/** After so many look-ups it is clear whether remembering pays. */
const TRIAL = 128;

/**
 * What can be done of one operator, remembered by a hash of the facts it reads (53 bits). Where one can go depends on where one is, and
 * comes again and again; what one can take depends on where everything is, and hardly comes twice: there it is given up.
 */
export class InstanceCache {
  private known: Map<number, Instances> | undefined = new Map();
  private asked = 0;
  private met = 0;
  /** Command texts by packed parameters, where they depend on nothing else. */
  readonly texts = new Map<number, string>();

  get(key: number): Instances | undefined {
    const found = this.known?.get(key);
    this.asked++;
    if (found !== undefined) this.met++;
    return found;
  }

  set(key: number, instances: Instances): void {
    if (this.known === undefined) return;
    if (this.asked >= TRIAL && this.met * 8 < this.asked) {
      this.known = undefined;
      return;
    }
    if (this.known.size >= REMEMBERED) this.known.clear();
    this.known.set(key, instances);
  }
}

/** Finds what can be done of an operator now. @param objects how many there are */
export function findInstances(
  operator: Operator,
  cache: InstanceCache,
  facts: Facts,
  objects: number,
  teller: Teller,
): Instances {
  const parameters = operator.placeholders.length;
  const values = new Map<string, readonly number[]>();
  const seen = new Set<number>();
  for (let i = 0; i < operator.plans.length; i++) {
    const plan = operator.plans[i];
    plan.run(facts, plan.scratch, (slots) => {
      let key = 0;
      for (let p = 0; p < parameters; p++) key = key * objects + slots[p];
      if (seen.has(key) || !(operator.effective[i] || hasEffect(operator, plan, slots, facts))) return false;
      seen.add(key);
      const own = Array.from(slots.subarray(0, parameters));
      let text = operator.fixedText ? cache.texts.get(key) : undefined;
      if (text === undefined) {
        text = teller.tell(operator.template, bind(operator.placeholders, own));
        if (operator.fixedText) cache.texts.set(key, text);
      }
      if (!values.has(text)) values.set(text, own);
      return false;
    });
  }
  return { texts: [...values.keys()].sort(), values };
}

/**
 * Fast Downward drops an effect that the precondition already demands, and an operator that is left without any: so one cannot go where
 * one is. Adding beats deleting.
 */
function hasEffect(operator: Operator, plan: Plan, values: Int32Array, facts: Facts): boolean {
  return operator.effects.some((e) => {
    if (e.conditions) return true;
    const tuple = groundEffect(e, values, facts);
    const added = (a: CompiledEffect): boolean =>
      a.add && !a.conditions && a.predicate === e.predicate && groundEffect(a, values, facts) === tuple;
    if (!e.add && operator.effects.some(added)) return false;
    const demanded = e.add ? plan.positive : plan.negative;
    return !demanded.some((l) => l.predicate === e.predicate && plan.ground(l, values) === tuple);
  });
}

/** The tuple that an effect is about, packed. */
export function groundEffect(e: CompiledEffect, values: ArrayLike<number>, facts: Facts): number {
  const { packing } = facts[e.predicate];
  let tuple = 0;
  for (const t of e.terms) tuple = packing.append(tuple, t < 0 ? -1 - t : values[t]);
  return tuple;
}
