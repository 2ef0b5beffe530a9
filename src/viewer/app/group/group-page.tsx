import { useMemo } from 'react';
import { readable } from '../../../reports/ticks.ts';
import type { GroupView, RunSummary } from '../../api.ts';
import type { Table } from '../charts/csv.ts';
import { Figure } from '../charts/figure.tsx';
import { useWindowHeight } from '../charts/use-width.ts';
import { edgeCredit, fullColour } from '../credit/edge-credit.ts';
import { formatCredit } from '../credit/format-credit.ts';
import { useAnswer } from '../data/use-answer.ts';
import { AlgorithmSelect } from '../episode/algorithm-choice.tsx';
import { Beginning } from '../episode/beginning.tsx';
import { Failure, Loading } from '../parts/problems.tsx';
import { useShortcuts } from '../parts/shortcuts.ts';
import { parseNumber } from '../routing/lists.ts';
import type { GroupPlace } from '../routing/route.ts';
import { useParameters } from '../routing/use-route.tsx';
import { oneLine, visible } from '../text/visible.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { type Chosen, Graph } from './graph.tsx';
import { GroupEpisodes } from './group-episodes.tsx';
import { Inspector } from './inspector.tsx';
import { stateValues, valueRange } from './state-values.ts';

/** One group: the graph of its states, and its episodes beside it. */
export function GroupPage({ run, place }: { readonly run: RunSummary; readonly place: GroupPlace }) {
  const [parameters, change] = useParameters();
  const { kind, iteration, group } = place;
  const question = { run: run.id, kind, iteration, group };
  const algorithm = parameters['algorithm'];
  const { data: view, error } = useAnswer('group', algorithm === undefined ? question : { ...question, algorithm }, {
    keep: true,
  });
  const height = Math.max(360, useWindowHeight() - 290);
  const wanted = parameters['find']?.toLowerCase();
  const found = useMemo(() => (view && wanted ? findNodes(view, wanted) : undefined), [view, wanted]);
  const index = view?.episodes.findIndex(({ id }) => id === parameters['episode']) ?? -1;
  const go = (by: number) => {
    if (view === undefined) return;
    const next = Math.max(0, Math.min(view.episodes.length - 1, index < 0 ? 0 : index + by));
    change({ episode: view.episodes[next]?.id });
  };
  useShortcuts('Group', [
    { keys: ['j'], does: 'mark the next episode', run: () => go(1) },
    { keys: ['k'], does: 'mark the episode before', run: () => go(-1) },
    {
      keys: ['Escape'],
      does: 'mark nothing',
      run: () => change({ episode: undefined, node: undefined, edge: undefined }),
    },
    { keys: ['/'], does: 'find a state', run: () => document.getElementById('find-state')?.focus() },
    { keys: ['+', '−', '0'], does: 'in the graph: zoom in, out, fit' },
  ]);

  if (view === undefined)
    return error ? <Failure error={error} what="The group" alone /> : <Loading what="the group" />;
  const chosen: Chosen = {
    node: chosenIndex(parameters['node'], view.graph.nodes.length),
    edge: chosenIndex(parameters['edge'], view.graph.edges.length),
  };
  const choose = ({ node, edge }: Partial<Chosen>) => change({ node: node?.toString(), edge: edge?.toString() });
  const succeeded = view.episodes.filter(({ success }) => success).length;

  return (
    <article className="group">
      <header className="page-head">
        <h1>
          Group <VisibleText text={oneLine(group, 60)} />
        </h1>
        <p className="muted">
          {view.taskType !== null && (
            <>
              <VisibleText text={oneLine(view.taskType, 60)} />
              {' · '}
            </>
          )}
          {view.task !== null && (
            <>
              <VisibleText text={oneLine(view.task, 80)} />
              {' · '}
            </>
          )}
          {succeeded} of {view.episodes.length} episodes succeeded
        </p>
      </header>
      <Beginning view={view} index={Math.max(0, index)} />
      {error && <Failure error={error} what="The newest state of the group" />}
      <div className="controls bar screen">
        {view.kind === 'train' && <AlgorithmSelect run={run} />}
        <input
          id="find-state"
          type="search"
          placeholder="Find a state"
          aria-label="Find states by their text or key"
          defaultValue={parameters['find']}
          onChange={({ target }) => change({ find: target.value })}
          onKeyDown={({ key }) => {
            if (key !== 'Enter' || !found || found.size === 0) return;
            const list = [...found];
            choose({ node: list[(list.indexOf(chosen.node ?? -1) + 1) % list.length] });
          }}
        />
        {found && (
          <span className="muted small" role="status">
            {found.size === 1 ? '1 state' : `${found.size} states`}
            {found.size > 0 && ' – Enter goes from one to the next'}
          </span>
        )}
      </div>
      {view.credit === null && view.creditProblem !== undefined && (
        <p className="message">
          There is no credit to colour the steps by. <VisibleText text={view.creditProblem} />
        </p>
      )}
      <div className="group-columns">
        <Figure
          title="States of the group"
          summary={summaryOf(view)}
          quiet
          className="graph-figure"
          heading={<Legend view={view} />}
          table={() => tableOf(view)}
          file={`group-${group}-iteration-${iteration}`}
        >
          <Graph
            key={JSON.stringify(question)}
            view={view}
            episode={index < 0 ? undefined : index}
            chosen={chosen}
            found={found}
            onChoose={choose}
            height={height}
          />
        </Figure>
        <div className="group-side">
          <GroupEpisodes view={view} index={index < 0 ? undefined : index} />
          <Inspector view={view} chosen={chosen} />
        </div>
      </div>
    </article>
  );
}

