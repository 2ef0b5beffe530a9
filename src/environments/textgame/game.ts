import { mix32 } from '../../text/random.ts';
import { disjuncts } from './disjuncts.ts';
import { GameTextError } from './errors.ts';
import { type Grammar, type Placeholder, parseGrammar, placeholder, type Template } from './grammar.ts';
import { InstanceCache } from './instances.ts';
import { type Action, type Domain, parseDomain, parseProblem, type TypedName } from './pddl.ts';
import { Plan, type Vocabulary } from './plan.ts';
import { Packing, Relation } from './relation.ts';
import { compare, StoryRelation } from './story.ts';

export interface GameTexts {
  /** PDDL domain. */
  readonly domain: string;
  /** twl2 grammar. */
  readonly grammar: string;
  /** PDDL problem. */
  readonly problem: string;
  /** Gives every object id its name; default: the id itself. */
  readonly names?: (ids: readonly string[]) => ReadonlyMap<string, string>;
}

export interface CompiledEffect {
  readonly add: boolean;
  readonly predicate: number;
  /** The predicate's name, and that of what its absence leaves in the story. */
  readonly name: string;
  readonly negated: string;
  readonly terms: readonly number[];
  /** Alternatives, one of which must hold; absent: always. */
  readonly conditions: readonly Plan[] | undefined;
}

/** An action of the domain, compiled for one game. */
export interface Operator {
  readonly action: Action;
  readonly plans: readonly Plan[];
  /** Per plan: true where some effect always remains, so that no instance is without effect. */
  readonly effective: readonly boolean[];
  readonly effects: readonly CompiledEffect[];
  readonly template: Template;
  readonly feedback: Template;
  /** Placeholders of the parameters. */
  readonly placeholders: readonly Placeholder[];
  /** The command's text depends on its parameters only. */
  readonly fixedText: boolean;
  /** Predicates that effects touch and whose facts decide which instances can be done. */
  readonly reads: readonly number[];
}

const domains = new Map<string, Domain>();

function domainOf(text: string): Domain {
  let domain = domains.get(text);
  if (!domain) {
    domain = parseDomain(text);
    if (domains.size >= 64) domains.clear();
    domains.set(text, domain);
  }
  return domain;
}

/**
 * A text game: what never changes while it is played. Facts of predicates that no effect touches are kept here once, for all
 * who play it.
 */
export class Game {
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly types: readonly string[];
  readonly operators: readonly Operator[];
  readonly goal: readonly Plan[];
  readonly grammar: Grammar;
  /** Relations by predicate number; those not in `dynamic` are shared. */
  readonly initial: readonly Relation[];
  readonly dynamic: readonly boolean[];
  readonly predicates: readonly string[];
  readonly packing: Packing;
  readonly story: ReadonlyMap<string, StoryRelation>;
  /** What can be done of each operator, by the facts it reads: shared by all who play. */
  readonly instances: readonly InstanceCache[];

  /** @throws GameTextError naming the text, the line and the reason */
  constructor(texts: GameTexts) {
    const domain = domainOf(texts.domain);
    const problem = parseProblem(texts.problem);
    this.grammar = parseGrammar(texts.grammar);
    const objects = new Map<string, string>();
    for (const { name, type } of [...domain.constants, ...problem.objects]) objects.set(name, type);
    this.ids = [...objects.keys()].sort(byCodePoint);
    this.types = this.ids.map((id) => objects.get(id)!);
    const names = texts.names?.(this.ids);
    this.names = this.ids.map((id) => names?.get(id) ?? id);
    const number = new Map(this.ids.map((id, i) => [id, i]));

    const touched = new Set(domain.actions.flatMap((a) => a.effects.map((e) => e.atom.predicate)));
    const arities = new Map<string, number>();
    const predicates: string[] = [];
    const declare = (name: string, arity: number): number => {
      const known = arities.get(name);
      if (known === undefined) {
        arities.set(name, arity);
        predicates.push(name);
      } else if (known !== arity) {
        throw new GameTextError('problem', `${name} is used with ${known} and with ${arity} arguments`);
      }
      return predicates.indexOf(name);
    };
    for (const action of domain.actions) for (const e of action.effects) declare(e.atom.predicate, e.atom.terms.length);
    for (const fact of problem.init) declare(fact.predicate, fact.terms.length);
    this.predicates = predicates;
    this.dynamic = predicates.map((name) => touched.has(name));
    this.packing = new Packing(this.ids.length);
    for (const [name, arity] of arities) this.packing.check(name, arity);
    this.initial = predicates.map((name, p) => new Relation(arities.get(name)!, this.packing, mix32(p + 1)));
    const story = new Map<string, number[][]>();
    for (const fact of problem.init) {
      const tuple = fact.terms.map((t) => {
        const object = number.get(t);
        if (object === undefined)
          throw new GameTextError(
            'problem',
            `the fact (${fact.predicate} ${fact.terms.join(' ')}) names the unknown object ${t}`,
          );
        return object;
      });
      const relation = this.initial[predicates.indexOf(fact.predicate)];
      if (!relation.add(tuple.reduce((sum, o) => this.packing.append(sum, o), 0))) continue;
      const list = story.get(fact.predicate);
      if (list) list.push(tuple);
      else story.set(fact.predicate, [tuple]);
    }
    this.story = new Map(
      Array.from(story, ([predicate, tuples]) => [predicate, new StoryRelation(tuples.sort(compare))]),
    );

    const vocabulary = this.vocabulary(domain, number, arities);
    this.operators = domain.actions.flatMap((action) => this.compile(action, vocabulary) ?? []);
    this.instances = this.operators.map(() => new InstanceCache());
    this.goal = disjuncts(problem.goal, 'goal').flatMap((d) => Plan.compile(d, [], 0, vocabulary) ?? []);
  }

