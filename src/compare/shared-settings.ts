import { isTree, type Tree } from './comparison.ts';

/**
 * What all of several settings have, and what each has of its own: `merged(shared, own)` is each of them again.
 *
 * @param all one at least
 */
export function shareSettings(all: readonly Tree[]): { shared: Tree; own: Tree[] } {
  const shared: Record<string, unknown> = {};
  const own = all.map((): Record<string, unknown> => ({}));
  for (const key of new Set(all.flatMap((settings) => Object.keys(settings)))) {
    const values = all.map((settings) => (Object.hasOwn(settings, key) ? settings[key] : undefined));
    // What one lacks cannot be shared: laid over nothing it would come back.
    if (values.every(isTree)) {
      const below = shareSettings(values);
      shared[key] = below.shared;
      below.own.forEach((tree, i) => {
        if (Object.keys(tree).length > 0) own[i][key] = tree;
      });
    } else if (new Set(values.map((value) => JSON.stringify(value))).size === 1) shared[key] = values[0];
    else
      values.forEach((value, i) => {
        if (value !== undefined) own[i][key] = value;
      });
  }
  return { shared, own };
}

/** Says the first key, in dotted form, at which two plain values differ, with both; undefined where they are equal. */
export function firstDifference(a: unknown, b: unknown, path = ''): string | undefined {
  if (isTree(a) && isTree(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const found = firstDifference(a[key], b[key], path === '' ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const [before, now] = [a, b].map((value) => JSON.stringify(value) ?? 'not set');
  return before === now ? undefined : `${path} was ${before} and is now ${now}`;
}
