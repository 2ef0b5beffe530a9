import { hash32 } from '../../text/random.ts';
import type { Command, Game, Operator } from './game.ts';
import type { Plan } from './plan.ts';
import type { Relation } from './relation.ts';
import { StoryFacts, Teller } from './story.ts';

/** What a command that cannot be done answers. */
export const REFUSAL = 'Nothing happens.';

/** One play of a game. */
export class GameState {
  readonly game: Game;
  /** What was said last: the introduction, then the answer to each command. */
  observation: string;
  won: boolean;
  private readonly facts: readonly Relation[];
  private readonly story: StoryFacts;
  private readonly teller: Teller;
  private available: ReadonlyMap<string, Command> | undefined;
  private sorted: readonly string[] | undefined;
  private key: [number, number] = [0, 0];

  constructor(game: Game) {
    this.game = game;
    this.facts = game.initial.map((relation, p) => (game.dynamic[p] ? relation.copy() : relation));
    this.story = new StoryFacts(game.story);
    this.teller = new Teller(game.grammar, game, this.story);
    this.observation = this.teller.rule('intro', new Map());
    this.won = this.anyHolds(game.goal, EMPTY);
    this.facts.forEach((relation, p) => {
      if (game.dynamic[p]) for (const tuple of relation.all()) this.toggleKey(p, tuple);
    });
  }

  /** Everything that can be done now, sorted by code point. */
  get admissible(): readonly string[] {
    this.sorted ??= [...this.commands().keys()].sort();
    return this.sorted;
  }

  /** Equal exactly when the facts that decide the game are (64-bit hash). */
  get stateKey(): string {
    return `${this.key[0].toString(36)}.${this.key[1].toString(36)}`;
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
    const command = this.commands().get(text);
    if (!command) {
      this.observation = REFUSAL;
      return false;
    }
    const { operator, values } = command;
    const slots = Int32Array.from(values);
    const happening = operator.effects.filter((e) => !e.conditions || this.anyHolds(e.conditions, slots));
    const tuple = (terms: readonly number[]): readonly number[] => terms.map((t) => (t < 0 ? -1 - t : values[t]));
    const changed = (add: boolean): void => {
      for (const e of happening) {
        if (e.add !== add) continue;
        const key = tuple(e.terms).reduce((sum, o) => sum * this.facts[e.predicate].base + o, 0);
        if (add ? this.facts[e.predicate].add(key) : this.facts[e.predicate].delete(key))
          this.toggleKey(e.predicate, key);
      }
    };
    changed(false);
    changed(true);
    for (const e of operator.effects) this.story.change(e.name, tuple(e.terms), e.add);
    this.available = undefined;
    this.sorted = undefined;
    this.won = this.anyHolds(this.game.goal, EMPTY);
    this.observation = this.teller.tell(operator.feedback, mapping(operator, values));
    return true;
  }

  private commands(): ReadonlyMap<string, Command> {
    if (this.available) return this.available;
    const commands = new Map<string, Command>();
    for (const [o, operator] of this.game.operators.entries()) {
      const parameters = operator.placeholders.length;
      const seen = new Set<number>();
      operator.plans.forEach((plan, i) => {
        const values = new Int32Array(plan.slots).fill(-1);
        plan.run(this.facts, values, () => {
          let key = 0;
          for (let p = 0; p < parameters; p++) key = key * this.game.ids.length + values[p];
          if (!seen.has(key) && (operator.effective[i] || this.hasEffect(operator, plan, values))) {
            seen.add(key);
            const own = Array.from(values.subarray(0, parameters));
            const text = this.commandText(operator, o, key, own);
            if (!commands.has(text)) commands.set(text, { text, operator, values: own });
          }
          return false;
        });
      });
    }
    this.available = commands;
    return commands;
  }

  private commandText(operator: Operator, index: number, key: number, values: readonly number[]): string {
    if (!operator.fixedText) return this.teller.tell(operator.template, mapping(operator, values));
    const name = `${index}:${key}`;
    let text = this.game.commandTexts.get(name);
    if (text === undefined) {
      text = this.teller.tell(operator.template, mapping(operator, values));
      this.game.commandTexts.set(name, text);
    }
    return text;
  }

  /**
   * Fast Downward drops an effect that the precondition already demands, and an operator that is left without any: so one cannot go where
   * one is. Adding beats deleting.
   */
  private hasEffect(operator: Operator, plan: Plan, values: Int32Array): boolean {
    const ground = (e: Operator['effects'][number]): number =>
      e.terms.reduce((sum, t) => sum * this.facts[e.predicate].base + (t < 0 ? -1 - t : values[t]), 0);
    return operator.effects.some((e) => {
      if (e.conditions) return true;
      const tuple = ground(e);
      if (
        !e.add &&
        operator.effects.some((a) => a.add && !a.conditions && a.predicate === e.predicate && ground(a) === tuple)
      )
        return false;
      const demanded = e.add ? plan.positive : plan.negative;
      return !demanded.some((l) => l.predicate === e.predicate && plan.ground(l, values) === tuple);
    });
  }

  private anyHolds(plans: readonly Plan[], parameters: Int32Array): boolean {
    return plans.some((plan) => {
      const values = new Int32Array(plan.slots).fill(-1);
      values.set(parameters);
      return plan.run(this.facts, values, () => true);
    });
  }

  private toggleKey(predicate: number, tuple: number): void {
    const text = `${predicate}:${tuple}`;
    this.key[0] = (this.key[0] ^ hash32(text, 1)) >>> 0;
    this.key[1] = (this.key[1] ^ hash32(text, 2)) >>> 0;
  }
}

const EMPTY = new Int32Array(0);

function mapping(operator: Operator, values: readonly number[]): ReadonlyMap<string, number> {
  return new Map(operator.placeholders.map((name, i) => [name, values[i]]));
}
