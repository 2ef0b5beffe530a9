import { reachable } from './oracle.test-support.ts';
import { type Formula, parseDomain, parseProblem, type TypedName } from './pddl.ts';

interface Wording {
  readonly template: string;
  readonly feedback: string;
}

/** A fact as its predicate and the ids of its arguments. */
type Fact = readonly string[];
/** `name:type` → id, in the order of binding. */
type Mapping = ReadonlyMap<string, string>;

/**
 * A text game once more, as slowly and directly as the rules read: facts are texts in a set, a grammar is read with a few regular
 * expressions and expanded on strings, every query goes through all facts. What the interpreter is compared with.
 */
export class SlowGame {
  observation: string;
  private readonly domainText: string;
  private readonly problemText: string;
  private readonly names: ReadonlyMap<string, string>;
  private readonly types: ReadonlyMap<string, string>;
  private readonly rules = new Map<string, { condition?: string; rhs: string }[]>();
  private readonly wordings = new Map<string, Wording>();
  private facts = new Set<string>();
  private story = new Set<string>();

  constructor(
    texts: { readonly domain: string; readonly grammar: string; readonly problem: string },
    names: ReadonlyMap<string, string>,
  ) {
    this.domainText = texts.domain;
    this.problemText = texts.problem;
    this.names = names;
    const domain = parseDomain(texts.domain);
    const { objects, init } = parseProblem(texts.problem);
    this.types = new Map([...domain.constants, ...objects].map(({ name, type }) => [name, type]));
    for (const { predicate, terms } of init) this.facts.add([predicate, ...terms].join(' '));
    this.story = new Set(this.facts);
    for (const [, json] of texts.grammar.matchAll(/grammar\s*::\s*"""([\s\S]*?)"""/g)) {
      for (const [name, list] of Object.entries(JSON.parse(json))) this.rules.set(name, list as never);
    }
    const actions = /action\s+([\w-]+)\s*\{\s*template\s*::\s*"([^"]*)"\s*;\s*feedback\s*::\s*"([^"]*)"/g;
    for (const [, name, template, feedback] of texts.grammar.matchAll(actions)) {
      this.wordings.set(name.toLowerCase(), { template, feedback });
    }
    this.observation = this.rule('intro', new Map());
  }

  factTexts(): string[] {
    return Array.from(this.facts, (fact) => `(${fact})`).sort();
  }

  get won(): boolean {
    return this.holds(parseProblem(this.problemText).goal, new Map());
  }

  /** Commands with what they would do. */
  commands(): Map<string, { action: string; values: string[] }> {
    const commands = new Map<string, { action: string; values: string[] }>();
    for (const operator of reachable(this.domainText, this.problemText, this.factTexts())) {
      const wording = this.wordings.get(operator.action);
      if (wording === undefined) continue;
      const text = this.expand(wording.template, this.mappingOf(operator));
      if (!commands.has(text)) commands.set(text, operator);
    }
    return commands;
  }

  apply(text: string, commands = this.commands()): void {
    const operator = commands.get(text);
    if (operator === undefined) {
      this.observation = 'Nothing happens.';
      return;
    }
    const { effects, parameters } = this.action(operator.action);
    const binding = new Map(parameters.map(({ name }, i) => [name, operator.values[i]]));
    const ground = (terms: readonly string[]): string[] => terms.map((t) => binding.get(t) ?? t);
    const listed = effects.map((e) => ({
      ...e,
      fact: [e.atom.predicate, ...ground(e.atom.terms)].join(' '),
      happens: e.condition === undefined || this.holds(e.condition, binding),
    }));
    for (const { add, fact, happens } of listed) if (!add && happens) this.facts.delete(fact);
    for (const { add, fact, happens } of listed) if (add && happens) this.facts.add(fact);
    for (const { add, fact } of listed) {
      this.story.delete(add ? `not_${fact}` : fact);
      this.story.add(add ? fact : `not_${fact}`);
    }
    this.observation = this.expand((this.wordings.get(operator.action) as Wording).feedback, this.mappingOf(operator));
  }

  private action(name: string) {
    return parseDomain(this.domainText).actions.find((action) => action.name === name)!;
  }

  private mappingOf({ action, values }: { action: string; values: string[] }): Mapping {
    const { parameters } = this.action(action);
    return new Map(parameters.map(({ name, type }: TypedName, i) => [`${name.slice(1)}:${type}`, values[i]]));
  }

  private holds(f: Formula, binding: ReadonlyMap<string, string>): boolean {
    const term = (t: string): string => binding.get(t) ?? t;
    switch (f.kind) {
      case 'and':
        return f.parts.every((p) => this.holds(p, binding));
      case 'or':
        return f.parts.some((p) => this.holds(p, binding));
      case 'not':
        return !this.holds(f.part, binding);
      case 'atom':
        return this.facts.has([f.atom.predicate, ...f.atom.terms.map(term)].join(' '));
      case 'equal':
        return term(f.left) === term(f.right);
      case 'exists': {
        const [first, ...rest] = f.variables;
        const part: Formula = rest.length === 0 ? f.part : { kind: 'exists', variables: rest, part: f.part };
        return [...this.types].some(
          ([id, type]) => type === first.type && this.holds(part, new Map([...binding, [first.name, id]])),
        );
      }
    }
  }

  private rule(name: string, mapping: Mapping): string {
    for (const { condition, rhs } of this.rules.get(name) ?? []) {
      if (condition !== undefined && this.assignments(condition, mapping).length === 0) continue;
      return this.expand(rhs, mapping);
    }
    return '';
  }

  private expand(text: string, mapping: Mapping): string {
    const start = text.replace(/^\s*\n?/, '');
    return start.replace(/#([^#]*)#|\[\{([^{}]*)\}\]|\{([^{}]*)\}/g, (_, rule, list, single) => {
      if (rule !== undefined) return this.rule(rule, mapping);
      const [expression, query] = (list ?? single).split('|') as [string, string | undefined];
      const mappings = query === undefined ? [mapping] : this.assignments(query, mapping);
      const items = mappings.map((m) => this.say(expression.trim(), m));
      if (list === undefined) return items.join('');
      if (items.length < 2) return items[0] ?? this.rule('list_empty', mapping);
      const last = items.pop() as string;
      return items.join(this.rule('list_separator', mapping)) + this.rule('list_last_separator', mapping) + last;
    });
  }

