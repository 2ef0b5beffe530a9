import { isPythonSpace, pythonSplit, pythonString } from '../python-text.ts';
import { asInteger, asText, bind, REQUIRED, type Signature } from './arguments.ts';
import { formatBraces } from './format.ts';
import type { Operations } from './operations.ts';
import { TemplateError } from './template-error.ts';
import {
  Callable,
  characters,
  type Named,
  Tuple,
  textLength,
  tupleOf,
  typeName,
  Undefined,
  type Value,
  View,
} from './values.ts';

/** The methods of Python's strings, lists and dictionaries that do not change them. */

/** A method of a value; undefined where it has none of that name. */
export function methodOf(ops: Operations, value: Value, name: string): Value | undefined {
  if (typeof value === 'string') {
    if (name === 'format') return new Callable(name, (args, named) => formatBraces(ops, value, args, named));
    const method = TEXT_METHODS.get(name);
    return method === undefined ? undefined : bound(ops, name, method, value);
  }
  if (Array.isArray(value)) {
    if (!(value instanceof Tuple) && LIST_CHANGES.has(name)) return unsafe(value, name);
    const method = value instanceof Tuple && name === 'copy' ? undefined : LIST_METHODS.get(name);
    return method === undefined ? undefined : bound(ops, name, method, value);
  }
  if (!(value instanceof Map)) return undefined;
  if (DICT_CHANGES.has(name)) return unsafe(value, name);
  const method = DICT_METHODS.get(name);
  return method === undefined ? undefined : bound(ops, name, method, value);
}

type Method<T> = readonly [Signature, (value: T, args: readonly Value[], ops: Operations) => Value];

function bound<T>(ops: Operations, name: string, [signature, call]: Method<T>, value: T): Callable {
  return new Callable(name, (args, named: Named) => {
    if (typeof value === 'string') ops.budget.text(value.length);
    return call(value, bind(`${name}()`, signature, args, named), ops);
  });
}

function unsafe(value: Value, name: string): Undefined {
  return new Undefined(
    `access to attribute '${name}' of '${typeName(value)}' object is unsafe: templates may not change values`,
  );
}

const LIST_CHANGES = new Set(['append', 'clear', 'pop', 'reverse', 'insert', 'sort', 'extend', 'remove']);
const DICT_CHANGES = new Set(['clear', 'pop', 'popitem', 'setdefault', 'update']);

const LIST_METHODS: ReadonlyMap<string, Method<Value[]>> = new Map<string, Method<Value[]>>([
  ['copy', [{}, (list, _, ops) => charged(ops, list.slice())]],
  ['count', [{ value: REQUIRED }, (list, [item], ops) => list.filter((other) => ops.equal(other, item)).length]],
  [
    'index',
    [
      { value: REQUIRED },
      (list, [item], ops) => {
        const at = list.findIndex((other) => ops.equal(other, item));
        if (at < 0) throw new TemplateError(`${ops.repr(item)} is not in list.`);
        return at;
      },
    ],
  ],
]);

const DICT_METHODS: ReadonlyMap<string, Method<Map<Value, Value>>> = new Map<string, Method<Map<Value, Value>>>([
  [
    'get',
    [
      { key: REQUIRED, default: null },
      (dict, [name, otherwise]) => dict.get(name) ?? (dict.has(name) ? null : otherwise),
    ],
  ],
  ['keys', [{}, (dict, _, ops) => new View('dict_keys', charged(ops, [...dict.keys()]))]],
  ['values', [{}, (dict, _, ops) => new View('dict_values', charged(ops, [...dict.values()]))]],
  [
    'items',
    [
      {},
      (dict, _, ops) =>
        new View(
          'dict_items',
          charged(ops, [...dict]).map(([name, item]) => tupleOf(name, item)),
        ),
    ],
  ],
  ['copy', [{}, (dict) => new Map(dict)]],
]);

/** Part of a text from `start` to `end`, and where it begins, in characters. */
const WITHIN = { sub: REQUIRED, start: null, end: null } as const;

