import { GameTextError } from './errors.ts';
import { type Lisp, type LispList, parseLisp } from './lisp.ts';

/** The subset of PDDL that text games use. Everything is lower case. */

export interface TypedName {
  readonly name: string;
  readonly type: string;
}

/** A predicate over variables (`?x`) and objects. */
export interface Atom {
  readonly predicate: string;
  readonly terms: readonly string[];
}

export type Formula =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Formula[] }
  | { readonly kind: 'not'; readonly part: Formula }
  | { readonly kind: 'exists'; readonly variables: readonly TypedName[]; readonly part: Formula }
  | { readonly kind: 'atom'; readonly atom: Atom }
  | { readonly kind: 'equal'; readonly left: string; readonly right: string };

export interface Effect {
  /** Read in the state before the action; absent: always. */
  readonly condition?: Formula;
  readonly add: boolean;
  readonly atom: Atom;
}

export interface Action {
  readonly name: string;
  readonly parameters: readonly TypedName[];
  readonly precondition: Formula;
  readonly effects: readonly Effect[];
}

export interface Domain {
  readonly name: string;
  /** Each type with the type above it (`object` at the top). */
  readonly types: ReadonlyMap<string, string>;
  readonly constants: readonly TypedName[];
  readonly actions: readonly Action[];
}

export interface Problem {
  readonly objects: readonly TypedName[];
  readonly init: readonly Atom[];
  readonly goal: Formula;
}

const TRUE: Formula = { kind: 'and', parts: [] };

/** @throws GameTextError */
export function parseDomain(text: string): Domain {
  const read = new Reader('domain');
  const sections = read.definition(text);
  const types = new Map<string, string>();
  const constants: TypedName[] = [];
  const actions: Action[] = [];
  let name = '';
  for (const section of sections) {
    const [head, ...rest] = section;
    if (head === 'domain') name = read.word(rest[0], section);
    else if (head === ':types') for (const t of read.typed(rest, section)) types.set(t.name, t.type);
    else if (head === ':constants') constants.push(...read.typed(rest, section));
    else if (head === ':action') actions.push(read.action(rest, section));
    else if (head === ':derived')
      throw new GameTextError('domain', 'derived predicates are not supported', section.line);
  }
  return { name, types, constants, actions };
}

/** @throws GameTextError */
export function parseProblem(text: string): Problem {
  const read = new Reader('problem');
  const objects: TypedName[] = [];
  const init: Atom[] = [];
  let goal: Formula | undefined;
  for (const section of read.definition(text)) {
    const [head, ...rest] = section;
    if (head === ':objects') objects.push(...read.typed(rest, section));
    else if (head === ':init') {
      for (const fact of rest) {
        const list = read.list(fact, section);
        // (= (total-cost) 0) sets a number, not a fact.
        if (list[0] !== '=') init.push(read.atom(list));
      }
    } else if (head === ':goal') goal = read.formula(rest[0], section);
  }
  if (!goal) throw new GameTextError('problem', 'there is no :goal');
  return { objects, init, goal };
}

class Reader {
  private readonly part: string;

  constructor(part: string) {
    this.part = part;
  }

  definition(text: string): LispList[] {
    const whole = parseLisp(text, this.part);
    if (whole[0] !== 'define') this.refuse('it must begin with (define', whole);
    return whole.slice(1).map((section) => this.list(section, whole));
  }

  list(x: Lisp | undefined, near: LispList): LispList {
    return Array.isArray(x) ? x : this.refuse(`expected a list, found ${x ?? 'nothing'}`, near);
  }

  word(x: Lisp | undefined, near: LispList): string {
    return typeof x === 'string' ? x : this.refuse('expected a word', near);
  }

  /** `a b - t c - u` → a:t, b:t, c:u; without a type: `object`. */
  typed(items: readonly Lisp[], near: LispList): TypedName[] {
    const result: TypedName[] = [];
    let pending: string[] = [];
    for (let i = 0; i < items.length; i++) {
      const word = this.word(items[i], near);
      if (word !== '-') {
        pending.push(word);
        continue;
      }
      const type = this.word(items[++i], near);
      result.push(...pending.map((name) => ({ name, type })));
      pending = [];
    }
    return [...result, ...pending.map((name) => ({ name, type: 'object' }))];
  }

  action(items: readonly Lisp[], near: LispList): Action {
    const name = this.word(items[0], near);
    const fields = new Map<string, Lisp | undefined>();
    for (let i = 1; i < items.length; i += 2) fields.set(this.word(items[i], near), items[i + 1]);
    const parameters = this.typed(this.list(fields.get(':parameters') ?? [], near), near);
    const precondition = fields.get(':precondition');
    return {
      name,
      parameters,
      precondition: precondition === undefined ? TRUE : this.formula(precondition, near),
      effects: this.effects(this.list(fields.get(':effect'), near)),
    };
  }

  formula(x: Lisp | undefined, near: LispList): Formula {
    const list = this.list(x, near);
    if (list.length === 0) return TRUE;
    const [head, ...rest] = list;
    if (head === 'and' || head === 'or') return { kind: head, parts: rest.map((part) => this.formula(part, list)) };
    if (head === 'not') return { kind: 'not', part: this.formula(rest[0], list) };
    if (head === 'exists') {
      return {
        kind: 'exists',
        variables: this.typed(this.list(rest[0], list), list),
        part: this.formula(rest[1], list),
      };
    }
    if (head === '=') return { kind: 'equal', left: this.word(rest[0], list), right: this.word(rest[1], list) };
    if (head === 'forall' || head === 'imply') this.refuse(`${head} is not supported`, list);
    return { kind: 'atom', atom: this.atom(list) };
  }

  atom(list: LispList): Atom {
    const [predicate, ...terms] = list.map((x) => this.word(x, list));
    if (predicate === undefined) this.refuse('expected a predicate', list);
    return { predicate, terms };
  }

  private effects(list: LispList): Effect[] {
    const [head, ...rest] = list;
    if (head === undefined || head === 'increase') return [];
    if (head === 'and') return rest.flatMap((part) => this.effects(this.list(part, list)));
    if (head === 'when') {
      const condition = this.formula(rest[0], list);
      return this.effects(this.list(rest[1], list)).map((effect) => {
        if (effect.condition) this.refuse('a conditional effect inside another is not supported', list);
        return { ...effect, condition };
      });
    }
    if (head === 'forall') this.refuse('forall is not supported', list);
    if (head === 'not') return [{ add: false, atom: this.atom(this.list(rest[0], list)) }];
    return [{ add: true, atom: this.atom(list) }];
  }

  private refuse(problem: string, near: LispList): never {
    throw new GameTextError(this.part, problem, near.line);
  }
}
