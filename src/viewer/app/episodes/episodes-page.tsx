import { useMemo } from 'react';
import type { RunSummary } from '../../api.ts';
import { useAnswer } from '../data/use-answer.ts';
import { Failure } from '../parts/problems.tsx';
import { useParameters } from '../routing/use-route.tsx';
import { ALL_KINDS, parseFilter, usualKind } from './episode-filter.ts';
import { EpisodeList } from './episode-list.tsx';
import { Filters } from './filters.tsx';

/** The episodes of a run: filters above, the list below. All of it is in the address. */
export function EpisodesPage({ run }: { readonly run: RunSummary }) {
  const [parameters] = useParameters();
  const { data: facets, error } = useAnswer('facets', run.id);
  // An exported page may hold other kinds than the run; until they are known, what the run has.
  const usual = usualKind(facets?.kinds ?? [...new Set(run.files.map(({ kind }) => kind))]);
  const filter = useMemo(() => parseFilter(parameters, usual), [parameters, usual]);
  return (
    <>
      {error && <Failure error={error} what="What the episodes can be filtered by" />}
      <Filters facets={facets} kind={filter.kind} usual={usual ?? ALL_KINDS} />
      <EpisodeList run={run} filter={filter} />
    </>
  );
}
