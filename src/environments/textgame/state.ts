import type { Game } from './game.ts';
import { findInstances, groundEffect, type Instances } from './instances.ts';
import type { Plan } from './plan.ts';
import type { Relation } from './relation.ts';
import { StoryFacts } from './story.ts';
import { bind, Teller } from './teller.ts';

/** What a command that cannot be done answers. */
export const REFUSAL = 'Nothing happens.';

/** One play of a game. */
export class GameState {
  readonly game: Game;
  /** What was said last: the introduction, then the answer to each command. */
  observation: string;
  won: boolean;
  /** Those of the game until they change. */
  private readonly facts: Relation[];
  private readonly story: StoryFacts;
  private readonly teller: Teller;
  /** Per operator what can be done of it, undefined where its facts have changed since that was known. */
  private readonly instances: (Instances | undefined)[];
  private sorted: readonly string[] | undefined;

  constructor(game: Game) {
    this.game = game;
    this.facts = [...game.initial];
    this.story = new StoryFacts(game.story);
    this.teller = new Teller(game.grammar, game, this.story);
    this.instances = game.operators.map(() => undefined);
    this.observation = this.teller.tellRule('intro');
    this.won = this.anyHolds(game.goal, EMPTY);
  }

  /** Everything that can be done now, sorted by code point. */
  get admissible(): readonly string[] {
    this.sorted ??= merged(this.game.operators.map((_, o) => this.instancesOf(o).texts));
    return this.sorted;
  }

  /** Equal exactly when the facts that decide the game are (64-bit hash). */
  get stateKey(): string {
    let high = 0;
    let low = 0;
    for (let p = 0; p < this.facts.length; p++) {
      if (!this.game.dynamic[p]) continue;
      high ^= this.facts[p].hashHigh;
      low ^= this.facts[p].hashLow;
    }
    return `${(high >>> 0).toString(36)}.${(low >>> 0).toString(36)}`;
  }

  /** Every fact that decides the game, as `(predicate id …)`, sorted. */
  factTexts(): string[] {
    return this.facts
      .flatMap((relation, p) =>
        Array.from(relation.all(), (tuple) => {
          const ids = Array.from({ length: relation.arity }, (_, i) => this.game.ids[relation.argument(tuple, i)]);
          return `(${[this.game.predicates[p], ...ids].join(' ')})`;
        }),
      )
      .sort();
  }

  /** Does what the command says, or nothing where that cannot be done. @returns whether something was done */
  apply(text: string): boolean {
    for (let o = 0; o < this.game.operators.length; o++) {
      const values = this.instancesOf(o).values.get(text);
      if (values === undefined) continue;
      this.perform(o, values);
      return true;
    }
    this.observation = REFUSAL;
    return false;
  }

  /** Effects are simultaneous: conditions are read in the old state; then facts go, then facts come. */
  private perform(index: number, values: readonly number[]): void {
    const { effects, feedback, placeholders } = this.game.operators[index];
    const happens = effects.map((e) => e.conditions === undefined || this.anyHolds(e.conditions, values));
    for (const add of [false, true]) {
      for (let i = 0; i < effects.length; i++) {
        const e = effects[i];
        if (!happens[i] || e.add !== add) continue;
        this.change(e.predicate, groundEffect(e, values, this.facts), add);
      }
    }
    for (const e of effects) {
      const tuple = e.terms.map((t) => (t < 0 ? -1 - t : values[t]));
      this.story.change(e.name, e.negated, tuple, e.add);
    }
    this.won = this.anyHolds(this.game.goal, EMPTY);
    this.observation = this.teller.tell(feedback, bind(placeholders, values));
    for (let o = 0; o < this.instances.length; o++) {
      // A command worded by the story may read differently although it is the same.
      if (!this.game.operators[o].fixedText) this.instances[o] = undefined;
    }
    if (this.instances.includes(undefined)) this.sorted = undefined;
  }

  private change(predicate: number, tuple: number, add: boolean): void {
    let relation = this.facts[predicate];
    if (relation.has(tuple) === add) return;
    if (relation === this.game.initial[predicate]) {
      relation = relation.copy();
      this.facts[predicate] = relation;
    }
    if (add) relation.add(tuple);
    else relation.delete(tuple);
    this.forget(predicate);
  }

  /** What could be done by operators that read this predicate has to be found again. */
  private forget(predicate: number): void {
    for (let o = 0; o < this.instances.length; o++) {
      if (this.game.operators[o].reads.includes(predicate)) this.instances[o] = undefined;
    }
  }

  private instancesOf(o: number): Instances {
    let instances = this.instances[o];
    if (instances !== undefined) return instances;
    const operator = this.game.operators[o];
    const cache = this.game.instances[o];
    const objects = this.game.ids.length;
    if (operator.fixedText) {
      const key = this.keyOf(operator.reads);
      instances = cache.get(key);
      if (instances === undefined) {
        instances = findInstances(operator, cache, this.facts, objects, this.teller);
        cache.set(key, instances);
      }
    } else instances = findInstances(operator, cache, this.facts, objects, this.teller);
    this.instances[o] = instances;
    return instances;
  }

  /** A hash of the facts of some predicates, 53 bits. */
  private keyOf(predicates: readonly number[]): number {
    let high = 0;
    let low = 0;
    for (const p of predicates) {
      high ^= this.facts[p].hashHigh;
      low ^= this.facts[p].hashLow;
    }
    return (high >>> 0) * 2 ** 21 + (low >>> 11);
  }

  private anyHolds(plans: readonly Plan[], parameters: ArrayLike<number>): boolean {
    for (let i = 0; i < plans.length; i++) {
      const plan = plans[i];
      plan.scratch.set(parameters);
      if (plan.holds(this.facts, plan.scratch)) return true;
    }
    return false;
  }
}

const EMPTY: readonly number[] = [];

/** Sorted lists as one, each text once. Mostly the lists do not overlap, as each operator has a verb of its own. */
function merged(lists: readonly (readonly string[])[]): readonly string[] {
  const filled = lists.filter((list) => list.length > 0).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const all: string[] = [];
  let apart = true;
  for (const list of filled) {
    if (all.length > 0 && list[0] <= all[all.length - 1]) apart = false;
    for (const text of list) all.push(text);
  }
  return apart ? all : [...new Set(all)].sort();
}