  private say(expression: string, mapping: Mapping): string {
    if (expression.includes(' or ')) {
      return (
        expression
          .split(' or ')
          .map((part) => this.say(part.trim(), mapping))
          .find((text) => text !== '') ?? ''
      );
    }
    if (expression.includes('+'))
      return expression
        .split('+')
        .map((part) => this.say(part.trim(), mapping))
        .join('');
    if (expression.startsWith('#')) return this.rule(expression.slice(1, -1), mapping);
    if (expression.startsWith("'")) return expression.slice(1, -1);
    const [variable, property = 'name'] = expression.split('.');
    const id = [...mapping].find(([key]) => key.split(':')[0] === variable)?.[1] as string;
    return property === 'indefinite'
      ? 'a'
      : property === 'definite'
        ? 'the'
        : property === 'id'
          ? id
          : (this.names.get(id) as string);
  }

  /** Left to right, the facts of each predicate sorted, distinct placeholders for distinct things. */
  private assignments(query: string, given: Mapping): Mapping[] {
    let found: Mapping[] = [given];
    for (const part of query.split('&')) {
      const [, predicate, inside] = /^\s*([\w-]+)\s*\((.*)\)\s*$/.exec(part) as unknown as string[];
      const placeholders = inside.split(',').map((p) => p.replace(/\s+/g, '').toLowerCase());
      const tuples: Fact[] = [...this.story]
        .map((fact) => fact.split(' '))
        .filter((fact) => fact[0] === predicate.toLowerCase())
        .map((fact) => fact.slice(1))
        .sort((a, b) => (a.join('\u0000') < b.join('\u0000') ? -1 : 1));
      found = found.flatMap((mapping) => tuples.flatMap((tuple) => this.match(placeholders, tuple, mapping) ?? []));
    }
    return found;
  }

  private match(placeholders: readonly string[], tuple: Fact, mapping: Mapping): Mapping | undefined {
    const next = new Map(mapping);
    for (const [i, placeholder] of placeholders.entries()) {
      const known = next.get(placeholder);
      if (known !== undefined ? known !== tuple[i] : this.types.get(tuple[i]) !== placeholder.split(':')[1])
        return undefined;
      if (known === undefined && [...next.values()].includes(tuple[i])) return undefined;
      next.set(placeholder, tuple[i]);
    }
    return next;
  }
}
