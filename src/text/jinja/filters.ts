import { asInteger, asText, bind, REQUIRED, type Signature } from './arguments.ts';
import { formatPercent } from './format.ts';
import { formatJson } from './json.ts';
import { capitalize, center, replace, splitLines, strip } from './methods.ts';
import { key, numberOf, type Operations } from './operations.ts';
import { roundFloat } from './rounding.ts';
import { TemplateError } from './template-error.ts';
import { testNamed } from './tests.ts';
import {
  characters,
  Float,
  Lazy,
  type Named,
  Tuple,
  textLength,
  tupleOf,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

/** Jinja's filters, apart from those for HTML and those that depend on chance. */

type Filter = readonly [Signature, (value: Value, args: readonly Value[], ops: Operations) => Value];

/**
 * `value|name(args)`
 *
 * @throws TemplateError when there is no such filter, or it does not take these
 */
export function applyFilter(ops: Operations, name: string, value: Value, args: readonly Value[], named: Named): Value {
  if (typeof value === 'string') ops.budget.text(value.length);
  const free = FREE_FILTERS.get(name);
  if (free !== undefined) return free(value, args, named, ops);
  const filter = FILTERS.get(name);
  if (filter === undefined) throw new TemplateError(`there is no filter '${name}', or it is not supported.`);
  const [signature, apply] = filter;
  return apply(value, bind(`the filter '${name}'`, signature, args, named), ops);
}

/** Whether there is a filter of that name. */
export function isFilter(value: Value): boolean {
  const name = key(value);
  return typeof name === 'string' && (FILTERS.has(name) || FREE_FILTERS.has(name));
}

const BY = { case_sensitive: false, attribute: null } as const;
const DEFAULT: Filter = [
  { default_value: '', boolean: false },
  (value, [otherwise, orFalse], ops) =>
    value instanceof Undefined || (ops.truth(orFalse) && !ops.truth(value)) ? otherwise : value,
];
const LENGTH: Filter = [{}, (value, _, ops) => ops.length(value)];
const ESCAPE: Filter = [{}, (value, _, ops) => escapeHtml(ops.text(value))];

const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['abs', [{}, (value, _, ops) => (ops.order(value, 0) < 0 ? ops.negative(value) : ops.positive(value))]],
  ['attr', [{ name: REQUIRED }, (value, [name], ops) => ops.attribute(value, asText(name, 'a name'))]],
  [
    'batch',
    [
      { linecount: REQUIRED, fill_with: null },
      (value, [n, fill], ops) => batch(ops, value, asInteger(n, 'linecount'), fill),
    ],
  ],
  ['capitalize', [{}, (value, _, ops) => capitalize(ops.text(value))]],
  ['center', [{ width: 80 }, (value, [width], ops) => center(ops, ops.text(value), asInteger(width, 'width'))]],
  ['count', LENGTH],
  ['d', DEFAULT],
  ['default', DEFAULT],
  ['dictsort', [{ case_sensitive: false, by: 'key', reverse: false }, dictSort]],
  ['e', ESCAPE],
  ['escape', ESCAPE],
  ['first', [{}, (value, _, ops) => first(ops, value)]],
  ['float', [{ default: new Float(0) }, (value, [otherwise]) => toFloat(value) ?? otherwise]],
  ['groupby', [{ attribute: REQUIRED, default: null, case_sensitive: false }, groupBy]],
  [
    'indent',
    [
      { width: 4, first: false, blank: false },
      (value, [width, f, b], ops) => indent(ops, value, width, ops.truth(f), ops.truth(b)),
    ],
  ],
  [
    'int',
    [{ default: 0, base: 10 }, (value, [otherwise, base]) => toInteger(value, asInteger(base, 'base')) ?? otherwise],
  ],
  ['items', [{}, (value) => pairs(value)]],
  [
    'join',
    [{ d: '', attribute: null }, (value, [between, attribute], ops) => joinTexts(ops, value, between, attribute)],
  ],
  ['last', [{}, (value, _, ops) => last(ops, value)]],
  ['length', LENGTH],
  ['list', [{}, (value, _, ops) => [...ops.items(value)]]],
  ['lower', [{}, (value, _, ops) => ops.made(ops.text(value).toLowerCase())]],
  ['max', [BY, (value, [sensitive, attribute], ops) => extreme(ops, value, sensitive, attribute, 1)]],
  ['min', [BY, (value, [sensitive, attribute], ops) => extreme(ops, value, sensitive, attribute, -1)]],
  [
    'replace',
    [
      { old: REQUIRED, new: REQUIRED, count: null },
      (value, [a, b, n], ops) =>
        replace(ops, ops.text(value), ops.text(a), ops.text(b), n === null ? -1 : asInteger(n, 'count')),
    ],
  ],
  ['reverse', [{}, (value, _, ops) => reversed(ops, value)]],
  [
    'round',
    [
      { precision: 0, method: 'common' },
      (value, [digits, method]) => round(value, asInteger(digits, 'precision'), method),
    ],
  ],
  // Nothing is escaped, so that everything is safe.
  ['safe', [{}, (value, _, ops) => ops.text(value)]],
  [
    'slice',
    [
      { slices: REQUIRED, fill_with: null },
      (value, [n, fill], ops) => slices(ops, value, asInteger(n, 'slices'), fill),
    ],
  ],
  ['sort', [{ reverse: false, ...BY }, sort]],
  ['string', [{}, (value, _, ops) => ops.text(value)]],
  [
    'sum',
    [
      { attribute: null, start: 0 },
      (value, [attribute, start], ops) =>
        ops
          .items(value)
          .map(getter(ops, attribute))
          .reduce((sum, item) => ops.binary('+', sum, item), start),
    ],
  ],
  ['title', [{}, (value, _, ops) => title(ops.text(value))]],
  ['tojson', [{ ensure_ascii: false, indent: null, separators: null, sort_keys: false }, toJson]],
  ['trim', [{ chars: null }, (value, [chars], ops) => strip(ops.text(value), chars, true, true)]],
  ['truncate', [{ length: 255, killwords: false, end: '...', leeway: null }, truncate]],
  [
    'unique',
    [
      BY,
      (value, [sensitive, attribute], ops) =>
        new Lazy(() => unique(ops, value, getter(ops, attribute, !ops.truth(sensitive)))),
    ],
  ],
  ['upper', [{}, (value, _, ops) => ops.made(ops.text(value).toUpperCase())]],
  ['wordcount', [{}, (value, _, ops) => ops.text(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0]],
]);

