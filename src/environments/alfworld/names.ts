import type { Random } from '../../text/random.ts';

/**
 * The names ALFWorld gives to ids such as `cabinet_bar__minus_01_…`: the part before the first `_bar_` (with "basin" where that occurs: a sink's basin is
 * a `sinkbasin`) and a number. Ids are taken in sorted order and numbers handed out from the highest down, so lists read "cabinet 2,
 * cabinet 1".
 *
 * @param random shuffles which of the ids with the same base gets which number, as the original's domain randomization does, in an
 * order of our own.
 */
export function alfworldNames(sortedIds: readonly string[], random?: Random): ReadonlyMap<string, string> {
  const base = (id: string): string => {
    const head = id.split('_bar_')[0];
    return id.includes('basin') ? `${head}basin` : head;
  };
  const numbered = sortedIds.filter((id) => id.includes('_bar_'));
  const order = random === undefined ? sortedIds : random.shuffle([...sortedIds]);
  const left = new Map<string, number>();
  for (const id of numbered) left.set(base(id), (left.get(base(id)) ?? 0) + 1);
  const names = new Map<string, string>();
  for (const id of order) {
    if (!id.includes('_bar_')) {
      names.set(id, `${id} `);
      continue;
    }
    const number = left.get(base(id))!;
    left.set(base(id), number - 1);
    names.set(id, `${base(id)} ${number}`);
  }
  return names;
}
