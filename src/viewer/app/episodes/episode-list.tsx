import { useEffect, useRef, useState } from 'react';
import { readable } from '../../../reports/ticks.ts';
import type { EpisodeRow, EpisodeSort, RunSummary } from '../../api.ts';
import { creditClass, formatCredit } from '../credit/format-credit.ts';
import { asideClasses, MoreColumns } from '../parts/more-columns.tsx';
import { Failure } from '../parts/problems.tsx';
import { useShortcuts } from '../parts/shortcuts.ts';
import { SortHeader } from '../parts/sort-header.tsx';
import { useAside } from '../parts/use-aside.ts';
import { useWindow } from '../parts/use-window.ts';
import { Link, useParameters } from '../routing/use-route.tsx';
import { oneLine } from '../text/visible.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { CreditRange } from './credit-range.tsx';
import { absentKind, type EpisodeFilter, emptyRange } from './episode-filter.ts';
import { kindName } from './filters.tsx';
import { Outcome } from './outcome.tsx';
import { useEpisodeRows } from './use-episode-rows.ts';

/** Heights of a row and of the head; px, as the style has them. */
const ROW = 28;
const HEAD = 29;

const COLUMNS: readonly (readonly [sort: EpisodeSort, title: string, numeric: boolean, hint?: string])[] = [
  ['success', 'Outcome', false],
  ['order', 'Episode', false, 'In the order they were played'],
  ['advantageMin', 'Worst credit', true, 'Smallest advantage of its steps, as trained with'],
  ['advantageMean', 'Mean', true, 'Mean advantage of its steps'],
  ['advantageMax', 'Best', true, 'Largest advantage of its steps'],
  ['steps', 'Turns', true],
  ['invalid', 'Invalid', true, 'Turns whose action was invalid'],
  ['reward', 'Reward', true],
  ['score', 'Score', true],
  ['iteration', 'Iteration', true],
  ['taskType', 'Type', false],
  ['task', 'Task', false],
  ['tokens', 'Tokens', true, 'Response tokens'],
];

interface EpisodeListProps {
  readonly run: RunSummary;
  readonly filter: EpisodeFilter;
}

/** A list of episodes of any length: only the rows in sight are asked for and drawn. */
export function EpisodeList({ run, filter }: EpisodeListProps) {
  const [, change] = useParameters();
  const credited = filter.kind === undefined || filter.kind === 'train';
  const columns = COLUMNS.filter(([key]) =>
    key === 'score' ? isGraded(run) : credited || !key.startsWith('advantage'),
  );
  const [count, setCount] = useState<number>();
  const [active, setActive] = useState<number>();
  const window = useWindow(count ?? 0, ROW, HEAD);
  const { total, milliseconds, pending, error, row } = useEpisodeRows(run.id, filter, window.from, window.to);
  const body = useRef<HTMLTableSectionElement>(null);
  const aside = useAside(window.ref);
  const scrollClasses = `panel episode-scroll${asideClasses(aside)}`;

  // While other pages are on their way, the list stays as long as it was.
  useEffect(() => {
    if (total !== undefined) setCount(total);
  }, [total]);
  const told = JSON.stringify(filter);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins at its top.
  useEffect(() => {
    setActive(undefined);
    if (window.ref.current) window.ref.current.scrollTop = 0;
  }, [told]);
  const drawnNow = active !== undefined && active >= window.from && active < window.to;
  // A row that is drawn, or asked for, only now takes the focus then.
  const activeIsThere = drawnNow && row(active) !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above.
  useEffect(() => {
    if (active === undefined) return;
    body.current?.querySelector<HTMLElement>(`tr[aria-rowindex="${active + 2}"] a`)?.focus({ preventScroll: true });
  }, [active, activeIsThere]);

  const go = (by: number) => {
    if (!count) return;
    const next = active === undefined ? window.from : Math.max(0, Math.min(count - 1, active + by));
    window.show(next);
    setActive(next);
  };
  useShortcuts('Episodes', [
    { keys: ['j'], does: 'next episode', run: () => go(1) },
    { keys: ['k'], does: 'episode before', run: () => go(-1) },
    { keys: ['Enter'], does: 'open the episode' },
  ]);

  const sorted = (key: EpisodeSort) =>
    filter.sort !== key ? undefined : filter.descending ? ('descending' as const) : ('ascending' as const);
  const onSort = (key: EpisodeSort) => change({ sort: sorted(key) === 'ascending' ? `-${key}` : key });
  const indices = Array.from({ length: window.to - window.from }, (_, i) => window.from + i);
  const drawn = indices.map((index) => row(index));
  const reach = Math.max(
    0,
    ...drawn.flatMap((one) => [Math.abs(one?.advantageMin ?? 0), Math.abs(one?.advantageMax ?? 0)]),
  );

  return (
    <section aria-label="Episodes">
      {error && <Failure error={error} what="The episodes" />}
      <p className="muted small found">
        <span role="status">
          {count === undefined
            ? 'Looking for episodes …'
            : `${count.toLocaleString('en')} ${count === 1 ? 'episode' : 'episodes'}${milliseconds === undefined ? '' : `, found in ${readable(milliseconds, 2)} ms`}`}
          {pending > 0 &&
            ` – ${pending} ${pending === 1 ? 'file is' : 'files are'} still being read, so that more will follow`}
        </span>
        {credited && filter.sort !== 'advantageMin' && filter.success === undefined && (
          <button
            type="button"
            className="link screen"
            onClick={() => change({ outcome: 'failure', sort: 'advantageMin' }, true)}
          >
            Failures, the worst credit first
          </button>
        )}
        <MoreColumns scroller={window.ref} aside={aside} />
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex lint/a11y/useSemanticElements: what scrolls must be reachable by keyboard; it is no part of a form. */}
      <div ref={window.ref} className={scrollClasses} tabIndex={0} role="group" aria-label="List of episodes">
        <table className="episodes" aria-rowcount={(count ?? 0) + 1}>
          <thead>
            <tr>
              {columns.flatMap(([key, title, numeric, hint]) => [
                ...(key === 'advantageMin'
                  ? [
                      <th key="range" scope="col" title="From the smallest to the largest advantage, with the mean">
                        Credit
                      </th>,
                    ]
                  : []),
                <SortHeader key={key} sorted={sorted(key)} numeric={numeric} title={hint} onSort={() => onSort(key)}>
                  {title}
                </SortHeader>,
              ])}
            </tr>
          </thead>
          <tbody ref={body}>
            {window.before > 0 && <Gap height={window.before} />}
            {indices.map((index, i) => (
              <tr key={index} aria-rowindex={index + 2} data-row={index}>
                <Cells run={run} row={drawn[i]} credited={credited} reach={reach} onOpen={() => setActive(index)} />
              </tr>
            ))}
            {window.after > 0 && <Gap height={window.after} />}
          </tbody>
        </table>
        {count === 0 && (
          <p className="empty">
            {run.files.length === 0
              ? 'This run has no stored episodes yet.'
              : (absentKind(filter, run.files) ?? emptyRange(filter) ?? 'No episode fits. Widen the filters above.')}
          </p>
        )}
      </div>
    </section>
  );
}

