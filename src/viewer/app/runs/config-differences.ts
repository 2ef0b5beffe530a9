import type { RunSummary } from '../../api.ts';

export type ConfigValue = string | number | boolean | null;

/** What the page shows in columns of their own, whether it differs or not. */
const HAVE_COLUMNS: ReadonlySet<string> = new Set(['seed', 'credit.algorithm', 'environment.name', 'iterations']);

/**
 * Keys of the configuration in which the runs differ, in the order they come in; one that some runs lack differs. Without
 * those that every table of runs shows anyway.
 */
export function differingKeys(runs: readonly Pick<RunSummary, 'config'>[]): string[] {
  const keys = [...new Set(runs.flatMap(({ config }) => Object.keys(config)))];
  return keys.filter((key) => {
    if (HAVE_COLUMNS.has(key)) return false;
    return runs.some(({ config }) => !Object.is(config[key], runs[0].config[key]));
  });
}

/** The shortest ends of dotted keys that tell them apart: `lambda`, or `train.lambda` where there are two. */
export function shortKeys(keys: readonly string[]): string[] {
  return keys.map((key) => {
    const parts = key.split('.');
    for (let count = 1; count < parts.length; count++) {
      const end = parts.slice(-count).join('.');
      if (keys.every((other) => other === key || !`.${other}`.endsWith(`.${end}`))) return end;
    }
    return key;
  });
}
