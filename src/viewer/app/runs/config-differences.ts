import type { RunSummary } from '../../api.ts';

export type ConfigValue = string | number | boolean | null;

/** A configuration with dotted keys. */
export type Config = Readonly<Record<string, ConfigValue>>;

/** What the page shows in columns of their own, whether it differs or not. */
const HAVE_COLUMNS: ReadonlySet<string> = new Set(['seed', 'credit.algorithm', 'environment.name', 'iterations']);

/** What changes nothing of what a run learns: where its metrics go besides its folder. */
const BESIDE_THE_POINT = /^loggers(\.|$)/;

/** A configuration whose lists are one value each: `lora.targets` in place of `lora.targets.0`, `lora.targets.1`, …. */
export function withLists(config: RunSummary['config']): Config {
  const merged = new Map<string, ConfigValue>();
  for (const [key, value] of Object.entries(config)) {
    const list = /^(.+)\.\d+$/.exec(key)?.[1];
    if (list === undefined) merged.set(key, value);
    else merged.set(list, merged.has(list) ? `${merged.get(list)}, ${value}` : String(value));
  }
  return Object.fromEntries(merged);
}

/**
 * Keys in which configurations differ, in the order they come in; one that some of them lack differs. Without those that every
 * table of runs shows anyway, and those that decide nothing.
 */
export function differingKeys(configs: readonly Config[]): string[] {
  const keys = [...new Set(configs.flatMap((config) => Object.keys(config)))];
  return keys.filter((key) => {
    if (HAVE_COLUMNS.has(key) || BESIDE_THE_POINT.test(key)) return false;
    return configs.some((config) => !Object.is(config[key], configs[0][key]));
  });
}

/** Parts of a dotted key that say at least what it is about: `checkpoints.every`, not `every`. */
const FEWEST = 2;

/** The shortest ends of dotted keys that say what they are and tell them apart: `options.lambda`, or `credit.options.lambda`. */
export function shortKeys(keys: readonly string[]): string[] {
  return keys.map((key) => {
    const parts = key.split('.');
    for (let count = FEWEST; count < parts.length; count++) {
      const end = parts.slice(-count).join('.');
      // An index of a list is no name to begin or to end with.
      if (/^\d/.test(end)) continue;
      if (keys.every((other) => other === key || !`.${other}`.endsWith(`.${end}`))) return end;
    }
    return key;
  });
}
