/**
 * The candidate that a mistyped name was probably meant to be: the one with the fewest slips, the first of several. It counts as meant where
 * no more than one character of three is wrong, or where the name is its beginning; case does not count.
 *
 * @returns undefined where no candidate is near
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  let [best, fewest]: [string | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  const allowed = Math.max(1, Math.floor(name.length / 3));
  for (const candidate of candidates) {
    const count = slips(name, candidate);
    if (count <= allowed && count < fewest) [best, fewest] = [candidate, count];
  }
  if (best !== undefined || name.length < BEGINNING) return best;
  return candidates.find((candidate) => candidate.toLowerCase().startsWith(name.toLowerCase()));
}

/** Characters that a beginning must have to tell which name is meant. */
const BEGINNING = 3;

/** Characters inserted, deleted, replaced, or swapped with their neighbour that turn `a` into `b`: optimal string alignment, ignoring case. */
export function slips(a: string, b: string): number {
  const from = [...a.toLowerCase()];
  const to = [...b.toLowerCase()];
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
          ? before[j - 2] + 1
          : Number.POSITIVE_INFINITY;
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1, swapped));
    }
    [before, row] = [row, next];
  }
  return row[to.length];
}