/** Filters that take any arguments. */
const FREE_FILTERS: ReadonlyMap<
  string,
  (value: Value, args: readonly Value[], named: Named, ops: Operations) => Value
> = new Map([
  [
    'format',
    (value, args, named, ops) =>
      formatPercent(ops, ops.text(value), named.size > 0 ? new Map(named) : tupleOf(...args)),
  ],
  ['map', map],
  ['select', (value, args, named, ops) => select(ops, value, args, named, false, true)],
  ['reject', (value, args, named, ops) => select(ops, value, args, named, false, false)],
  ['selectattr', (value, args, named, ops) => select(ops, value, args, named, true, true)],
  ['rejectattr', (value, args, named, ops) => select(ops, value, args, named, true, false)],
]);

function map(value: Value, args: readonly Value[], named: Named, ops: Operations): Value {
  return new Lazy(() => {
    if (!ops.truth(value)) return [];
    const items = ops.items(value);
    if (args.length === 0 && named.has('attribute')) {
      const [attribute, otherwise] = bind("the filter 'map'", { attribute: REQUIRED, default: null }, [], named);
      return items.map(getter(ops, attribute, false, otherwise));
    }
    const [name, ...rest] = args;
    if (name === undefined) throw new TemplateError("the filter 'map' needs a filter or an attribute.");
    return items.map((item) => applyFilter(ops, asText(name, 'a filter'), item, rest, named));
  });
}

