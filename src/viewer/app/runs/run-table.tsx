import { Fragment, useRef } from 'react';
import type { RunSummary } from '../../api.ts';
import { seriesColour } from '../curves/series.ts';
import { ChoiceMenu } from '../parts/choice-menu.tsx';
import { asideClasses, MoreColumns } from '../parts/more-columns.tsx';
import { SortHeader } from '../parts/sort-header.tsx';
import { Status } from '../parts/status.tsx';
import { useAside } from '../parts/use-aside.ts';
import { useRowKeys } from '../parts/use-row-keys.ts';
import { formatList, parseList } from '../routing/lists.ts';
import { Link, useParameters } from '../routing/use-route.tsx';
import { VisibleText } from '../text/visible-text.tsx';
import { type ColumnGroup, type RunColumn, runColumns, sortRuns } from './run-columns.tsx';

interface RunTableProps {
  /** All, the oldest first: this order gives them their colours. */
  readonly runs: readonly RunSummary[];
  readonly shown: readonly RunSummary[];
  readonly chosen: readonly RunSummary[];
  readonly onChoose: (ids: readonly string[]) => void;
}

const GROUPS: Readonly<Record<ColumnGroup, string>> = {
  run: 'Run',
  config: 'Configuration',
  metric: 'Last value',
};

/** The runs: how they stand, in what their configurations differ, how well they did. */
export function RunTable({ runs, shown, chosen, onChoose }: RunTableProps) {
  const [parameters, change] = useParameters();
  const table = useRowKeys('Runs');
  const scroller = useRef<HTMLDivElement>(null);
  const aside = useAside(scroller);
  const { all, byDefault } = runColumns(shown);
  const keys = parseList(parameters['columns']) ?? byDefault;
  const columns = all.filter(({ key }) => keys.includes(key));
  const sort = parameters['sort'] ?? '';
  const descending = sort.startsWith('-');
  const sortKey = sort.replace(/^-/, '');
  const newest = [...shown].reverse();
  const rows = sortKey === 'name' ? byName(shown, descending) : sortRuns(newest, find(all, sortKey), descending);
  const sorted = (key: string) => (key !== sortKey ? undefined : descending ? 'descending' : 'ascending');
  const onSort = (key: string) => change({ sort: sorted(key) === 'ascending' ? `-${key}` : key });
  const toggle = (id: string) => {
    const ids = chosen.map((run) => run.id);
    onChoose(ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id]);
  };
  const groups = (['run', 'config', 'metric'] as const)
    .map((group) => ({ group, count: columns.filter((column) => column.group === group).length }))
    .filter(({ count }) => count > 0);
  const differences = columns.filter(({ group }) => group === 'config').length;

  return (
    <section aria-label="Table of runs">
      <div className="controls bar screen">
        <input
          type="search"
          placeholder="Find runs"
          aria-label="Find runs by name, algorithm, environment or status"
          defaultValue={parameters['find']}
          onChange={({ target }) => change({ find: target.value })}
        />
        <ChoiceMenu
          label="Columns"
          choices={all.map(({ key, title, full, group }) => ({ key, title, note: full, group: GROUPS[group] }))}
          chosen={keys}
          onChange={(next) => change({ columns: formatList(next) })}
          onReset={() => change({ columns: undefined })}
        />
        <span className="muted small">
          {parameters['columns'] === undefined && shown.length > 1
            ? differences === 0
              ? 'The configurations differ in nothing but what is shown.'
              : 'Of the configurations, only what differs between these runs is shown.'
            : ''}
        </span>
        <MoreColumns scroller={scroller} aside={aside} />
      </div>
      <div ref={scroller} className={`wide panel${asideClasses(aside)}`}>
        <table ref={table} className="runs">
          <thead>
            <tr className="groups">
              <td colSpan={3} />
              {groups.map(({ group, count }) =>
                group === 'run' ? (
                  <td key={group} colSpan={count} className="first-of-group" />
                ) : (
                  <th key={group} colSpan={count} scope="colgroup" className="first-of-group">
                    {GROUPS[group]}
                  </th>
                ),
              )}
            </tr>
            <tr>
              <th scope="col" className="pick">
                <input
                  type="checkbox"
                  aria-label="Draw all these runs"
                  checked={shown.length > 0 && chosen.length === shown.length}
                  onChange={({ target }) => onChoose(target.checked ? shown.map(({ id }) => id) : [])}
                />
              </th>
              <SortHeader sorted={sorted('name')} onSort={() => onSort('name')}>
                Name
              </SortHeader>
              <th scope="col">Status</th>
              {columns.map((column, c) => (
                <SortHeader
                  key={column.key}
                  sorted={sorted(column.key)}
                  numeric={column.numeric}
                  title={column.full}
                  className={columns[c - 1]?.group === column.group ? '' : 'first-of-group'}
                  onSort={() => onSort(column.key)}
                >
                  {column.group === 'config' ? <DottedKey text={column.title} /> : column.title}
                </SortHeader>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((run) => (
              <tr key={run.id} data-row={run.id}>
                <td className="pick">
                  <input
                    type="checkbox"
                    aria-label={`Draw ${run.name}`}
                    checked={chosen.includes(run)}
                    onChange={() => toggle(run.id)}
                  />
                  <span
                    className="swatch"
                    style={{ background: chosen.includes(run) ? seriesColour(runs.indexOf(run)) : 'transparent' }}
                  />
                </td>
                <th scope="row" className="name">
                  <Link data-open="" to={{ page: 'episodes', run: run.id }}>
                    <VisibleText text={run.name} />
                  </Link>
                  {run.problems.length > 0 && (
                    <span className="problem-mark" title={`${run.problems.length} files could not be read`}>
                      ⚠ <span className="only-read">{run.problems.length} problems in its files</span>
                    </span>
                  )}
                </th>
                <td>
                  <Status run={run} />
                </td>
                {columns.map((column, c) => (
                  <td
                    key={column.key}
                    className={`${column.numeric ? 'number' : ''} ${columns[c - 1]?.group === column.group ? '' : 'first-of-group'}`}
                  >
                    {column.key === 'iteration' && run.iterations !== null ? (
                      <>
                        {column.show(run)} <span className="muted">/ {run.iterations.toLocaleString('en')}</span>
                      </>
                    ) : (
                      column.show(run)
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p className="empty">No run fits “{parameters['find']}”.</p>}
      </div>
    </section>
  );
}

/** A dotted key that may go on in a new line behind each dot. */
function DottedKey({ text }: { readonly text: string }) {
  return text.split('.').map((part, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place.
    <Fragment key={i}>
      {i > 0 && (
        <>
          .<wbr />
        </>
      )}
      {part}
    </Fragment>
  ));
}

function find(columns: readonly RunColumn[], key: string): RunColumn | undefined {
  return columns.find((column) => column.key === key);
}

function byName(runs: readonly RunSummary[], descending: boolean): RunSummary[] {
  const sorted = [...runs].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  return descending ? sorted.reverse() : sorted;
}
