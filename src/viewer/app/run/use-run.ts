import type { RunSummary } from '../../api.ts';
import type { Answer } from '../data/client.ts';
import { useAnswer } from '../data/use-answer.ts';

/** A run by its id; an error where there is no such run. */
export function useRun(id: string): Answer<RunSummary> {
  const { data, error, loading } = useAnswer('runs', null);
  const run = data?.find((one) => one.id === id);
  if (data !== undefined && run === undefined) {
    return { data: undefined, error: new Error(`There is no run "${id}" here (any more).`), loading: false };
  }
  return { data: run, error: run === undefined ? error : undefined, loading };
}
