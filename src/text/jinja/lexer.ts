import { isPythonSpace, PYTHON_SPACE } from '../python-text.ts';
import { TemplateError } from './template-error.ts';

/**
 * Cuts a template into tokens as Jinja does with `trim_blocks` and `lstrip_blocks`: the line break after a block goes, and so
 * does the white space before a block that begins its line.
 */

export type Token =
  | { readonly type: 'text' | 'name' | 'string' | 'operator'; readonly line: number; readonly value: string }
  | { readonly type: 'integer'; readonly line: number; readonly value: number | bigint }
  | { readonly type: 'float'; readonly line: number; readonly value: number }
  | { readonly type: Mark; readonly line: number; readonly value: '' };

/** `{{`, `}}`, `{%`, `%}` and the end of the template. */
export type Mark = 'output begin' | 'output end' | 'block begin' | 'block end' | 'end';

const SPACES = new RegExp(`${PYTHON_SPACE}*`, 'y');
const OPENING = /\{%(-|\+|)|\{#(-|\+|)|\{\{(-|\+|)/g;
const RAW = new RegExp(`${PYTHON_SPACE}*raw${PYTHON_SPACE}*(-%\\}|%\\})`, 'y');
const END_RAW = new RegExp(`\\{%(-|\\+|)${PYTHON_SPACE}*endraw${PYTHON_SPACE}*(\\+%\\}|-%\\}|%\\})`, 'g');
const COMMENT_END = /[+-]?#\}/g;
const BLOCK_END = /[+-]?%\}/y;
const OUTPUT_END = /-?\}\}/y;
const FLOAT = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
const STRING = /'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;
/** Digits, as Python has it. */
const LONGEST_INTEGER = 4300;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** @throws TemplateError naming the line */
export function tokenize(template: string): Token[] {
  return new Lexer(template).run();
}

class Lexer {
  private readonly source: string;
  private readonly tokens: Token[] = [];
  private at = 0;
  private line = 1;
  private nextBreak: number;

  constructor(template: string) {
    // Jinja knows only line feeds, and leaves out the last one.
    const source = template.replace(/\r\n?/g, '\n');
    this.source = source.endsWith('\n') ? source.slice(0, -1) : source;
    this.nextBreak = this.breakFrom(0);
  }

  run(): Token[] {
    while (this.at < this.source.length) {
      const opening = this.search(OPENING);
      if (opening === undefined) {
        this.push('text', this.source.slice(this.at));
        this.at = this.source.length;
        break;
      }
      this.piece(opening);
    }
    this.mark('end');
    return this.tokens;
  }

  /** The text up to an opening, and what it opens. */
  private piece(opening: RegExpExecArray): void {
    const kind = opening[0][1];
    const sign = opening[1] ?? opening[2] ?? opening[3];
    const begin = opening.index;
    const text = this.textBefore(begin, sign, kind !== '{');
    const inside = begin + opening[0].length;
    if (text !== '') this.push('text', text);
    this.at = begin;
    this.count();
    const raw = kind === '%' ? matchAt(RAW, this.source, inside) : undefined;
    if (raw !== undefined) {
      this.raw(inside + raw[0].length, raw[1]);
    } else if (kind === '#') {
      this.at = inside;
      const end = this.search(COMMENT_END);
      if (end === undefined) throw new TemplateError('a comment has no end. Close it with #}.', this.line);
      this.after(end.index + end[0].length, end[0][0]);
    } else {
      this.at = inside;
      this.inside(kind === '%' ? 'block' : 'output');
    }
  }

  /** The text from here to an index, without the white space that the tag there takes away. */
  private textBefore(end: number, sign: string, isBlock: boolean): string {
    const text = this.source.slice(this.at, end);
    if (sign === '-') return stripEnd(text);
    if (sign === '+' || !isBlock) return text;
    const lineStart = text.lastIndexOf('\n') + 1;
    const startsLine = lineStart > 0 || this.at === 0 || this.source[this.at - 1] === '\n';
    return startsLine && stripEnd(text.slice(lineStart)) === '' ? text.slice(0, lineStart) : text;
  }

  private raw(start: number, opened: string): void {
    this.at = start;
    if (opened[0] === '-') this.at += matchAt(SPACES, this.source, this.at)![0].length;
    const end = this.search(END_RAW);
    if (end === undefined) throw new TemplateError('{% raw %} has no end. Close it with {% endraw %}.', this.line);
    const text = this.textBefore(end.index, end[1], true);
    if (text !== '') this.push('text', text);
    this.after(end.index + end[0].length, end[2][0]);
  }

