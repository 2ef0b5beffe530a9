import { GameTextError } from './errors.ts';
import type { Expression, Grammar, Piece, Placeholder, Query, Template } from './grammar.ts';
import type { StoryFacts, Tuple } from './story.ts';

/** What a teller knows of objects. */
export interface ObjectNames {
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly types: readonly string[];
}

/** A placeholder and the object it stands for, then those that were bound before; undefined: nothing is bound. */
export interface Binding {
  readonly placeholder: Placeholder;
  readonly object: number;
  readonly before: Binding | undefined;
}

/** Placeholders bound in order to the objects at the same places. */
export function bind(placeholders: readonly Placeholder[], objects: ArrayLike<number>): Binding | undefined {
  let binding: Binding | undefined;
  for (let i = 0; i < placeholders.length; i++) {
    binding = { placeholder: placeholders[i], object: objects[i], before: binding };
  }
  return binding;
}

/** Rules that call themselves would never end. */
const DEEPEST = 60;
/** Pieces and tuples looked at for one text. Real texts need some hundred; a rule that doubles itself would need 2^60. */
const MOST_WORK = 200_000;

/** Tells texts: expands a grammar over the facts of the moment. */
export class Teller {
  private readonly grammar: Grammar;
  private readonly objects: ObjectNames;
  private readonly facts: StoryFacts;
  private depth = 0;
  private work = 0;

  constructor(grammar: Grammar, objects: ObjectNames, facts: StoryFacts) {
    this.grammar = grammar;
    this.objects = objects;
    this.facts = facts;
  }

  /** @throws GameTextError where the text would never come to an end */
  tell(template: Template, binding: Binding | undefined): string {
    this.depth = 0;
    this.work = 0;
    return this.template(template, binding);
  }

  /** The text of a rule. @throws GameTextError */
  tellRule(name: string): string {
    this.depth = 0;
    this.work = 0;
    return this.rule(name, undefined);
  }

  private template(template: Template, binding: Binding | undefined): string {
    let text = '';
    for (const piece of template) text += this.piece(piece, binding);
    return text;
  }

  /** The first rule of that name whose condition holds for somebody; unknown names and rules without a match tell nothing. */
  private rule(name: string, binding: Binding | undefined): string {
    if (++this.depth > DEEPEST) throw new GameTextError('grammar', `rule ${name} never comes to an end`);
    let text = '';
    for (const rule of this.grammar.rules.get(name) ?? []) {
      if (rule.condition && !this.holds(rule.condition, binding)) continue;
      text = this.template(rule.text, binding);
      break;
    }
    this.depth--;
    return text;
  }

  private piece(piece: Piece, binding: Binding | undefined): string {
    this.count();
    if (piece.kind === 'text') return piece.text;
    if (piece.kind === 'rule') return this.rule(piece.name, binding);
    if (!piece.query && !piece.list) return this.expression(piece.expression, binding);
    const items: string[] = [];
    if (piece.query) {
      this.extend(piece.query, 0, binding, (b) => {
        items.push(this.expression(piece.expression, b));
        return false;
      });
    } else items.push(this.expression(piece.expression, binding));
    if (!piece.list) return items.join('');
    if (items.length === 0) return this.rule('list_empty', binding);
    if (items.length === 1) return items[0];
    const last = this.rule('list_last_separator', binding);
    return `${items.slice(0, -1).join(this.rule('list_separator', binding))}${last}${items[items.length - 1]}`;
  }

  private expression(e: Expression, binding: Binding | undefined): string {
    this.count();
    switch (e.kind) {
      case 'text':
        return e.text;
      case 'rule':
        return this.rule(e.name, binding);
      case 'plus':
        return e.parts.map((p) => this.expression(p, binding)).join('');
      case 'or':
        for (const part of e.parts) {
          const text = this.expression(part, binding);
          if (text !== '') return text;
        }
        return '';
      case 'property': {
        const object = lookup(binding, e.variable);
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

  private holds(query: Query, binding: Binding | undefined): boolean {
    return this.extend(query, 0, binding, stopAtFirst);
  }

  /**
   * Assignments that make the query true, in order: left to right, facts sorted, distinct placeholders to distinct objects.
   *
   * @returns whether `found` stopped the search
   */
  private extend(
    query: Query,
    index: number,
    binding: Binding | undefined,
    found: (binding: Binding | undefined) => boolean,
  ): boolean {
    if (index === query.length) return found(binding);
    const { predicate, placeholders } = query[index];
    const relation = this.facts.of(predicate);
    const tuples = this.candidates(relation, placeholders, binding);
    for (const tuple of tuples) {
      this.count();
      const next = this.matched(placeholders, tuple, binding);
      if (next !== NO_MATCH && this.extend(query, index + 1, next, found)) return true;
    }
    return false;
  }

  /** The tuples that agree with the first placeholder that is bound already; all where none is. */
  private candidates(
    relation: ReturnType<StoryFacts['of']>,
    placeholders: readonly Placeholder[],
    binding: Binding | undefined,
  ): readonly Tuple[] {
    for (let p = 0; p < placeholders.length; p++) {
      const object = objectOf(binding, placeholders[p]);
      if (object >= 0) return relation.where(p, object);
    }
    return relation.tuples;
  }

  private matched(
    placeholders: readonly Placeholder[],
    tuple: Tuple,
    binding: Binding | undefined,
  ): Binding | undefined | typeof NO_MATCH {
    if (placeholders.length !== tuple.length) return NO_MATCH;
    let next = binding;
    for (let p = 0; p < tuple.length; p++) {
      const object = tuple[p];
      const known = objectOf(next, placeholders[p]);
      if (known >= 0) {
        if (known !== object) return NO_MATCH;
        continue;
      }
      if (this.objects.types[object] !== placeholders[p].type || isTaken(next, object)) return NO_MATCH;
      next = { placeholder: placeholders[p], object, before: next };
    }
    return next;
  }

  private count(): void {
    if (++this.work > MOST_WORK)
      throw new GameTextError(
        'grammar',
        `a text takes more than ${MOST_WORK} steps to tell: some rule multiplies itself`,
      );
  }
}

/** Told apart from `undefined`, which is a binding of nothing. */
const NO_MATCH = null;

function stopAtFirst(): boolean {
  return true;
}

/** The object a placeholder stands for, −1 where it is not bound. */
function objectOf(binding: Binding | undefined, { name, type }: Placeholder): number {
  for (let b = binding; b !== undefined; b = b.before) {
    if (b.placeholder.name === name && b.placeholder.type === type) return b.object;
  }
  return -1;
}

function isTaken(binding: Binding | undefined, object: number): boolean {
  for (let b = binding; b !== undefined; b = b.before) if (b.object === object) return true;
  return false;
}

/** What was bound first under that name, of whatever type. */
function lookup(binding: Binding | undefined, variable: string): number | undefined {
  let object: number | undefined;
  for (let b = binding; b !== undefined; b = b.before) if (b.placeholder.name === variable) object = b.object;
  return object;
}
