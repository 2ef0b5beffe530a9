import { TemplateError } from './template-error.ts';

/**
 * The values of a template are Python's: None is null, integers are numbers or, where those are not exact, bigints; floats are
 * boxed, lists are arrays, dictionaries are Maps in the order of their keys.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Value[]
  | Dict
  | Undefined
  | Namespace
  | Callable
  | View
  | Lazy
  | LoopState;

export type Dict = Map<Value, Value>;

/** A float: 1.0 is written otherwise than 1. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** A list that cannot change. */
export class Tuple extends Array<Value> {
  /** What is made from a tuple is a list. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** Its items by name, where they have names. */
  readonly fields = new Map<string, Value>();
}

export function tupleOf(...items: Value[]): Tuple {
  const tuple = new Tuple();
  for (const item of items) tuple.push(item);
  return tuple;
}

/** What a name or key stands for that is not there: printed as nothing, false, empty; anything else with it is an error. */
export class Undefined {
  /** What that error says. */
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }

  /** @throws TemplateError always */
  fail(): never {
    throw new TemplateError(`${this.message}.`);
  }
}

/** The one thing that can be changed: `{% set ns.x = … %}`. */
export class Namespace {
  readonly entries = new Map<string, Value>();
}

/** Named arguments of a call. */
export type Named = ReadonlyMap<string, Value>;

/** A function, method or macro. */
export class Callable {
  readonly name: string;
  readonly call: (args: readonly Value[], named: Named) => Value;

  constructor(name: string, call: (args: readonly Value[], named: Named) => Value) {
    this.name = name;
    this.call = call;
  }
}

/** What `keys()`, `values()` and `items()` of a dictionary give, and `range()`. */
export class View {
  readonly type: 'dict_keys' | 'dict_values' | 'dict_items' | 'range';
  readonly items: Value[];
  /** Of a range. */
  readonly bounds: readonly number[];

  constructor(type: View['type'], items: Value[], bounds: readonly number[] = []) {
    this.type = type;
    this.items = items;
    this.bounds = bounds;
  }
}

/** What filters like `select` give: it is made when it is asked for, and gives every item once. */
export class Lazy {
  private readonly make: () => Value[];
  private items: Value[] | undefined;
  private at = 0;

  constructor(make: () => Value[]) {
    this.make = make;
  }

  /** The items that are left. */
  rest(): Value[] {
    this.items ??= this.make();
    const rest = this.items.slice(this.at);
    this.at = this.items.length;
    return rest;
  }

  /** The next item; undefined where there is none. */
  next(): Value | undefined {
    this.items ??= this.make();
    return this.at < this.items.length ? this.items[this.at++] : undefined;
  }
}

/** The variable `loop`. */
export interface LoopState {
  readonly isLoop: true;
  attribute(name: string): Value | undefined;
  call(items: Value): Value;
}

export function isLoop(value: Value): value is LoopState {
  return typeof value === 'object' && value !== null && 'isLoop' in value;
}

/** Deepest nesting of what is given to a template. */
const DEEPEST = 500;

/**
 * A value of JavaScript as one of Python: what JSON can hold, and Maps, bigints and Floats. Fields that are undefined are left
 * out. A number without a fraction is an integer.
 *
 * @param path what the value is, for messages
 * @throws TypeError when the value holds something else, RangeError when it is nested deeper than 500
 */
export function toPython(value: unknown, path: string, depth = 0): Value {
  if (depth > DEEPEST) throw new RangeError(`${path} is nested deeper than ${DEEPEST}. It may contain itself.`);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      // Also −0, which JSON has and Python reads as 0.
      return Number.isSafeInteger(value) ? value + 0 : new Float(value);
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    case 'undefined':
      return null;
    case 'object':
      break;
    default:
      throw new TypeError(`${path} is a ${typeof value}. A template takes what JSON can hold.`);
  }
  if (value === null || value instanceof Float) return value;
  if (Array.isArray(value)) return value.map((item, i) => toPython(item, `${path}[${i}]`, depth + 1));
  const prototype = Object.getPrototypeOf(value);
  if (!(value instanceof Map) && prototype !== null && prototype !== Object.prototype) {
    throw new TypeError(`${path} is a ${prototype.constructor?.name}. A template takes what JSON can hold.`);
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return new Map(
    entries
      .filter(([, item]) => item !== undefined)
      .map(([key, item]): [Value, Value] => [
        toPython(key, path, depth + 1),
        toPython(item, `${path}.${key}`, depth + 1),
      ]),
  );
}

/** `type(value).__name__` */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
    case 'bigint':
      return 'int';
    case 'string':
      return 'str';
  }
  if (value instanceof Float) return 'float';
  if (value instanceof Tuple) return 'tuple';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Map) return 'dict';
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Namespace) return 'Namespace';
  if (value instanceof Callable) return 'function';
  if (value instanceof View) return value.type;
  return value instanceof Lazy ? 'generator' : 'LoopContext';
}

/** Characters as Python counts them: code points. */
export function characters(text: string): string[] {
  return Array.from(text);
}

/** `len(text)` */
export function textLength(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let length = 0;
  for (const _ of text) length++;
  return length;
}

const SURROGATE = /[\ud800-\udfff]/;