function chosenIndex(text: string | undefined, count: number): number | undefined {
  const value = parseNumber(text, 0, count - 1);
  return value === undefined || count === 0 ? undefined : Math.floor(value);
}

function findNodes({ graph }: GroupView, wanted: string): ReadonlySet<number> {
  const fits = ({ text, key }: (typeof graph.nodes)[number]) =>
    text.text.toLowerCase().includes(wanted) || (key?.text.toLowerCase().includes(wanted) ?? false);
  return new Set([...graph.nodes.keys()].filter((n) => fits(graph.nodes[n])));
}

/** What sizes and colours mean. */
function Legend({ view }: { readonly view: GroupView }) {
  const worth = stateValues(view);
  const range = valueRange(view.graph, worth);
  const means = edgeCredit(view.graph, view.credit?.advantages ?? null);
  const full = fullColour(means);
  // Where a few arrows lie beyond the end of the colours.
  const beyond = means.some((mean) => mean !== null && Math.abs(mean) > full * (1 + 1e-9)) ? ' and beyond' : '';
  return (
    <div className="graph-legend small muted">
      <span title={worth.description}>
        disc: a state, the larger the more visits
        {range !== undefined && (
          <>
            ; {visible(worth.title)} {readable(range[0])}
            <span className="ramp values" /> {readable(range[1])}
          </>
        )}
      </span>
      {view.credit && (
        <span>
          arrow: steps; mean credit {formatCredit(-full)}
          {beyond}
          <span className="ramp credits" /> {formatCredit(full)}
          {beyond}
        </span>
      )}
      <span>
        <b className="succeeded">✓</b> success <b className="failed">✕</b> no success
      </span>
    </div>
  );
}

function summaryOf({ graph, episodes }: GroupView): string {
  const states = graph.nodes.filter(({ end }) => end === undefined);
  const alone = states.filter(({ visits }) => visits === 1).length;
  return `${episodes.length} episodes went through ${states.length} states by ${graph.edges.length} different steps; ${alone} states were visited once.`;
}

function tableOf(view: GroupView): Table {
  const { graph, credit } = view;
  const means = edgeCredit(graph, credit?.advantages ?? null);
  const worth = stateValues(view);
  return {
    columns: [
      'from',
      'to',
      'steps',
      'mean credit',
      'visits of from',
      `from: ${worth.title}`,
      'key of from',
      'state from',
      'state to',
    ],
    rows: graph.edges.map(({ from, to, steps }, e) => [
      from + 1,
      to + 1,
      steps.length,
      means[e],
      graph.nodes[from].visits,
      worth.values[from],
      graph.nodes[from].key?.text,
      graph.nodes[from].text.text,
      graph.nodes[to].text.text,
    ]),
  };
}
