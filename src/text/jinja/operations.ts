import { comparePythonStrings, pythonFloat, pythonString } from '../python-text.ts';
import type { Budget } from './budget.ts';
import { formatPercent } from './format.ts';
import { methodOf } from './methods.ts';
import type { Comparison, Operator } from './syntax.ts';
import { TemplateError } from './template-error.ts';
import {
  Callable,
  characters,
  Float,
  isLoop,
  Lazy,
  type LoopState,
  type Named,
  Namespace,
  Tuple,
  textLength,
  tupleOf,
  typeName,
  Undefined,
  type Value,
  View,
} from './values.ts';

/** What can be done with values, as Python and Jinja do it; what is made on the way is charged to a budget. */
export class Operations {
  readonly budget: Budget;

  constructor(budget: Budget) {
    this.budget = budget;
  }

  /** `bool(value)` */
  truth(value: Value): boolean {
    if (value === null || value instanceof Undefined) return false;
    if (typeof value !== 'object') return Boolean(value);
    if (value instanceof Float) return value.value !== 0;
    if (Array.isArray(value)) return value.length > 0;
    if (value instanceof Map) return value.size > 0;
    return value instanceof View ? value.items.length > 0 : true;
  }

  /** `str(value)` */
  text(value: Value): string {
    if (typeof value === 'string') return value;
    return value instanceof Undefined ? '' : this.repr(value);
  }

  /** `repr(value)` */
  repr(value: Value): string {
    const text = this.unchargedRepr(value);
    this.budget.text(text.length);
    return text;
  }

  /** `len(value)` */
  length(value: Value): number {
    const length = this.lengthOf(value);
    if (length === undefined) throw new TemplateError(`object of type '${typeName(value)}' has no len().`);
    return length;
  }

  /** As `length`; undefined where it has none. */
  lengthOf(value: Value): number | undefined {
    if (typeof value === 'string') {
      this.budget.text(value.length);
      return textLength(value);
    }
    if (Array.isArray(value)) return value.length;
    if (value instanceof Map) return value.size;
    if (value instanceof View) return value.items.length;
    if (value instanceof Undefined) return 0;
    return value !== null && isLoop(value) ? (value.attribute('length') as number) : undefined;
  }

  /** `list(value)` */
  items(value: Value): Value[] {
    const items = this.itemsOf(value);
    if (items === undefined) throw new TemplateError(`'${typeName(value)}' object is not iterable.`);
    this.budget.list(items.length);
    return items;
  }

  /** As `items`; undefined where it has none. The answer may be the value itself. */
  itemsOf(value: Value): Value[] | undefined {
    if (Array.isArray(value)) return value;
    if (typeof value === 'string') return characters(value);
    if (value instanceof Map) return [...value.keys()];
    if (value instanceof View) return value.items;
    if (value instanceof Lazy) return value.rest();
    return value instanceof Undefined ? [] : undefined;
  }

  /** `left == right` */
  equal(left: Value, right: Value): boolean {
    this.budget.step();
    if (typeof left === 'string' && typeof right === 'string') {
      if (left.length === right.length) this.budget.text(left.length);
      return left === right;
    }
    if (left === right) return true;
    const [x, y] = [numberOf(left), numberOf(right)];
    // biome-ignore lint/suspicious/noDoubleEquals: a number and a bigint may be equal
    if (x !== undefined && y !== undefined) return x == y;
    if (Array.isArray(left) && Array.isArray(right)) {
      if (left instanceof Tuple !== right instanceof Tuple || left.length !== right.length) return false;
      return left.every((item, i) => this.equal(item, right[i]));
    }
    if (left instanceof Map && right instanceof Map) {
      if (left.size !== right.size) return false;
      return [...left].every(([key, item]) => right.has(key) && this.equal(item, right.get(key)!));
    }
    if (left instanceof View && right instanceof View && left.type === 'range') {
      return right.type === 'range' && this.equal(left.items, right.items);
    }
    return left instanceof Undefined && right instanceof Undefined;
  }

