import { readable } from '../../../reports/ticks.ts';
import type { GroupView } from '../../api.ts';
import { creditClass, formatCredit } from '../credit/format-credit.ts';
import { actionsIn } from '../credit/same-state.ts';
import { ActionTable } from '../episode/action-table.tsx';
import { Link } from '../routing/use-route.tsx';
import { LongText } from '../text/cut-text.tsx';
import { oneLine, visible } from '../text/visible.ts';
import { VisibleText } from '../text/visible-text.tsx';
import type { Chosen } from './graph.tsx';
import { stateValues } from './state-values.ts';

/** What is known of the chosen state or of the chosen steps between two states. */
export function Inspector({ view, chosen }: { readonly view: GroupView; readonly chosen: Chosen }) {
  const empty = chosen.node === undefined && chosen.edge === undefined;
  return (
    <section className={`panel inspector${empty ? ' screen' : ''}`} aria-live="polite" aria-label="Chosen in the graph">
      {chosen.node !== undefined ? (
        <NodeFacts view={view} node={chosen.node} />
      ) : chosen.edge !== undefined ? (
        <EdgeFacts view={view} edge={chosen.edge} />
      ) : (
        <p className="muted">
          Choose a state or an arrow to see the steps it stands for. Drag to move; Ctrl and wheel zoom; with the
          keyboard, Tab to the graph and use the arrows.
        </p>
      )}
    </section>
  );
}

function NodeFacts({ view, node }: { readonly view: GroupView; readonly node: number }) {
  const { text, key, visits, end } = view.graph.nodes[node];
  const worth = stateValues(view);
  const value = worth.values[node];
  const actions = actionsIn(view, node, view.credit?.advantages ?? null);
  if (end !== undefined) {
    return (
      <>
        <h2 className={end === 'success' ? 'succeeded' : 'failed'}>
          {end === 'success' ? '✓ Success' : '✕ No success'}
        </h2>
        <p>
          {visits} {visits === 1 ? 'episode' : 'episodes'} ended so, with a mean reward of{' '}
          {readable(value ?? Number.NaN)}.
        </p>
      </>
    );
  }
  return (
    <>
      <h2>
        State{' '}
        <span className="muted">
          no. {node + 1} of {view.graph.nodes.filter((one) => one.end === undefined).length} in the table
        </span>
      </h2>
      <p className="small">
        {visits} {visits === 1 ? 'visit' : 'visits'}
        {value !== null && (
          <span title={worth.description}>
            ; {visible(worth.title)}: <b>{readable(value)}</b>
          </span>
        )}
      </p>
      {key !== null && (
        <p className="small state-key" title="What turns must share to count as this state">
          <span className="muted">key</span>{' '}
          <code>
            <VisibleText text={key.text} />
          </code>
          {key.more > 0 && <span className="muted"> … {key.more.toLocaleString('en')} more characters</span>}
        </p>
      )}
      <pre className="state-text">
        <LongText text={text.text} />
        {text.more > 0 && <span className="muted"> … {text.more.toLocaleString('en')} more characters</span>}
      </pre>
      <h3>What the group did here</h3>
      <ActionTable key={node} view={view} actions={actions} />
    </>
  );
}

const MOST = 200;

function EdgeFacts({ view, edge }: { readonly view: GroupView; readonly edge: number }) {
  const { from, to, steps } = view.graph.edges[edge];
  const place = { run: view.run, kind: view.kind, iteration: view.iteration, group: view.group };
  const name = (node: number) => oneLine(view.graph.nodes[node].text.text, 90);
  const number = (node: number) => (view.graph.nodes[node].end === undefined ? ` state no. ${node + 1}:` : '');
  return (
    <>
      <h2>
        {steps.length} {steps.length === 1 ? 'step' : 'steps'}
      </h2>
      <p className="small">
        <span className="muted">from{number(from)}</span> <VisibleText text={name(from)} />
        <br />
        <span className="muted">to{number(to)}</span> <VisibleText text={name(to)} />
      </p>
      <table className="action-table">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Episode</th>
            <th scope="col" className="number">
              Credit
            </th>
          </tr>
        </thead>
        <tbody>
          {steps.slice(0, MOST).map(({ episode, step, row }) => {
            const { id, success, steps: turns } = view.episodes[episode];
            const credit = row < 0 ? null : (view.credit?.advantages[row] ?? null);
            return (
              <tr key={`${episode} ${step}`}>
                <td className="turn-text">
                  <Link to={{ page: 'episode', ...place, episode: id }} parameters={{ step: String(step + 1) }}>
                    <VisibleText text={oneLine(turns[step].action.text, 60) || '(nothing)'} />
                  </Link>
                  <span className="muted small"> turn {step + 1}</span>
                </td>
                <td>
                  <span className={success ? 'succeeded' : 'failed'}>{success ? '✓' : '✕'}</span>{' '}
                  <VisibleText text={oneLine(id, 24)} />
                </td>
                <td className={`number ${creditClass(credit) ?? ''}`}>
                  {credit === null ? '–' : formatCredit(credit)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {steps.length > MOST && <p className="muted small">{steps.length - MOST} more steps are not listed.</p>}
    </>
  );
}