const TEXT_METHODS: ReadonlyMap<string, Method<string>> = new Map<string, Method<string>>([
  ['upper', [{}, (text, _, ops) => ops.made(text.toUpperCase())]],
  ['lower', [{}, (text, _, ops) => ops.made(text.toLowerCase())]],
  ['casefold', [{}, (text, _, ops) => ops.made(text.toUpperCase().toLowerCase())]],
  ['swapcase', [{}, (text, _, ops) => ops.made(swapCase(text))]],
  ['capitalize', [{}, (text, _, ops) => ops.made(capitalize(text))]],
  ['title', [{}, (text, _, ops) => ops.made(titleCase(text))]],
  ['strip', [{ chars: null }, (text, [chars]) => strip(text, chars, true, true)]],
  ['lstrip', [{ chars: null }, (text, [chars]) => strip(text, chars, true, false)]],
  ['rstrip', [{ chars: null }, (text, [chars]) => strip(text, chars, false, true)]],
  [
    'removeprefix',
    [
      { prefix: REQUIRED },
      (text, [p]) => (text.startsWith(asText(p, 'a prefix')) ? text.slice((p as string).length) : text),
    ],
  ],
  [
    'removesuffix',
    [
      { suffix: REQUIRED },
      (text, [s]) => (s !== '' && text.endsWith(asText(s, 'a suffix')) ? text.slice(0, -(s as string).length) : text),
    ],
  ],
  [
    'split',
    [{ sep: null, maxsplit: -1 }, (text, [sep, most], ops) => split(ops, text, sep, asInteger(most, 'maxsplit'))],
  ],
  [
    'rsplit',
    [{ sep: null, maxsplit: -1 }, (text, [sep, most], ops) => splitRight(ops, text, sep, asInteger(most, 'maxsplit'))],
  ],
  ['splitlines', [{ keepends: false }, (text, [keep], ops) => charged(ops, splitLines(text, ops.truth(keep)))]],
  ['partition', [{ sep: REQUIRED }, (text, [sep]) => partition(text, separator(sep), text.indexOf(separator(sep)))]],
  ['rpartition', [{ sep: REQUIRED }, (text, [sep]) => partitionRight(text, separator(sep))]],
  [
    'startswith',
    [
      { prefix: REQUIRED, start: null, end: null },
      (text, [p, a, b]) => oneOf(p, (x) => within(text, a, b).text.startsWith(x)),
    ],
  ],
  [
    'endswith',
    [
      { suffix: REQUIRED, start: null, end: null },
      (text, [s, a, b]) => oneOf(s, (x) => within(text, a, b).text.endsWith(x)),
    ],
  ],
  [
    'replace',
    [
      { old: REQUIRED, new: REQUIRED, count: -1 },
      (text, [a, b, n], ops) => replace(ops, text, asText(a, 'old'), asText(b, 'new'), asInteger(n, 'count')),
    ],
  ],
  ['find', [WITHIN, (text, [sub, a, b]) => find(text, sub, a, b, false)]],
  ['rfind', [WITHIN, (text, [sub, a, b]) => find(text, sub, a, b, true)]],
  ['index', [WITHIN, (text, [sub, a, b]) => found(find(text, sub, a, b, false))]],
  ['rindex', [WITHIN, (text, [sub, a, b]) => found(find(text, sub, a, b, true))]],
  ['count', [WITHIN, (text, [sub, a, b]) => count(within(text, a, b).text, asText(sub, 'what is counted'))]],
  ['join', [{ iterable: REQUIRED }, (text, [items], ops) => join(ops, text, items)]],
  [
    'center',
    [
      { width: REQUIRED, fillchar: ' ' },
      (text, [width, fill], ops) => center(ops, text, asInteger(width, 'width'), fill),
    ],
  ],
  ['ljust', [{ width: REQUIRED, fillchar: ' ' }, (text, [width, fill], ops) => text + padding(ops, text, width, fill)]],
  ['rjust', [{ width: REQUIRED, fillchar: ' ' }, (text, [width, fill], ops) => padding(ops, text, width, fill) + text]],
  [
    'zfill',
    [
      { width: REQUIRED },
      (text, [width], ops) => text.replace(/^[+-]?/, (sign) => sign + padding(ops, text, width, '0')),
    ],
  ],
  ['isdigit', [{}, (text) => /^[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089]+$/u.test(text)]],
  ['isdecimal', [{}, (text) => /^\p{Nd}+$/u.test(text)]],
  ['isnumeric', [{}, (text) => /^\p{N}+$/u.test(text)]],
  ['isalpha', [{}, (text) => /^\p{L}+$/u.test(text)]],
  ['isalnum', [{}, (text) => /^[\p{L}\p{N}]+$/u.test(text)]],
  ['isascii', [{}, (text) => !/[^\p{ASCII}]/u.test(text)]],
  ['isspace', [{}, (text) => text !== '' && strip(text, null, true, false) === '']],
  ['isupper', [{}, (text) => isUpper(text)]],
  ['islower', [{}, (text) => isLower(text)]],
]);