  /** Negative where left is less than right, 0 where neither is less. */
  order(left: Value, right: Value, operator = '<'): number {
    this.budget.step();
    const [x, y] = [numberOf(left), numberOf(right)];
    if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
    if (typeof left === 'string' && typeof right === 'string') {
      this.budget.text(Math.min(left.length, right.length));
      return comparePythonStrings(left, right);
    }
    if (left instanceof Undefined) left.fail();
    if (right instanceof Undefined) right.fail();
    if (Array.isArray(left) && Array.isArray(right) && left instanceof Tuple === right instanceof Tuple) {
      const i = left.findIndex((item, at) => at >= right.length || !this.equal(item, right[at]));
      if (i < 0 || i >= right.length) return left.length - right.length;
      return this.order(left[i], right[i], operator);
    }
    throw new TemplateError(
      `'${operator}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'.`,
    );
  }

  compare(operator: Comparison, left: Value, right: Value): boolean {
    switch (operator) {
      case '==':
        return this.equal(left, right);
      case '!=':
        return !this.equal(left, right);
      case 'in':
        return this.contains(right, left);
      case 'not in':
        return !this.contains(right, left);
      case '<':
        return this.order(left, right, operator) < 0;
      case '<=':
        return this.order(left, right, operator) <= 0;
      case '>':
        return this.order(left, right, operator) > 0;
      case '>=':
        return this.order(left, right, operator) >= 0;
    }
  }

  contains(container: Value, item: Value): boolean {
    if (typeof container === 'string') {
      this.budget.text(container.length);
      if (typeof item === 'string') return container.includes(item);
      throw new TemplateError(`'in <string>' requires string as left operand, not ${typeName(item)}.`);
    }
    if (container instanceof Map) return container.has(key(item));
    if (container instanceof Lazy) {
      for (let next = container.next(); next !== undefined; next = container.next()) {
        if (this.equal(next, item)) return true;
      }
      return false;
    }
    const items = this.itemsOf(container);
    if (items === undefined) throw new TemplateError(`argument of type '${typeName(container)}' is not iterable.`);
    return items.some((other) => this.equal(other, item));
  }

  binary(operator: Operator, left: Value, right: Value): Value {
    if (left instanceof Undefined) left.fail();
    if (operator === '%' && typeof left === 'string') return formatPercent(this, left, right);
    if (right instanceof Undefined) right.fail();
    if (operator === '+') {
      if (typeof left === 'string' && typeof right === 'string') return this.made(left + right);
      if (Array.isArray(left) && Array.isArray(right) && left instanceof Tuple === right instanceof Tuple) {
        this.budget.list(left.length + right.length);
        return left instanceof Tuple ? tupleOf(...left, ...right) : left.concat(right);
      }
    }
    if (operator === '*') {
      if (isSequence(left) && isInteger(right)) return this.repeat(left, right);
      if (isInteger(left) && isSequence(right)) return this.repeat(right, left);
    }
    const [x, y] = [numberOf(left), numberOf(right)];
    if (x === undefined || y === undefined) {
      const types = `'${typeName(left)}' and '${typeName(right)}'`;
      if (operator === '+' && typeof left === 'string') {
        throw new TemplateError(`can only concatenate str (not "${typeName(right)}") to str.`);
      }
      throw new TemplateError(`unsupported operand type(s) for ${operator}: ${types}.`);
    }
    const inFloats =
      left instanceof Float || right instanceof Float || operator === '/' || (operator === '**' && y < 0);
    if (y === 0 || y === 0n) {
      if (operator === '/' || operator === '//' || operator === '%') throw new TemplateError('division by zero.');
    }
    if (operator === '**' && (x === 0 || x === 0n) && y < 0) {
      throw new TemplateError('0.0 cannot be raised to a negative power.');
    }
    return inFloats ? new Float(inNumbers(operator, Number(x), Number(y))) : this.inIntegers(operator, x, y);
  }

  negative(value: Value): Value {
    if (value instanceof Undefined) value.fail();
    if (value instanceof Float) return new Float(-value.value);
    const number = numberOf(value);
    if (number === undefined) throw new TemplateError(`bad operand type for unary -: '${typeName(value)}'.`);
    return typeof number === 'bigint' ? -number : 0 - number;
  }

  positive(value: Value): Value {
    if (value instanceof Undefined) value.fail();
    if (value instanceof Float) return value;
    const number = numberOf(value);
    if (number === undefined) throw new TemplateError(`bad operand type for unary +: '${typeName(value)}'.`);
    return number;
  }

  /** `value.name`: an attribute, or else the item of that name. */
  attribute(value: Value, name: string): Value {
    if (value instanceof Undefined) value.fail();
    const own = this.ownAttribute(value, name);
    if (own !== undefined) return own;
    const item = value instanceof Map ? value.get(name) : undefined;
    return item === undefined ? missing(value, name) : item;
  }

