import type { Operations } from './operations.ts';
import { TemplateError } from './template-error.ts';
import { Float, type Named, Tuple, textLength, typeName, Undefined, type Value } from './values.ts';

/** `text % value`: %s, %r, %d, %i, %f, %x and %%, with width and precision. */
export function formatPercent(ops: Operations, text: string, value: Value): string {
  const values = value instanceof Tuple ? [...value] : [value];
  let at = 0;
  const take = (name: string | undefined): Value => {
    if (name !== undefined) {
      if (value instanceof Map && value.has(name)) return value.get(name)!;
      throw new TemplateError(`the format asks for '${name}', which is not there.`);
    }
    if (at >= values.length) throw new TemplateError('not enough arguments for format string.');
    return values[at++];
  };
  const formatted = text.replace(
    /%(?:\((\w+)\))?([-0 +#]*)(\d*)(?:\.(\d+))?([a-zA-Z%]?)/g,
    (whole, name: string | undefined, flags: string, width: string, precision: string | undefined, type: string) => {
      if (type === '%') return '%';
      return padded(ops, converted(ops, take(name), type, precision, whole), flags, Number(width), type);
    },
  );
  // Python counts only what is no mapping, and takes everything with items for one.
  const counts =
    value instanceof Tuple || !(Array.isArray(value) || value instanceof Map || value instanceof Undefined);
  if (at < values.length && counts) {
    throw new TemplateError('not all arguments converted during string formatting.');
  }
  return ops.made(formatted);
}

function converted(ops: Operations, value: Value, type: string, precision: string | undefined, whole: string): string {
  const digits = precision === undefined ? undefined : Number(precision);
  if (type === 's' || type === 'r') {
    const text = type === 's' ? ops.text(value) : ops.repr(value);
    return digits === undefined ? text : Array.from(text).slice(0, digits).join('');
  }
  const number = value instanceof Float ? value.value : typeof value === 'boolean' ? Number(value) : value;
  if (typeof number !== 'number' && typeof number !== 'bigint') {
    throw new TemplateError(`%${type} format: a real number is required, not ${typeName(value)}.`);
  }
  if ((digits ?? 0) > 100) throw new TemplateError(`more than 100 digits in ${whole} are not supported.`);
  if (type === 'd' || type === 'i') return String(typeof number === 'bigint' ? number : Math.trunc(number) + 0);
  if (type === 'f' || type === 'F') return Number(number).toFixed(digits ?? 6);
  if ((type === 'x' || type === 'X') && !(value instanceof Float)) {
    return type === 'x' ? number.toString(16) : number.toString(16).toUpperCase();
  }
  throw new TemplateError(`the format ${JSON.stringify(whole)} is malformed or not supported.`);
}

function padded(ops: Operations, text: string, flags: string, width: number, type: string): string {
  const isNumber = type !== 's' && type !== 'r';
  const sign = isNumber && !text.startsWith('-') ? (flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') : '';
  const more = Math.max(0, width - textLength(text) - sign.length);
  ops.budget.text(more);
  if (flags.includes('-')) return sign + text + ' '.repeat(more);
  if (flags.includes('0') && isNumber) return (sign + text).replace(/^[-+ ]?/, (s) => s + '0'.repeat(more));
  return ' '.repeat(more) + sign + text;
}

/** `text.format(…)` with fields that name or number an argument, or neither; without formats inside them. */
export function formatBraces(ops: Operations, text: string, args: readonly Value[], named: Named): string {
  let next = 0;
  const formatted = text.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (whole, field: string | undefined) => {
    if (whole === '{{' || whole === '}}') return whole[0];
    const parts = field === undefined ? null : /^(\w*)((?:\.\w+|\[[^\]]+\])*)(?:!([sr]))?$/.exec(field);
    if (parts === null)
      throw new TemplateError(`the field ${JSON.stringify(whole)} of a format is malformed or not supported.`);
    const [, name, path, conversion] = parts;
    const index = name === '' ? next++ : Number(name);
    const first = Number.isNaN(index) ? named.get(name) : args[index];
    if (first === undefined)
      throw new TemplateError(`the format asks for ${JSON.stringify(whole)}, which is not there.`);
    const value = [...path.matchAll(/\.(\w+)|\[([^\]]+)\]/g)].reduce<Value>(
      (of, [, attribute, item]) =>
        attribute !== undefined ? ops.attribute(of, attribute) : ops.item(of, /^\d+$/.test(item) ? Number(item) : item),
      first,
    );
    return conversion === 'r' ? ops.repr(value) : ops.text(value);
  });
  return ops.made(formatted);
}
