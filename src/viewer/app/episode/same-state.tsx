import type { CreditView, GroupView } from '../../api.ts';
import { actionsIn } from '../credit/same-state.ts';
import { Link } from '../routing/use-route.tsx';
import { ActionTable } from './action-table.tsx';

interface SameStateProps {
  readonly view: GroupView;
  readonly index: number;
  readonly step: number;
  readonly credit: CreditView | null;
}

/** What the episodes of the group did in the state of a step: what its credit compares it with. */
export function SameState({ view, index, step, credit }: SameStateProps) {
  const own = view.episodes[index].steps[step];
  const actions = actionsIn(view, own.node, credit?.advantages ?? null);
  const visits = actions.reduce((sum, { steps }) => sum + steps.length, 0);
  const place = { run: view.run, kind: view.kind, iteration: view.iteration, group: view.group };
  const node = { episode: view.episodes[index].id, node: String(own.node) };
  return (
    <section className="same-state" aria-label="What the group did in this state">
      <h3>
        What the group did in this state{' '}
        <span className="muted">
          – {visits === 1 ? 'this was the only visit' : `${visits} visits`},{' '}
          <Link to={{ page: 'group', ...place }} parameters={node}>
            in the graph
          </Link>
        </span>
      </h3>
      {visits > 1 && <ActionTable view={view} actions={actions} own={own.action.text} />}
    </section>
  );
}