  private vocabulary(
    domain: Domain,
    number: ReadonlyMap<string, number>,
    arities: ReadonlyMap<string, number>,
  ): Vocabulary {
    const isA = (type: string, wanted: string): boolean => {
      for (let t: string | undefined = type, hops = 0; t !== undefined && hops < 64; t = domain.types.get(t), hops++)
        if (t === wanted) return true;
      return false;
    };
    const byType = new Map<string, number[]>();
    const objectsOf = (type: string): readonly number[] => {
      let list = byType.get(type);
      if (!list) {
        list = this.types.flatMap((t, o) => (isA(t, type) ? [o] : []));
        byType.set(type, list);
      }
      return list;
    };
    return {
      packing: this.packing,
      objects: this.ids.length,
      object: (name) => number.get(name),
      predicate: (name, arity) => (arities.get(name) === arity ? this.predicates.indexOf(name) : undefined),
      objectsOf,
      estimate: (predicate) => this.initial[predicate].size,
    };
  }

  /** @returns undefined for an action that has no wording and can therefore not be played */
  private compile(action: Action, v: Vocabulary): Operator | undefined {
    const wording = this.grammar.actions.get(action.name);
    if (!wording) return undefined;
    if (v.objects ** action.parameters.length > Number.MAX_SAFE_INTEGER) {
      const count = action.parameters.length;
      throw new GameTextError(
        'domain',
        `action ${action.name} has ${count} parameters, too many for ${v.objects} objects`,
      );
    }
    const slot = new Map(action.parameters.map((p, i) => [p.name, i]));
    const effects = action.effects.flatMap((e): CompiledEffect[] => {
      const predicate = v.predicate(e.atom.predicate, e.atom.terms.length);
      const terms = e.atom.terms.map((t) => slot.get(t) ?? constant(t, v, action));
      if (predicate === undefined) return [];
      const conditions =
        e.condition &&
        disjuncts(e.condition, `action ${action.name}`).flatMap(
          (d) => Plan.compile(d, action.parameters, action.parameters.length, v) ?? [],
        );
      return [{ add: e.add, predicate, name: e.atom.predicate, negated: `not_${e.atom.predicate}`, terms, conditions }];
    });
    const plans = disjuncts(action.precondition, `action ${action.name}`).flatMap(
      (d) => Plan.compile(d, action.parameters, 0, v) ?? [],
    );
    const addsTo = new Set(effects.filter((e) => e.add).map((e) => e.predicate));
    const effective = plans.map((plan) =>
      effects.some((e) => {
        if (e.conditions) return true;
        const same = e.add ? plan.positive : plan.negative;
        return !same.some((l) => l.predicate === e.predicate) && (e.add || !addsTo.has(e.predicate));
      }),
    );
    const queried = wording.template.flatMap((p) =>
      p.kind === 'each' ? (p.query ?? []).map((q) => q.predicate) : p.kind === 'rule' ? ['?'] : [],
    );
    const fixedText = queried.every((name) => name !== '?' && !this.dynamic[this.predicates.indexOf(name)]);
    return {
      action,
      plans,
      effective,
      effects,
      template: wording.template,
      feedback: wording.feedback,
      placeholders: action.parameters.map((p: TypedName) => placeholder(p.name.slice(1), p.type)),
      fixedText,
      reads: [...new Set(plans.flatMap((plan) => plan.reads))].filter((p) => this.dynamic[p]),
    };
  }
}

function constant(term: string, v: Vocabulary, action: Action): number {
  const object = v.object(term);
  if (object === undefined)
    throw new GameTextError('domain', `an effect of ${action.name} names ${term}, which is no parameter and no object`);
  return -1 - object;
}

function byCodePoint(a: string, b: string): number {
  if (a === b) return 0;
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    if (x[i] !== y[i]) return x[i].codePointAt(0)! - y[i].codePointAt(0)!;
  }
  return x.length - y.length;
}
