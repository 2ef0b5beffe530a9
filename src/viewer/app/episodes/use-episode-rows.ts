import type { EpisodeRow } from '../../api.ts';
import { useAnswer } from '../data/use-answer.ts';
import type { EpisodeFilter } from './episode-filter.ts';

/** Rows asked for at a time; more than are ever seen at once, so that two pages always cover them. */
const PAGE = 200;

export interface EpisodeRows {
  readonly total: number | undefined;
  readonly milliseconds: number | undefined;
  readonly pending: number;
  readonly error: Error | undefined;
  readonly row: (index: number) => EpisodeRow | undefined;
}

/** The rows of a list around the ones that are seen. */
export function useEpisodeRows(run: string, filter: EpisodeFilter, from: number, to: number): EpisodeRows {
  const first = Math.floor(from / PAGE);
  const last = Math.floor(Math.max(from, to - 1) / PAGE);
  const query = (page: number) => ({ ...filter, run, offset: page * PAGE, limit: PAGE });
  const one = useAnswer('episodes', query(first));
  const two = useAnswer('episodes', last > first ? query(last) : undefined);
  // A page that is still under way says nothing of the total; the other one may.
  const told = one.data ?? two.data;
  return {
    total: told?.total,
    milliseconds: told?.milliseconds,
    pending: Math.max(one.data?.pending ?? 0, two.data?.pending ?? 0),
    error: one.error ?? two.error,
    row: (index) => {
      const page = Math.floor(index / PAGE);
      const answer = page === first ? one : page === last ? two : undefined;
      return answer?.data?.rows[index - page * PAGE];
    },
  };
}
