import { TemplateError } from './template-error.ts';
import type { Named, Value } from './values.ts';

/** Marks a parameter that must be given. */
export const REQUIRED = Symbol('required');

/** Parameters in their order, with the values they have where they are not given. */
export type Signature = Readonly<Record<string, Value | typeof REQUIRED>>;

/**
 * The values of a function's parameters.
 *
 * @throws TemplateError when one is missing, unknown or given twice, or there are too many
 */
export function bind(name: string, signature: Signature, args: readonly Value[], named: Named): Value[] {
  const parameters = Object.keys(signature);
  if (args.length > parameters.length) {
    throw new TemplateError(`${name} takes at most ${parameters.length} arguments, ${args.length} were given.`);
  }
  for (const given of named.keys()) {
    const at = parameters.indexOf(given);
    if (at < 0) throw new TemplateError(`${name} has no parameter '${given}'.`);
    if (at < args.length) throw new TemplateError(`${name} got two values for '${given}'.`);
  }
  return parameters.map((parameter, i) => {
    const value = i < args.length ? args[i] : (named.get(parameter) ?? signature[parameter]);
    if (value === REQUIRED) throw new TemplateError(`${name} needs its argument '${parameter}'.`);
    return named.has(parameter) ? named.get(parameter)! : (value as Value);
  });
}

/** @throws TemplateError when it is no text */
export function asText(value: Value, what: string): string {
  if (typeof value === 'string') return value;
  throw new TemplateError(`${what} must be a text.`);
}

/** @throws TemplateError when it is no integer */
export function asInteger(value: Value, what: string): number {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  throw new TemplateError(`${what} must be an integer.`);
}
