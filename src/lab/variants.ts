import { parse } from 'yaml';
import {
  ALGORITHM_NAMES,
  type AlgorithmName,
  type CreditOptions,
  findAlgorithm,
  resolveOptions,
} from '../credit/index.ts';

/** An algorithm with options, as it is compared in the laboratory. */
export interface Variant {
  /** As it was written: `gagpo`, `gagpo:lambda=0.5,scope=batch`. */
  readonly label: string;
  readonly algorithm: AlgorithmName;
  readonly options: CreditOptions;
}

/** A variant that is not written as one. */
export class VariantError extends Error {
  readonly code = 'TURNWISE_LAB_VARIANT';
  override readonly name = 'VariantError';
}

/** Every algorithm with its defaults. */
export function allVariants(): Variant[] {
  return ALGORITHM_NAMES.map((name) => parseVariant(name));
}

/** @throws VariantError, UnknownAlgorithmError, CreditOptionError */
export function parseVariant(text: string): Variant {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  findAlgorithm(name);
  const options: Record<string, unknown> = {};
  for (const setting of colon < 0 ? [] : text.slice(colon + 1).split(',')) {
    const equals = setting.indexOf('=');
    if (equals < 1) throw new VariantError(`${text}: write name:key=value,key=value, for example gagpo:lambda=0.5`);
    options[setting.slice(0, equals)] = parse(setting.slice(equals + 1));
  }
  return { label: text, algorithm: name as AlgorithmName, options: resolveOptions(name, options) };
}