/** `text.isupper()` */
export function isUpper(text: string): boolean {
  return /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);
}

/** `text.islower()` */
export function isLower(text: string): boolean {
  return /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text);
}

/** `text.strip(chars)`, on the sides asked for */
export function strip(text: string, chars: Value, atStart: boolean, atEnd: boolean): string {
  if (chars === null) {
    let start = 0;
    let end = text.length;
    while (atStart && start < end && isPythonSpace(text.charCodeAt(start))) start++;
    while (atEnd && end > start && isPythonSpace(text.charCodeAt(end - 1))) end--;
    return text.slice(start, end);
  }
  const set = new Set(asText(chars, 'what is stripped'));
  const all = characters(text);
  let start = 0;
  let end = all.length;
  while (atStart && start < end && set.has(all[start])) start++;
  while (atEnd && end > start && set.has(all[end - 1])) end--;
  return all.slice(start, end).join('');
}

/** `text.capitalize()` */
export function capitalize(text: string): string {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length).toLowerCase();
}

/** `text.replace(old, new, count)` */
export function replace(ops: Operations, text: string, old: string, replacement: string, most: number): string {
  const times = most < 0 ? Number.POSITIVE_INFINITY : most;
  const parts = old === '' ? ['', ...characters(text), ''] : text.split(old);
  const first = parts.slice(0, Math.min(times, parts.length - 1));
  ops.budget.text(text.length + parts.length + first.length * replacement.length);
  const rest = parts.slice(first.length).join(old);
  return first.map((part) => part + replacement).join('') + rest;
}

/** `separator.join(items)` */
export function join(ops: Operations, between: string, items: Value): string {
  const texts = ops.items(items).map((item, i) => {
    if (typeof item === 'string') return item;
    throw new TemplateError(`sequence item ${i}: expected str instance, ${typeName(item)} found.`);
  });
  ops.budget.text(texts.reduce((sum, text) => sum + text.length + between.length, 0));
  return texts.join(between);
}

/** `text.center(width)` */
export function center(ops: Operations, text: string, width: number, fill: Value = ' '): string {
  const more = width - textLength(text);
  if (more <= 0) return text;
  // Python puts the odd one to the left where the width is odd.
  const left = (more >> 1) + (more & width & 1);
  ops.budget.text(width);
  const character = fillCharacter(fill);
  return character.repeat(left) + text + character.repeat(more - left);
}

/** `text.splitlines(keepends)` */
export function splitLines(text: string, keepEnds: boolean): string[] {
  // Text and line ends in turn, a text last.
  const parts = text.split(LINE_END);
  const lines: string[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) lines.push(keepEnds ? parts[i] + parts[i + 1] : parts[i]);
  const rest = parts.at(-1)!;
  return rest === '' ? lines : [...lines, rest];
}

/** What ends a line to Python. */
const BREAK = String.raw`[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]`;
const LINE_END = new RegExp(`(\\r\\n|${BREAK})`);

