import { useMemo } from 'react';
import type { RunSummary } from '../../api.ts';
import { Curves } from '../curves/curves.tsx';
import { useAnswer } from '../data/use-answer.ts';
import { Failure, Loading } from '../parts/problems.tsx';
import { formatList, parseList } from '../routing/lists.ts';
import { useParameters } from '../routing/use-route.tsx';
import { RunTable } from './run-table.tsx';

/** Runs chosen where nobody chose: no more, so that the lines can be told apart. */
const AT_FIRST = 8;

/** The table of all runs, and the curves of the chosen ones. */
export function RunsPage() {
  const { data, error } = useAnswer('runs', null);
  // From the oldest on, so that a new run takes no colour from another.
  const runs = useMemo(() => data && [...data].sort(byStart), [data]);
  const [parameters, change] = useParameters();
  const wanted = parameters['find']?.toLowerCase() ?? '';
  const shown = useMemo(() => (runs ?? []).filter((run) => fits(run, wanted)), [runs, wanted]);
  const chosen = useMemo(
    () => chosenRuns(shown, parseList(parameters['runs'] === '-' ? '' : parameters['runs'])),
    [shown, parameters['runs']],
  );

  if (runs === undefined) return error ? <Failure error={error} what="The runs" alone /> : <Loading what="runs" />;
  const running = runs.filter(({ status }) => status === 'running').length;
  const choose = (ids: readonly string[]) => change({ runs: ids.length === 0 ? '-' : formatList(ids) });
  return (
    <>
      <header className="page-head">
        <h1>Runs</h1>
        <p className="muted">
          {runs.length === 1 ? '1 run' : `${runs.length} runs`}
          {running > 0 && `, ${running} running`}
        </p>
      </header>
      {error && <Failure error={error} what="The newest state of the runs" />}
      {runs.length === 0 ? (
        <p className="empty">
          There is no run here yet. <code>turnwise train</code> writes one; it appears by itself.
        </p>
      ) : (
        <>
          <RunTable runs={runs} shown={shown} chosen={chosen} onChoose={choose} />
          <Curves runs={runs} chosen={chosen} />
        </>
      )}
    </>
  );
}

function fits(run: RunSummary, wanted: string): boolean {
  return `${run.name} ${run.id} ${run.algorithm} ${run.environment} ${run.status}`.toLowerCase().includes(wanted);
}

/** The newest few where nobody chose. */
function chosenRuns(runs: readonly RunSummary[], ids: readonly string[] | undefined): RunSummary[] {
  if (ids !== undefined) return runs.filter(({ id }) => ids.includes(id));
  return runs.slice(-AT_FIRST);
}

function byStart(a: RunSummary, b: RunSummary): number {
  const [x, y] = [a.startedAt ?? '', b.startedAt ?? ''];
  return x === y ? a.id.localeCompare(b.id) : x < y ? -1 : 1;
}