  /** Goes on after a block or comment: its sign and `trim_blocks` say what of the white space there goes. */
  private after(end: number, sign: string): void {
    this.at = end;
    if (sign === '-') this.at += matchAt(SPACES, this.source, end)![0].length;
    else if (sign !== '+' && this.source[end] === '\n') this.at++;
  }

  /** Tokens up to the end of a block or output. */
  private inside(kind: 'block' | 'output'): void {
    const open: string[] = [];
    this.mark(`${kind} begin`);
    for (;;) {
      this.at += matchAt(SPACES, this.source, this.at)![0].length;
      if (this.at >= this.source.length) {
        const end = kind === 'block' ? '%}' : '}}';
        throw new TemplateError(`the template ends inside a tag. Close it with ${end}.`, this.count());
      }
      const end =
        open.length > 0 ? undefined : matchAt(kind === 'block' ? BLOCK_END : OUTPUT_END, this.source, this.at);
      if (end !== undefined) {
        this.mark(`${kind} end`);
        if (kind === 'block') this.after(this.at + end[0].length, end[0][0]);
        else {
          this.at += end[0].length;
          if (end[0][0] === '-') this.at += matchAt(SPACES, this.source, this.at)![0].length;
        }
        return;
      }
      this.token(open);
    }
  }

  private token(open: string[]): void {
    const line = this.count();
    const take = (pattern: RegExp): string | undefined => {
      const found = matchAt(pattern, this.source, this.at)?.[0];
      this.at += found?.length ?? 0;
      return found;
    };
    const float = take(FLOAT);
    if (float !== undefined) {
      this.tokens.push({ type: 'float', line, value: Number(float.replaceAll('_', '')) });
      return;
    }
    const integer = take(INTEGER);
    if (integer !== undefined) {
      if (integer.length > LONGEST_INTEGER) throw new TemplateError('an integer has too many digits.', line);
      const value = BigInt(integer.replaceAll('_', ''));
      this.tokens.push({ type: 'integer', line, value: Number.isSafeInteger(Number(value)) ? Number(value) : value });
      return;
    }
    const name = take(NAME);
    if (name !== undefined) {
      this.tokens.push({ type: 'name', line, value: name });
      return;
    }
    const string = take(STRING);
    if (string !== undefined) {
      this.tokens.push({ type: 'string', line, value: unescaped(string.slice(1, -1), line) });
      return;
    }
    const operator = take(OPERATOR);
    if (operator === undefined) {
      throw new TemplateError(`unexpected character ${JSON.stringify(this.source[this.at])}.`, line);
    }
    balance(operator, open, line);
    this.tokens.push({ type: 'operator', line, value: operator });
  }

  private push(type: 'text', value: string): void {
    this.tokens.push({ type, line: this.count(), value });
  }

  private mark(type: Mark): void {
    this.tokens.push({ type, line: this.count(), value: '' });
  }

  private search(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    return pattern.exec(this.source) ?? undefined;
  }

  /** The line of where we are. */
  private count(): number {
    while (this.nextBreak < this.at) {
      this.line++;
      this.nextBreak = this.breakFrom(this.nextBreak + 1);
    }
    return this.line;
  }

  private breakFrom(start: number): number {
    const found = this.source.indexOf('\n', start);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isPythonSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

function balance(operator: string, open: string[], line: number): void {
  if (operator in CLOSING) open.push(CLOSING[operator]);
  if (operator !== ')' && operator !== ']' && operator !== '}') return;
  const expected = open.pop();
  if (expected === operator) return;
  throw new TemplateError(`unexpected "${operator}"${expected === undefined ? '' : `, expected "${expected}"`}.`, line);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
};

/** A string as Python's `unicode_escape` reads it. */
function unescaped(text: string, line: number): string {
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|(.))/gs,
    (whole, x?: string, u?: string, long?: string, octal?: string, character?: string) => {
      const point = octal === undefined ? Number.parseInt(x ?? u ?? long ?? 'none', 16) : Number.parseInt(octal, 8);
      if (point <= 0x10ffff) return String.fromCodePoint(point);
      if (character === undefined || 'xuUN'.includes(character)) {
        throw new TemplateError(`the escape ${whole} in a string is malformed or not supported.`, line);
      }
      return ESCAPES[character] ?? whole;
    },
  );
}
