import { GameTextError } from './errors.ts';

/** The twl2 grammar: how commands and answers are worded. */
export interface Grammar {
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
  /** By lower-case action name. */
  readonly actions: ReadonlyMap<string, ActionWording>;
}

export interface ActionWording {
  readonly template: Template;
  readonly feedback: Template;
}

export interface Rule {
  readonly condition: Query | undefined;
  readonly text: Template;
}

/** A conjunction of predicates over typed placeholders; read from left to right. */
export type Query = readonly { readonly predicate: string; readonly placeholders: readonly Placeholder[] }[];

/** `name:type`. There is one of each, so that two are the same exactly when they are one object. */
export interface Placeholder {
  readonly name: string;
  readonly type: string;
}

export type Template = readonly Piece[];

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'rule'; readonly name: string }
  | {
      readonly kind: 'each';
      readonly expression: Expression;
      readonly query: Query | undefined;
      readonly list: boolean;
    };

export type Expression =
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'property';
      readonly variable: string;
      readonly property: 'name' | 'id' | 'indefinite' | 'definite';
    }
  | { readonly kind: 'or' | 'plus'; readonly parts: readonly Expression[] };

type JsonRules = Record<string, { rhs: string; condition?: string }[]>;

/** Blocks and texts recur from game to game and are read once, but for the long block with the task sentence. */
const blocks = new Map<string, [string, Rule[]][]>();
const templates = new Map<string, Template>();
const REMEMBERED = 1024;
const LONGEST_REMEMBERED = 2000;

function remembered<T>(store: Map<string, T>, key: string, make: () => T): T {
  if (key.length > LONGEST_REMEMBERED) return make();
  let value = store.get(key);
  if (value === undefined) {
    value = make();
    if (store.size >= REMEMBERED) store.clear();
    store.set(key, value);
  }
  return value;
}

const placeholderOf = new Map<string, Placeholder>();

/** The placeholder of that name and type. */
export function placeholder(name: string, type: string): Placeholder {
  return remembered(placeholderOf, `${name}:${type}`, () => ({ name, type }));
}

/** @throws GameTextError */
export function parseGrammar(text: string): Grammar {
  const rules = new Map<string, readonly Rule[]>();
  const actions = new Map<string, ActionWording>();
  const source = new Source(text);
  const readRules = (): void => {
    for (const [name, list] of remembered(blocks, source.block(), () => parseRules(source.last, source)))
      rules.set(name, list);
    source.expect(';');
  };
  while (!source.atEnd()) {
    const word = source.word();
    if (word === 'grammar') {
      source.expect('::');
      readRules();
    } else if (word === 'action') {
      const name = source.word().toLowerCase();
      const wording: { template?: Template; feedback?: Template } = {};
      source.expect('{');
      while (!source.take('}')) {
        const field = source.word();
        source.expect('::');
        if (field === 'grammar') readRules();
        else if (field === 'template' || field === 'feedback') {
          wording[field] = parseTemplate(source.string(), source);
          source.expect(';');
        } else source.refuse(`an action has no ${field}`);
      }
      const { template, feedback } = wording;
      if (!template || !feedback) source.refuse(`action ${name} needs a template and a feedback`);
      actions.set(name, { template, feedback } as ActionWording);
    } else source.refuse(`expected grammar or action, found ${word}`);
  }
  return { rules, actions };
}

function parseRules(json: string, source: Source): [string, Rule[]][] {
  let parsed: JsonRules;
  try {
    parsed = JSON.parse(json) as JsonRules;
  } catch (error) {
    return source.refuse(`a grammar block is not JSON: ${(error as Error).message}`);
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed))
    source.refuse('a grammar block must be a JSON object');
  return Object.entries(parsed).map(([name, list]) => {
    if (!Array.isArray(list)) source.refuse(`rule ${name} must be a list`);
    return [
      name,
      list.map((rule) => {
        if (typeof rule?.rhs !== 'string') source.refuse(`rule ${name} needs a text rhs`);
        const condition = rule.condition === undefined ? undefined : parseQuery(String(rule.condition), source);
        return { condition, text: parseTemplate(rule.rhs, source) };
      }),
    ];
  });
}

/** Reads the outer file. */
class Source {
  private readonly text: string;
  private at = 0;
  last = '';

  constructor(text: string) {
    this.text = text;
  }

  private skip(): void {
    for (;;) {
      while (this.at < this.text.length && /\s/.test(this.text[this.at])) this.at++;
      if (this.text[this.at] !== '#') return;
      const end = this.text.indexOf('\n', this.at);
      this.at = end < 0 ? this.text.length : end;
    }
  }