function swapCase(text: string): string {
  return Array.from(text, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('');
}

function titleCase(text: string): string {
  return text.replace(
    /(\p{Cased})((?:\p{Cased}|\p{M})*)/gu,
    (_, first: string, rest: string) => first.toUpperCase() + rest.toLowerCase(),
  );
}

function charged<T>(ops: Operations, items: T[]): T[] {
  ops.budget.list(items.length);
  return items;
}

function separator(value: Value): string {
  const text = asText(value, 'a separator');
  if (text === '') throw new TemplateError('empty separator.');
  return text;
}

function split(ops: Operations, text: string, sep: Value, most: number): Value[] {
  const parts = sep === null ? pythonSplit(text) : text.split(separator(sep));
  charged(ops, parts);
  if (most < 0 || parts.length <= most + (sep === null ? 0 : 1)) return parts;
  if (sep !== null) return [...parts.slice(0, most), parts.slice(most).join(sep as string)];
  let rest = strip(text, null, true, false);
  const first = parts.slice(0, most);
  for (const part of first) rest = strip(rest.slice(part.length), null, true, false);
  return rest === '' ? first : [...first, rest];
}

function splitRight(ops: Operations, text: string, sep: Value, most: number): Value[] {
  const parts = sep === null ? pythonSplit(text) : text.split(separator(sep));
  charged(ops, parts);
  if (most < 0 || parts.length <= most + (sep === null ? 0 : 1)) return parts;
  const last = most === 0 ? [] : parts.slice(-most);
  if (sep !== null) return [parts.slice(0, parts.length - most).join(sep as string), ...last];
  let rest = strip(text, null, false, true);
  for (const part of last.toReversed()) rest = strip(rest.slice(0, rest.length - part.length), null, false, true);
  return rest === '' ? last : [rest, ...last];
}

function partition(text: string, sep: string, at: number): Value {
  return at < 0 ? tupleOf(text, '', '') : tupleOf(text.slice(0, at), sep, text.slice(at + sep.length));
}

function partitionRight(text: string, sep: string): Value {
  const at = text.lastIndexOf(sep);
  return at < 0 ? tupleOf('', '', text) : partition(text, sep, at);
}

/** Whether it holds for a text, or for one of a tuple of them. */
function oneOf(value: Value, holds: (text: string) => boolean): boolean {
  const texts = value instanceof Tuple ? [...value] : [value];
  return texts.some((text) => holds(asText(text, 'what a text may start or end with')));
}

/** The part of a text between two positions, and where it begins. */
function within(text: string, start: Value, end: Value): { text: string; from: number } {
  if (start === null && end === null) return { text, from: 0 };
  const all = characters(text);
  const clamp = (value: Value, otherwise: number): number => {
    if (value === null) return otherwise;
    const at = asInteger(value, 'a position');
    return Math.max(0, at < 0 ? at + all.length : at);
  };
  const from = clamp(start, 0);
  return { text: all.slice(from, Math.max(from, clamp(end, all.length))).join(''), from };
}

function find(text: string, sub: Value, start: Value, end: Value, fromRight: boolean): number {
  const part = within(text, start, end);
  const what = asText(sub, 'what is looked for');
  const at = fromRight ? part.text.lastIndexOf(what) : part.text.indexOf(what);
  return at < 0 ? -1 : part.from + textLength(part.text.slice(0, at));
}

function found(at: number): number {
  if (at < 0) throw new TemplateError('substring not found.');
  return at;
}

function count(text: string, sub: string): number {
  return sub === '' ? textLength(text) + 1 : text.split(sub).length - 1;
}

function padding(ops: Operations, text: string, width: Value, fill: Value): string {
  const more = Math.max(0, asInteger(width, 'a width') - textLength(text));
  ops.budget.text(more);
  return fillCharacter(fill).repeat(more);
}

function fillCharacter(fill: Value): string {
  const character = asText(fill, 'what fills');
  if (textLength(character) !== 1)
    throw new TemplateError(`what fills must be one character, not ${pythonString(character)}.`);
  return character;
}