/** Whether the environment of the run grades finer than success. */
function isGraded({ last }: RunSummary): boolean {
  return last['episode/task_score'] !== undefined || last['val/task_score'] !== undefined;
}

/** Stands for rows that are out of sight. */
function Gap({ height }: { readonly height: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus.
    <tr aria-hidden="true">
      <td colSpan={COLUMNS.length + 1} style={{ height, padding: 0 }} />
    </tr>
  );
}

interface CellsProps {
  readonly run: RunSummary;
  readonly row: EpisodeRow | undefined;
  /** Whether there are columns for credit. */
  readonly credited: boolean;
  /** Largest advantage in sight, either way: the range of the bars. */
  readonly reach: number;
  readonly onOpen: () => void;
}

function Cells({ run, row, credited, reach, onOpen }: CellsProps) {
  if (row === undefined) return <td colSpan={COLUMNS.length + 1} className="coming" />;
  const { kind, iteration, group, id, task, taskType, advantageMin, advantageMean, advantageMax } = row;
  const place = { run: run.id, kind, iteration, group };
  return (
    <>
      <td>
        <Outcome success={row.success} end={row.end} />
      </td>
      <td className="episode-name">
        <Link to={{ page: 'episode', ...place, episode: id }} data-open="" onClick={onOpen}>
          <VisibleText text={oneLine(id, 40)} />
        </Link>{' '}
        <Link to={{ page: 'group', ...place }} parameters={{ episode: id }} className="muted small">
          group <VisibleText text={oneLine(group, 24)} />
        </Link>
      </td>
      {credited && (
        <>
          <td>
            <CreditRange low={advantageMin} mean={advantageMean} high={advantageMax} reach={reach} />
          </td>
          <td className="number">
            <Credit value={advantageMin} />
          </td>
          <td className="number">
            <Credit value={advantageMean} />
          </td>
          <td className="number">
            <Credit value={advantageMax} />
          </td>
        </>
      )}
      <td className="number">{row.steps}</td>
      <td className="number">{row.invalid === 0 ? <span className="muted">0</span> : row.invalid}</td>
      <td className="number">{readable(row.reward)}</td>
      {isGraded(run) && <td className="number">{row.score === null ? '–' : readable(row.score)}</td>}
      <td className="number">
        {kind !== 'train' && <span className="muted small">{kindName(kind)} </span>}
        {iteration.toLocaleString('en')}
      </td>
      <td>{taskType === null ? '–' : <VisibleText text={oneLine(taskType, 30)} />}</td>
      <td className="task">{task === null ? '–' : <VisibleText text={oneLine(task, 48)} />}</td>
      <td className="number">{row.tokens?.toLocaleString('en') ?? '–'}</td>
    </>
  );
}

function Credit({ value }: { readonly value: number | null }) {
  if (value === null) return <span className="muted">–</span>;
  return <span className={creditClass(value)}>{formatCredit(value)}</span>;
}