function select(
  ops: Operations,
  value: Value,
  args: readonly Value[],
  named: Named,
  byAttribute: boolean,
  keep: boolean,
): Value {
  return new Lazy(() => {
    if (!ops.truth(value)) return [];
    if (byAttribute && args.length === 0) throw new TemplateError('selecting by an attribute needs its name.');
    const get = byAttribute ? getter(ops, args[0]) : (item: Value): Value => item;
    const [test, ...rest] = byAttribute ? args.slice(1) : args;
    const holds = (item: Value): boolean =>
      test === undefined ? ops.truth(item) : testNamed(ops, asText(test, 'a test'), item, rest, named);
    return ops.items(value).filter((item) => holds(get(item)) === keep);
  });
}

/** How to get at an attribute: `a`, `a.b`, `items.0`; the thing itself where it is None. */
function getter(
  ops: Operations,
  attribute: Value,
  ignoreCase = false,
  otherwise: Value = null,
): (item: Value) => Value {
  const parts = attribute === null ? [] : typeof attribute === 'string' ? attribute.split('.') : [attribute];
  return (item) => {
    let value = item;
    for (const part of parts) {
      value = ops.item(value, typeof part === 'string' && /^\d+$/.test(part) ? Number(part) : part);
      if (otherwise !== null && value instanceof Undefined) value = otherwise;
    }
    return ignoreCase && typeof value === 'string' ? value.toLowerCase() : value;
  };
}

function sort(value: Value, [reverse, caseSensitive, attribute]: readonly Value[], ops: Operations): Value {
  const attributes = typeof attribute === 'string' ? attribute.split(',') : [attribute];
  const getters = attributes.map((one) => getter(ops, one, !ops.truth(caseSensitive)));
  const keyed = ops.items(value).map((item) => ({ item, keys: getters.map((get) => get(item)) }));
  return sortedBy(ops, keyed, ops.truth(reverse));
}

function dictSort(value: Value, [caseSensitive, by, reverse]: readonly Value[], ops: Operations): Value {
  if (!(value instanceof Map)) throw new TemplateError(`'${typeName(value)}' object has no attribute 'items'.`);
  if (by !== 'key' && by !== 'value') throw new TemplateError('You can only sort by either "key" or "value".');
  const get = getter(ops, null, !ops.truth(caseSensitive));
  const keyed = [...value].map(([name, item]) => ({
    item: tupleOf(name, item),
    keys: [get(by === 'key' ? name : item)],
  }));
  return sortedBy(ops, keyed, ops.truth(reverse));
}

function sortedBy(ops: Operations, keyed: { item: Value; keys: Value[] }[], reverse: boolean): Value[] {
  const sign = reverse ? -1 : 1;
  return keyed.sort((a, b) => sign * ops.order(a.keys, b.keys)).map(({ item }) => item);
}

function groupBy(value: Value, [attribute, otherwise, caseSensitive]: readonly Value[], ops: Operations): Value {
  const get = getter(ops, attribute, !ops.truth(caseSensitive), otherwise);
  const keyed = ops.items(value).map((item) => ({ item, key: get(item) }));
  const groups: { grouper: Value; key: Value; list: Value[] }[] = [];
  for (const { item, key } of keyed.sort((a, b) => ops.order(a.key, b.key))) {
    const group = groups.at(-1);
    if (group !== undefined && ops.equal(group.key, key)) group.list.push(item);
    else groups.push({ grouper: getter(ops, attribute, false, otherwise)(item), key, list: [item] });
  }
  return groups.map(({ grouper, list }) => {
    const tuple = tupleOf(grouper, list);
    tuple.fields.set('grouper', grouper).set('list', list);
    return tuple;
  });
}

function unique(ops: Operations, value: Value, get: (item: Value) => Value): Value[] {
  const seen = new Set<Value>();
  return ops.items(value).filter((item) => {
    const found = key(get(item));
    const name = found instanceof Tuple ? ops.repr(found) : found;
    const isNew = !seen.has(name);
    seen.add(name);
    return isNew;
  });
}

