import type { EpisodeQuery, EpisodeRow } from '../../api.ts';

/** The rows that fit a query, as a page without a server finds them. @param texts what was said in an episode */
export function filterEpisodes(
  rows: readonly EpisodeRow[],
  query: EpisodeQuery,
  texts: (row: EpisodeRow) => readonly string[],
): EpisodeRow[] {
  const wanted = query.text?.toLowerCase();
  return rows.filter(
    (row) =>
      (query.kind === undefined || row.kind === query.kind) &&
      within(row.iteration, query.iterationFrom, query.iterationTo) &&
      (query.success === undefined || row.success === query.success) &&
      (query.end === undefined || row.end === query.end) &&
      (query.taskType === undefined || row.taskType === query.taskType) &&
      (query.task === undefined || row.task === query.task) &&
      (query.group === undefined || row.group === query.group) &&
      within(row.steps, query.stepsFrom, query.stepsTo) &&
      (wanted === undefined || texts(row).some((text) => text.toLowerCase().includes(wanted))),
  );
}

function within(value: number, from: number | undefined, to: number | undefined): boolean {
  return (from === undefined || value >= from) && (to === undefined || value <= to);
}

/** The rows in the order of a query: what has no value comes last either way, and equal rows stay in their order. */
export function sortEpisodes(
  rows: readonly EpisodeRow[],
  { sort, descending }: Pick<EpisodeQuery, 'sort' | 'descending'>,
): EpisodeRow[] {
  const sign = descending ? -1 : 1;
  if (sort === 'order') return descending ? [...rows].reverse() : [...rows];
  return [...rows].sort((a, b) => {
    const [x, y] = [a[sort], b[sort]];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return x === y ? 0 : sign * (x < y ? -1 : 1);
  });
}
