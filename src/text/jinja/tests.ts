import { isFilter } from './filters.ts';
import { isLower, isUpper } from './methods.ts';
import { isInteger, key, type Operations } from './operations.ts';
import type { Comparison } from './syntax.ts';
import { TemplateError } from './template-error.ts';
import { Callable, Float, isLoop, Lazy, type Named, Undefined, type Value, View } from './values.ts';

/** Jinja's tests: what may stand after `is`. */

type Test = (value: Value, args: readonly Value[], ops: Operations) => boolean;

/**
 * `value is name(args)`
 *
 * @throws TemplateError when there is no such test, or it does not take these
 */
export function testNamed(ops: Operations, name: string, value: Value, args: readonly Value[], named: Named): boolean {
  const test = TESTS.get(name);
  if (test === undefined) throw new TemplateError(`there is no test '${name}'.`);
  const count = WITH_ARGUMENT.has(name) ? 1 : 0;
  if (args.length !== count || named.size > 0)
    throw new TemplateError(`the test '${name}' takes ${count === 0 ? 'no argument' : 'one argument'}.`);
  return test(value, args, ops);
}

const comparison =
  (operator: Comparison): Test =>
  (value, [other], ops) =>
    ops.compare(operator, value, other);

const COMPARISONS: readonly (readonly [string, Test])[] = [
  ...['==', 'eq', 'equalto'].map((name) => [name, comparison('==')] as const),
  ...['!=', 'ne'].map((name) => [name, comparison('!=')] as const),
  ...['>', 'gt', 'greaterthan'].map((name) => [name, comparison('>')] as const),
  ...['>=', 'ge'].map((name) => [name, comparison('>=')] as const),
  ...['<', 'lt', 'lessthan'].map((name) => [name, comparison('<')] as const),
  ...['<=', 'le'].map((name) => [name, comparison('<=')] as const),
  ['in', comparison('in')],
];

const remainder = (ops: Operations, value: Value, by: Value, rest: number): boolean =>
  ops.equal(ops.binary('%', value, by), rest);

const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ...COMPARISONS,
  ['boolean', (value) => typeof value === 'boolean'],
  ['callable', (value) => value instanceof Callable || value instanceof Undefined || (value !== null && isLoop(value))],
  ['defined', (value) => !(value instanceof Undefined)],
  ['divisibleby', (value, [by], ops) => remainder(ops, value, by, 0)],
  ['escaped', () => false],
  ['even', (value, _, ops) => remainder(ops, value, 2, 0)],
  ['false', (value) => value === false],
  ['filter', (value) => isFilter(value)],
  ['float', (value) => value instanceof Float],
  ['integer', (value) => isInteger(value) && typeof value !== 'boolean'],
  ['iterable', (value) => isIterable(value)],
  ['lower', (value, _, ops) => isLower(ops.text(value))],
  ['mapping', (value) => value instanceof Map],
  ['none', (value) => value === null],
  ['number', (value) => isInteger(value) || value instanceof Float],
  ['odd', (value, _, ops) => remainder(ops, value, 2, 1)],
  ['sameas', (value, [other]) => Object.is(value, other)],
  ['sequence', (value) => isSequence(value)],
  ['string', (value) => typeof value === 'string'],
  ['test', (value) => typeof key(value) === 'string' && TESTS.has(value as string)],
  ['true', (value) => value === true],
  ['undefined', (value) => value instanceof Undefined],
  ['upper', (value, _, ops) => isUpper(ops.text(value))],
]);

const WITH_ARGUMENT: ReadonlySet<string> = new Set([...COMPARISONS.map(([name]) => name), 'divisibleby', 'sameas']);

function isIterable(value: Value): boolean {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Map) return true;
  return (
    value instanceof View || value instanceof Lazy || value instanceof Undefined || (value !== null && isLoop(value))
  );
}

function isSequence(value: Value): boolean {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Map || value instanceof Undefined)
    return true;
  return value instanceof View && value.type === 'range';
}