function extreme(ops: Operations, value: Value, caseSensitive: Value, attribute: Value, sign: number): Value {
  const get = getter(ops, attribute, !ops.truth(caseSensitive));
  const items = ops.items(value);
  if (items.length === 0) return new Undefined('No aggregated item, sequence was empty');
  return items.reduce((best, item) => (sign * ops.order(get(item), get(best)) > 0 ? item : best));
}

function first(ops: Operations, value: Value): Value {
  const item = value instanceof Lazy ? value.next() : ops.items(value)[0];
  return item ?? (item === undefined ? new Undefined('No first item, sequence was empty') : null);
}

function last(ops: Operations, value: Value): Value {
  if (value instanceof Lazy) throw new TemplateError("'generator' object is not reversible. Use |list before |last.");
  const items = ops.items(value);
  return items.length === 0 ? new Undefined('No last item, sequence was empty') : items[items.length - 1];
}

function reversed(ops: Operations, value: Value): Value {
  if (typeof value === 'string') return characters(value).reverse().join('');
  if (value instanceof Lazy || value instanceof Undefined) return ops.items(value).toReversed();
  const items = ops.items(value);
  return new Lazy(() => [...items].reverse());
}

function pairs(value: Value): Value {
  return new Lazy(() => {
    if (value instanceof Undefined) return [];
    if (value instanceof Map) return [...value].map(([name, item]) => tupleOf(name, item));
    throw new TemplateError('Can only get item pairs from a mapping.');
  });
}

function batch(ops: Operations, value: Value, size: number, fill: Value): Value {
  return new Lazy(() => {
    const batches: Value[][] = [];
    for (const item of ops.items(value)) {
      const current = batches.at(-1);
      if (current === undefined || current.length === size) batches.push([item]);
      else current.push(item);
    }
    const current = batches.at(-1);
    if (current !== undefined && fill !== null && current.length < size) {
      ops.budget.list(size - current.length);
      while (current.length < size) current.push(fill);
    }
    return batches;
  });
}

function slices(ops: Operations, value: Value, count: number, fill: Value): Value {
  if (count === 0) throw new TemplateError('integer modulo by zero.');
  return new Lazy(() => {
    const items = ops.items(value);
    ops.budget.list(Math.max(0, count));
    const each = Math.floor(items.length / count);
    const longer = items.length % count;
    return Array.from({ length: Math.max(0, count) }, (_, i) => {
      const start = i * each + Math.min(i, longer);
      const slice = items.slice(start, start + each + (i < longer ? 1 : 0));
      return fill !== null && i >= longer ? [...slice, fill] : [...slice];
    });
  });
}

function joinTexts(ops: Operations, value: Value, between: Value, attribute: Value): string {
  const texts = ops
    .items(value)
    .map(getter(ops, attribute))
    .map((item) => ops.text(item));
  const separator = ops.text(between);
  ops.budget.text(texts.reduce((sum, text) => sum + text.length + separator.length, 0));
  return texts.join(separator);
}

function indent(ops: Operations, value: Value, width: Value, atFirst: boolean, blank: boolean): string {
  const text = asText(value, 'what is indented');
  const by = typeof width === 'string' ? width : (ops.repeat(' ', width) as string);
  const lines = splitLines(`${text}\n`, false);
  ops.budget.text(text.length + lines.length * by.length);
  const indented = lines.map((line, i) => ((i === 0 ? atFirst : blank || line !== '') ? by + line : line));
  return indented.join('\n');
}

function title(text: string): string {
  return text
    .split(TITLE_BREAK)
    .map((word) => capitalize(word))
    .join('');
}