  atEnd(): boolean {
    this.skip();
    return this.at >= this.text.length;
  }

  take(token: string): boolean {
    this.skip();
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) this.refuse(`expected ${token}`);
  }

  word(): string {
    this.skip();
    const match = /[\w-]+/y;
    match.lastIndex = this.at;
    const found = match.exec(this.text);
    if (!found) return this.refuse('expected a name');
    this.at += found[0].length;
    return found[0];
  }

  string(): string {
    return this.delimited('"');
  }

  block(): string {
    this.last = this.delimited('"""');
    return this.last;
  }

  private delimited(quote: string): string {
    this.expect(quote);
    const end = this.text.indexOf(quote, this.at);
    if (end < 0) this.refuse(`a ${quote} is never closed`);
    const inside = this.text.slice(this.at, end);
    this.at = end + quote.length;
    return inside;
  }

  refuse(problem: string): never {
    throw new GameTextError('grammar', problem, this.text.slice(0, this.at).split('\n').length);
  }
}

/** `pred(a:type, b:type) & …` */
function parseQuery(text: string, source: Source): Query {
  return text.split('&').map((part) => {
    const match = /^\s*([\w-]+)\s*\(([^()]*)\)\s*$/.exec(part);
    if (!match) return source.refuse(`cannot read the condition ${JSON.stringify(text)}`);
    const placeholders =
      match[2].trim() === '' ? [] : match[2].split(',').map((p) => p.replace(/\s+/g, '').toLowerCase());
    for (const p of placeholders)
      if (!/^[\w-]+:[\w,-]+$/.test(p)) source.refuse(`${p} in ${JSON.stringify(text)} is not name:type`);
    return {
      predicate: match[1].toLowerCase(),
      placeholders: placeholders.map((p) => placeholder(p.slice(0, p.indexOf(':')), p.slice(p.indexOf(':') + 1))),
    };
  });
}

/** Whitespace and a comment count as nothing at the very start only. */
const LEADING = /^(?:\/\/.*|\s*)\n?/;

function parseTemplate(text: string, source: Source): Template {
  return remembered(templates, text, () => pieces(text.replace(LEADING, ''), source));
}

function pieces(text: string, source: Source): Template {
  const result: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const rule = /^#([^#]*)#/.exec(rest);
    const each = /^(\[)?\{([^{}]*)\}(\])?/.exec(rest);
    const plain = /^[^#{}[\]]+/.exec(rest);
    if (rule) {
      result.push({ kind: 'rule', name: rule[1] });
      at += rule[0].length;
    } else if (each && (each[1] !== undefined) === (each[3] !== undefined)) {
      const bar = each[2].indexOf('|');
      const query = bar < 0 ? undefined : parseQuery(each[2].slice(bar + 1), source);
      const expression = parseExpression(bar < 0 ? each[2] : each[2].slice(0, bar), source);
      result.push({ kind: 'each', expression, query, list: each[1] !== undefined });
      at += each[0].length;
    } else if (plain) {
      result.push({ kind: 'text', text: plain[0] });
      at += plain[0].length;
    } else {
      // A stray bracket, as ALFWorld's unused rules have: text.
      result.push({ kind: 'text', text: rest[0] });
      at++;
    }
  }
  return result;
}

function parseExpression(text: string, source: Source): Expression {
  const e = text.trim();
  const alternatives = e.split(/\s+or\s+/);
  if (alternatives.length > 1) return { kind: 'or', parts: alternatives.map((p) => parseExpression(p, source)) };
  const sum = e.split(/\s*\+\s*/);
  if (sum.length > 1) return { kind: 'plus', parts: sum.map((p) => parseExpression(p, source)) };
  const rule = /^#([^#]*)#$/.exec(e);
  if (rule) return { kind: 'rule', name: rule[1] };
  const literal = /^'([^']*)'$/.exec(e);
  if (literal) return { kind: 'text', text: literal[1] };
  // Texts that mix rules and properties, such as "{r.indefinite} {r.name}", arrive here one by one.
  const property = /^(\w+)(?:\.(\w+))?$/.exec(e);
  const name = property?.[2] ?? 'name';
  if (!property || !(name === 'name' || name === 'id' || name === 'indefinite' || name === 'definite')) {
    return source.refuse(`cannot read the expression {${text}}`);
  }
  return { kind: 'property', variable: property[1].toLowerCase(), property: name };
}
