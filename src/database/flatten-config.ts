import { createHash } from 'node:crypto';

export type Scalar = string | number | boolean | null;

/** A configuration with dotted keys, lists by index: `credit.options.lambda`, `lora.targets.0`. */
export function flattenConfig(config: unknown): Record<string, Scalar> {
  const flat: [string, Scalar][] = [];
  const walk = (value: unknown, path: string): void => {
    if (value !== null && typeof value === 'object') {
      for (const [key, child] of Object.entries(value)) walk(child, path === '' ? key : `${path}.${key}`);
    } else if (path !== '') {
      flat.push([path, value as Scalar]);
    }
  };
  walk(config, '');
  return Object.fromEntries(flat);
}

/** What decides nothing of what a run computes: which repetition it is, and where its metrics go besides its folder. */
const BESIDE_THE_POINT = /^(seed|loggers)(\.|$)/;

/** Equal for configurations that differ in nothing but `seed` and `loggers`. */
export function experimentOf(settings: Readonly<Record<string, Scalar>>): string {
  const rest = Object.entries(settings).filter(([key]) => !BESIDE_THE_POINT.test(key));
  rest.sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(rest)).digest('hex').slice(0, 12);
}