const TITLE_BREAK = /([-\s({[<]+)/;

function truncate(value: Value, [length, killWords, end, leeway]: readonly Value[], ops: Operations): Value {
  const mark = asText(end, 'end');
  const most = asInteger(length, 'length');
  const keep = most - textLength(mark);
  if (keep < 0) throw new TemplateError(`expected length >= ${textLength(mark)}, got ${most}.`);
  if (ops.length(value) <= most + (leeway === null ? 5 : asInteger(leeway, 'leeway'))) return value;
  const text = asText(value, 'what is truncated');
  const start = characters(text).slice(0, keep).join('');
  const space = ops.truth(killWords) ? -1 : start.lastIndexOf(' ');
  return (space < 0 ? start : start.slice(0, space)) + mark;
}

function escapeHtml(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&#34;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (c) => escapes[c]);
}

function toJson(
  value: Value,
  [ensureAscii, indentation, separators, sortKeys]: readonly Value[],
  ops: Operations,
): string {
  const between = separators === null ? null : ops.items(separators).map((text) => asText(text, 'a separator'));
  if (between !== null && between.length !== 2) throw new TemplateError('separators must be two texts.');
  return formatJson(ops, value, {
    ensureAscii: ops.truth(ensureAscii),
    indent:
      indentation === null
        ? null
        : typeof indentation === 'string'
          ? indentation
          : (ops.repeat(' ', asInteger(indentation, 'indent')) as string),
    separators: between as [string, string] | null,
    sortKeys: ops.truth(sortKeys),
  });
}

function round(value: Value, digits: number, method: Value): Value {
  if (value instanceof Undefined) value.fail();
  const number = numberOf(value);
  if (number === undefined) throw new TemplateError(`type ${typeName(value)} doesn't define __round__ method.`);
  if (method === 'common') {
    if (value instanceof Float) return new Float(roundFloat(value.value, digits));
    return digits >= 0 ? number : roundFloat(Number(number), digits);
  }
  if (method !== 'ceil' && method !== 'floor') throw new TemplateError('method must be common, ceil or floor.');
  const scale = 10 ** digits;
  return new Float((Math[method](Number(number) * scale) + 0) / scale);
}

function toFloat(value: Value): Float | undefined {
  if (value instanceof Undefined) value.fail();
  const number = typeof value === 'string' ? floatOf(value) : numberOf(value);
  return number === undefined ? undefined : new Float(Number(number));
}

function toInteger(value: Value, base: number): Value | undefined {
  if (value instanceof Undefined) value.fail();
  if (typeof value === 'string') {
    const whole = integerOf(value, base);
    if (whole !== undefined) return whole;
  }
  const number = typeof value === 'string' ? floatOf(value) : numberOf(value);
  if (number === undefined || typeof number === 'bigint') return number;
  if (!Number.isFinite(number)) return undefined;
  const whole = Math.trunc(number) + 0;
  return Number.isSafeInteger(whole) ? whole : BigInt(whole);
}

/** `int(text, base)` */
function integerOf(text: string, base: number): number | bigint | undefined {
  const match = /^([+-]?)(0[xX]_?|0[oO]_?|0[bB]_?)?([0-9a-zA-Z]+(?:_[0-9a-zA-Z]+)*)$/.exec(
    strip(text, null, true, true),
  );
  if (match === null) return undefined;
  const [, sign, prefix = '', digits] = match;
  const bases: Readonly<Record<string, number>> = { x: 16, o: 8, b: 2 };
  const ofPrefix = prefix === '' ? undefined : bases[prefix[1].toLowerCase()];
  const actual = base === 0 ? (ofPrefix ?? 10) : base;
  if (ofPrefix !== undefined && ofPrefix !== actual) return undefined;
  let value = 0n;
  // Python refuses longer ones.
  if (digits.length > 4300) return undefined;
  for (const c of digits.replaceAll('_', '')) {
    const digit = Number.parseInt(c, 36);
    if (digit >= actual) return undefined;
    value = value * BigInt(actual) + BigInt(digit);
  }
  if (sign === '-') value = -value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** `float(text)` */
function floatOf(text: string): number | undefined {
  const stripped = strip(text, null, true, true);
  if (/^[+-]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/.test(stripped)) {
    return Number(stripped.replaceAll('_', ''));
  }
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(stripped);
  if (word === null) return undefined;
  return word[2].toLowerCase() === 'nan' ? Number.NaN : word[1] === '-' ? -Infinity : Infinity;
}
