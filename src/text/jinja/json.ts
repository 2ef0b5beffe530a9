import { pythonFloat } from '../python-text.ts';
import { Budget } from './budget.ts';
import { Operations } from './operations.ts';
import { TemplateError } from './template-error.ts';
import { type Dict, Float, typeName, type Value } from './values.ts';

/** How `json.dumps` writes where nothing is said. */
const USUAL: JsonStyle = { indent: null, separators: null, sortKeys: false, ensureAscii: false };

/** What `json.dumps` with `ensure_ascii=False` writes of what `parseJson` has read. */
export function writeJson(value: Value): string {
  return formatJson(new Operations(new Budget()), value, USUAL);
}

/** How `json.dumps` writes. */
export interface JsonStyle {
  /** White space of a level, on lines of their own; null for one line. */
  readonly indent: string | null;
  /** Between items, and between a key and its value; null for the usual ones. */
  readonly separators: readonly [string, string] | null;
  readonly sortKeys: boolean;
  readonly ensureAscii: boolean;
}

/**
 * What Python's `json.dumps` writes of a value.
 *
 * @throws TemplateError for what JSON has no form for
 */
export function formatJson(ops: Operations, value: Value, style: JsonStyle, level = 0): string {
  ops.budget.step();
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint')
    return ops.made(String(value));
  if (value instanceof Float) return floatJson(value.value);
  if (typeof value === 'string') return ops.made(textJson(value, style.ensureAscii));
  const [between, colon] = style.separators ?? [style.indent === null ? ', ' : ',', ': '];
  const line = (depth: number, times = 1): string => {
    if (style.indent === null) return '';
    ops.budget.text(times * (1 + style.indent.length * depth));
    return `\n${style.indent.repeat(depth)}`;
  };
  const block = (open: string, items: readonly string[], close: string): string => {
    if (items.length === 0) return open + close;
    return ops.made(open + line(level + 1) + items.join(between + line(level + 1, items.length)) + line(level) + close);
  };
  const inner = (item: Value): string => formatJson(ops, item, style, level + 1);
  if (Array.isArray(value)) return block('[', value.map(inner), ']');
  if (!(value instanceof Map)) throw new TemplateError(`Object of type ${typeName(value)} is not JSON serializable.`);
  const entries = sorted(ops, value, style).map(
    ([name, item]) => textJson(keyText(name), style.ensureAscii) + colon + inner(item),
  );
  return block('{', entries, '}');
}

function sorted(ops: Operations, dict: Dict, { sortKeys }: JsonStyle): [Value, Value][] {
  return sortKeys ? [...dict].sort(([a], [b]) => ops.order(a, b)) : [...dict];
}

function keyText(name: Value): string {
  if (typeof name === 'string') return name;
  if (name === null) return 'null';
  if (name instanceof Float) return floatJson(name.value);
  if (typeof name === 'object')
    throw new TemplateError(`keys must be str, int, float, bool or None, not ${typeName(name)}.`);
  return String(name);
}

function floatJson(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? pythonFloat(value) : value > 0 ? 'Infinity' : '-Infinity';
}

function textJson(text: string, ensureAscii: boolean): string {
  // JSON.stringify writes lone surrogates as escapes, where Python leaves them.
  const json = SURROGATE.test(text) ? textJsonByCharacters(text) : JSON.stringify(text);
  return ensureAscii
    ? json.replace(/[\x7f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : json;
}

function textJsonByCharacters(text: string): string {
  return `"${text.replace(/[^\ud800-\udfff]+/g, (part) => JSON.stringify(part).slice(1, -1))}"`;
}

const SURROGATE = /[\ud800-\udfff]/;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const WORDS: readonly (readonly [string, Value])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', new Float(Number.NaN)],
  ['Infinity', new Float(Number.POSITIVE_INFINITY)],
  ['-Infinity', new Float(Number.NEGATIVE_INFINITY)],
];

/** Digits, as Python has it. */
const LONGEST_INTEGER = 4300;

/** Deepest nesting that is read. */
const DEEPEST = 500;

/**
 * What Python's `json.loads` reads: 1 and 1.0 stay two things, long integers exact, keys in their order.
 *
 * @throws SyntaxError naming the character
 */
export function parseJson(text: string): Value {
  const reader = new JsonReader(text, 0);
  const value = reader.value(0);
  reader.end();
  return value;
}

/**
 * As `parseJson`, of a value inside a text: what stands from an index on, and where it ends.
 *
 * @throws SyntaxError naming the character
 */
export function parseJsonAt(text: string, start: number): { value: Value; end: number } {
  const reader = new JsonReader(text, start);
  return { value: reader.value(0), end: reader.at };
}

class JsonReader {
  at: number;
  private readonly text: string;

  constructor(text: string, start: number) {
    this.text = text;
    this.at = start;
  }

  value(depth: number): Value {
    if (depth > DEEPEST) throw this.error(`nesting deeper than ${DEEPEST}`);
    this.space();
    switch (this.text[this.at]) {
      case '{':
        return this.dict(depth);
      case '[':
        return this.list(depth);
      case '"':
        return this.string();
    }
    for (const [word, value] of WORDS) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return value;
    }
    return this.number();
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) throw this.error('more text after the value');
  }

  private dict(depth: number): Value {
    const dict: Dict = new Map();
    this.at++;
    if (this.skip('}')) return dict;
    do {
      this.space();
      if (this.text[this.at] !== '"') throw this.error('no key in quotes');
      const name = this.string();
      if (!this.skip(':')) throw this.error('no ":"');
      dict.set(name, this.value(depth + 1));
    } while (this.skip(','));
    if (!this.skip('}')) throw this.error('no "," or "}"');
    return dict;
  }

  private list(depth: number): Value {
    const items: Value[] = [];
    this.at++;
    if (this.skip(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.skip(','));
    if (!this.skip(']')) throw this.error('no "," or "]"');
    return items;
  }

  private string(): string {
    const found = this.match(STRING);
    if (found === undefined) throw this.error('a string that is malformed');
    try {
      return JSON.parse(found[0]);
    } catch {
      throw this.error('a string that is malformed');
    }
  }

  private number(): Value {
    const found = this.match(NUMBER);
    if (found === undefined) throw this.error('no value');
    if (found[1] !== undefined || found[2] !== undefined) return new Float(Number(found[0]));
    const number = Number(found[0]);
    if (Number.isSafeInteger(number)) return number + 0;
    if (found[0].length > LONGEST_INTEGER) throw this.error('an integer with too many digits');
    return BigInt(found[0]);
  }

  private skip(mark: string): boolean {
    this.space();
    if (this.text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  private space(): void {
    this.match(SPACE);
  }

  private match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text) ?? undefined;
    this.at += found?.[0].length ?? 0;
    return found;
  }

  private error(problem: string): SyntaxError {
    return new SyntaxError(`${problem} at character ${this.at}`);
  }
}
