import { GameTextError } from './errors.ts';
import type { Expression, Grammar, Piece, Query, Template } from './grammar.ts';

/**
 * The facts that texts are told from. They begin as the problem's, and change by every effect an action lists, whether or not its condition
 * held: a deleted fact becomes a fact `not_…`, which no fact is before that. So this store and the one that decides what can
 * be done may differ, as they do in the original.
 */
export class StoryFacts {
  /** Per predicate: tuples of objects, sorted. Shared with the game until changed. */
  private readonly tuples: Map<string, readonly (readonly number[])[]>;

  constructor(tuples: ReadonlyMap<string, readonly (readonly number[])[]>) {
    this.tuples = new Map(tuples);
  }

  of(predicate: string): readonly (readonly number[])[] {
    return this.tuples.get(predicate) ?? NONE;
  }

  change(predicate: string, tuple: readonly number[], add: boolean): void {
    this.remove(add ? `not_${predicate}` : predicate, tuple);
    this.insert(add ? predicate : `not_${predicate}`, tuple);
  }

  private insert(predicate: string, tuple: readonly number[]): void {
    const list = this.of(predicate);
    const at = list.findIndex((other) => compare(other, tuple) >= 0);
    if (at >= 0 && compare(list[at], tuple) === 0) return;
    const copy = [...list];
    copy.splice(at < 0 ? copy.length : at, 0, tuple);
    this.tuples.set(predicate, copy);
  }

  private remove(predicate: string, tuple: readonly number[]): void {
    const list = this.of(predicate);
    const at = list.findIndex((other) => compare(other, tuple) === 0);
    if (at >= 0) this.tuples.set(predicate, [...list.slice(0, at), ...list.slice(at + 1)]);
  }
}

const NONE: readonly (readonly number[])[] = [];

/** Objects are numbered in the order of their ids, so this is the order of the ids. */
export function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}

/** What a teller knows of objects. */
export interface ObjectNames {
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly types: readonly string[];
}

/** Placeholders (`name:type`) with the objects they stand for. */
export type Mapping = ReadonlyMap<string, number>;

/** Rules that call themselves would never end. */
const DEEPEST = 60;

/** Tells texts: expands a grammar over the facts of the moment. */
export class Teller {
  private readonly grammar: Grammar;
  private readonly objects: ObjectNames;
  private facts: StoryFacts;
  private depth = 0;

  constructor(grammar: Grammar, objects: ObjectNames, facts: StoryFacts) {
    this.grammar = grammar;
    this.objects = objects;
    this.facts = facts;
  }

  tell(template: Template, mapping: Mapping): string {
    let text = '';
    for (const piece of template) text += this.piece(piece, mapping);
    return text;
  }

  /** The first rule of that name whose condition holds for somebody; unknown names and rules without a match tell nothing. */
  rule(name: string, mapping: Mapping): string {
    if (++this.depth > DEEPEST) throw new GameTextError('grammar', `rule ${name} never comes to an end`);
    let text = '';
    for (const rule of this.grammar.rules.get(name) ?? []) {
      if (rule.condition && this.assignments(rule.condition, mapping, true).length === 0) continue;
      text = this.tell(rule.text, mapping);
      break;
    }
    this.depth--;
    return text;
  }

  private piece(piece: Piece, mapping: Mapping): string {
    if (piece.kind === 'text') return piece.text;
    if (piece.kind === 'rule') return this.rule(piece.name, mapping);
    const mappings = piece.query ? this.assignments(piece.query, mapping, false) : [mapping];
    const items = mappings.map((m) => this.expression(piece.expression, m));
    if (!piece.list) return items.join('');
    if (items.length === 0) return this.rule('list_empty', mapping);
    if (items.length === 1) return items[0];
    const last = this.rule('list_last_separator', mapping);
    return `${items.slice(0, -1).join(this.rule('list_separator', mapping))}${last}${items[items.length - 1]}`;
  }

  private expression(e: Expression, mapping: Mapping): string {
    switch (e.kind) {
      case 'text':
        return e.text;
      case 'rule':
        return this.rule(e.name, mapping);
      case 'plus':
        return e.parts.map((p) => this.expression(p, mapping)).join('');
      case 'or':
        for (const part of e.parts) {
          const text = this.expression(part, mapping);
          if (text !== '') return text;
        }
        return '';
      case 'property': {
        const object = lookup(mapping, e.variable);
        if (object === undefined)
          throw new GameTextError(
            'grammar',
            `a text asks for ${e.variable}.${e.property}, but nothing is called ${e.variable} there`,
          );
        if (e.property === 'indefinite') return 'a';
        if (e.property === 'definite') return 'the';
        return e.property === 'id' ? this.objects.ids[object] : this.objects.names[object];
      }
    }
  }

  /** Assignments that make the query true, in order: left to right, facts sorted, distinct placeholders to distinct objects. */
  private assignments(query: Query, given: Mapping, one: boolean): Mapping[] {
    const found: Mapping[] = [];
    const extend = (index: number, mapping: Mapping): boolean => {
      if (index === query.length) {
        found.push(mapping);
        return one;
      }
      const { predicate, placeholders } = query[index];
      for (const tuple of this.facts.of(predicate)) {
        const next = this.matched(placeholders, tuple, mapping);
        if (next && extend(index + 1, next)) return true;
      }
      return false;
    };
    extend(0, given);
    return found;
  }

  private matched(placeholders: readonly string[], tuple: readonly number[], mapping: Mapping): Mapping | undefined {
    if (placeholders.length !== tuple.length) return undefined;
    let next: Map<string, number> | undefined;
    for (let p = 0; p < tuple.length; p++) {
      const key = placeholders[p];
      const object = tuple[p];
      const known = (next ?? mapping).get(key);
      if (known !== undefined) {
        if (known !== object) return undefined;
        continue;
      }
      if (this.objects.types[object] !== key.slice(key.indexOf(':') + 1)) return undefined;
      for (const other of (next ?? mapping).values()) if (other === object) return undefined;
      next ??= new Map(mapping);
      next.set(key, object);
    }
    return next ?? mapping;
  }
}

function lookup(mapping: Mapping, variable: string): number | undefined {
  for (const [key, object] of mapping) if (key.startsWith(variable) && key[variable.length] === ':') return object;
  return undefined;
}