  /** `value[name]`: an item, or else the attribute of that name. */
  item(value: Value, name: Value): Value {
    if (value instanceof Undefined) value.fail();
    let item: Value | undefined;
    if (value instanceof Map) item = isHashable(name) ? value.get(key(name)) : undefined;
    else if (isInteger(name)) item = this.at(value, Number(name));
    if (item === undefined && typeof name === 'string') item = this.ownAttribute(value, name);
    return item === undefined ? missing(value, name) : item;
  }

  /** `value[start:stop:step]` */
  slice(value: Value, start: Value, stop: Value, step: Value): Value {
    if (value instanceof Undefined) value.fail();
    for (const bound of [start, stop, step]) {
      if (bound !== null && !isInteger(bound)) throw new TemplateError('slice indices must be integers or None.');
    }
    const by = step === null ? 1 : Number(step);
    if (by === 0) throw new TemplateError('slice step cannot be zero.');
    if (value instanceof Map) throw new TemplateError("unhashable type: 'slice'.");
    const hasItems =
      typeof value === 'string' || Array.isArray(value) || (value instanceof View && value.type === 'range');
    if (!hasItems) throw new TemplateError(`'${typeName(value)}' object is not subscriptable.`);
    const all = this.items(value);
    const items: Value[] = value instanceof Tuple ? new Tuple() : [];
    const [from, to] = sliceBounds(all.length, start, stop, by);
    for (let i = from; by > 0 ? i < to : i > to; i += by) items.push(all[i]);
    this.budget.list(items.length);
    return typeof value === 'string' ? items.join('') : items;
  }

  call(value: Value, args: readonly Value[], named: Named): Value {
    if (value instanceof Undefined) value.fail();
    if (value instanceof Callable) return this.budget.deeper(() => value.call(args, named));
    if (value !== null && isLoop(value)) return this.budget.deeper(() => value.call(args[0] ?? null));
    throw new TemplateError(`'${typeName(value)}' object is not callable.`);
  }

  /** Charges a text. */
  made(text: string): string {
    this.budget.text(text.length);
    return text;
  }

  /** `text * count`, a list likewise */
  repeat(value: string | Value[], count: Value): Value {
    const times = Math.max(0, Number(count));
    if (times > Number.MAX_SAFE_INTEGER) throw new TemplateError("cannot fit 'int' into an index-sized integer.");
    if (typeof value === 'string') {
      this.budget.text(value.length * times);
      return value.repeat(times);
    }
    this.budget.list(value.length * times);
    const items: Value[] = value instanceof Tuple ? new Tuple() : [];
    if (value.length === 0) return items;
    for (let i = 0; i < times; i++) for (const item of value) items.push(item);
    return items;
  }

  private ownAttribute(value: Value, name: string): Value | undefined {
    if (value === null) return undefined;
    if (value instanceof Namespace) return value.entries.get(name);
    if (isLoop(value)) return value.attribute(name);
    if (value instanceof Tuple && value.fields.has(name)) return value.fields.get(name);
    if (value instanceof Callable) return name === 'name' ? value.name : undefined;
    return methodOf(this, value, name);
  }

  private at(value: Value, index: number): Value | undefined {
    if (typeof value === 'string') {
      this.budget.text(value.length);
      return (SURROGATES.test(value) ? characters(value) : value).at(index);
    }
    if (Array.isArray(value)) return value.at(index);
    return value instanceof View && value.type === 'range' ? value.items.at(index) : undefined;
  }

  private unchargedRepr(value: Value): string {
    this.budget.step();
    if (value === null) return 'None';
    switch (typeof value) {
      case 'boolean':
        return value ? 'True' : 'False';
      case 'number':
      case 'bigint':
        return String(value);
      case 'string':
        return pythonString(value);
    }
    const inner = (items: Value[]): string => items.map((item) => this.repr(item)).join(', ');
    if (value instanceof Float) return pythonFloat(value.value);
    if (value instanceof Tuple) return `(${inner(value)}${value.length === 1 ? ',' : ''})`;
    if (Array.isArray(value)) return `[${inner(value)}]`;
    if (value instanceof Map) return this.dictRepr(value);
    if (value instanceof Undefined) return 'Undefined';
    if (value instanceof Namespace) return `<Namespace ${this.dictRepr(value.entries)}>`;
    if (value instanceof View) {
      if (value.type !== 'range') return `${value.type}([${inner(value.items)}])`;
      const [start, stop, step] = value.bounds;
      return `range(${start}, ${stop}${step === 1 ? '' : `, ${step}`})`;
    }
    if (value instanceof Callable) return `<Macro ${pythonString(value.name)}>`;
    if (value instanceof Lazy) return '<generator object>';
    return `<LoopContext ${this.text((value as LoopState).attribute('index')!)}/${this.length(value)}>`;
  }

  private dictRepr(entries: ReadonlyMap<Value, Value>): string {
    return `{${[...entries].map(([name, item]) => `${this.repr(name)}: ${this.repr(item)}`).join(', ')}}`;
  }

  private inIntegers(operator: Operator, left: number | bigint, right: number | bigint): Value {
    if (operator === '**') return this.power(left, right);
    if (typeof left === 'number' && typeof right === 'number') {
      const result = inNumbers(operator, left, right);
      if (Number.isSafeInteger(result)) return result + 0;
    }
    return exact(inBigInts(operator, BigInt(left), BigInt(right)));
  }

  private power(left: number | bigint, right: number | bigint): Value {
    const bits = BigInt(left).toString(2).length * Number(right);
    if (bits > LARGEST_INTEGER && left !== 0 && left !== 1 && left !== -1) {
      throw new TemplateError(`${left} to the power of ${right} is larger than a chat template may need.`);
    }
    return exact(BigInt(left) ** BigInt(right));
  }
}

const SURROGATES = /[\ud800-\udfff]/;

/** Bits of the largest integer that is worked with. */
const LARGEST_INTEGER = 1 << 14;

/** A key of a dictionary: a float that is a whole number is the integer. */
export function key(value: Value): Value {
  if (value instanceof Float && Number.isSafeInteger(value.value)) return value.value;
  if (!isHashable(value)) throw new TemplateError(`unhashable type: '${typeName(value)}'.`);
  return value;
}

function isHashable(value: Value): boolean {
  return value instanceof Tuple || !(Array.isArray(value) || value instanceof Map);
}

export function isInteger(value: Value): value is number | bigint | boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

/** The number a value is, booleans too; undefined where it is none. */
export function numberOf(value: Value): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return Number(value);
  return value instanceof Float ? value.value : undefined;
}

/** An integer as it is kept: a number where that is exact. */
export function exact(value: bigint): number | bigint {
  if (value.toString(16).length * 4 > 2 * LARGEST_INTEGER) {
    throw new TemplateError('an integer becomes larger than a chat template may need.');
  }
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function isSequence(value: Value): value is string | Value[] {
  return typeof value === 'string' || Array.isArray(value);
}

function missing(value: Value, name: Value): Undefined {
  const what = value === null ? 'None' : `${typeName(value)} object`;
  if (typeof name !== 'string')
    return new Undefined(`${what} has no element ${isInteger(name) ? String(name) : typeName(name)}`);
  return new Undefined(`'${what}' has no attribute ${pythonString(name)}`);
}

function inNumbers(operator: Operator, x: number, y: number): number {
  switch (operator) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '/':
      return x / y;
    case '//':
      return Math.round((x - floorModulo(x, y)) / y);
    case '%':
      return floorModulo(x, y);
    case '**':
      return x ** y;
  }
}

/** The rest that has the divisor's sign. */
function floorModulo(x: number, y: number): number {
  const rest = x % y;
  if (rest === 0) return y < 0 ? -0 : 0;
  return rest < 0 !== y < 0 ? rest + y : rest;
}

function inBigInts(operator: Operator, x: bigint, y: bigint): bigint {
  switch (operator) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '//':
      return (x - bigModulo(x, y)) / y;
    default:
      return bigModulo(x, y);
  }
}

function bigModulo(x: bigint, y: bigint): bigint {
  const rest = x % y;
  return rest !== 0n && rest < 0n !== y < 0n ? rest + y : rest;
}

/** From where to where a slice goes, as Python's `slice.indices`. */
function sliceBounds(length: number, start: Value, stop: Value, step: number): [from: number, to: number] {
  const [lowest, highest] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (bound: Value, otherwise: number): number => {
    if (bound === null) return otherwise;
    const at = Number(bound);
    return Math.min(Math.max(at < 0 ? at + length : at, lowest), highest);
  };
  return step > 0 ? [clamp(start, lowest), clamp(stop, highest)] : [clamp(start, highest), clamp(stop, lowest)];
}
