import { useState } from 'react';
import type { GroupView } from '../../api.ts';
import { creditClass, formatCredit } from '../credit/format-credit.ts';
import type { ActionTaken } from '../credit/same-state.ts';
import { Link } from '../routing/use-route.tsx';
import { oneLine } from '../text/visible.ts';
import { VisibleText } from '../text/visible-text.tsx';

interface ActionTableProps {
  readonly view: GroupView;
  readonly actions: readonly ActionTaken[];
  /** The action that is marked. */
  readonly own?: string;
}

const AT_ONCE = 8;

/** Actions taken in one state, with how they were credited and how the episodes that took them ended. */
export function ActionTable({ view, actions, own }: ActionTableProps) {
  const [all, setAll] = useState(false);
  const place = { run: view.run, kind: view.kind, iteration: view.iteration, group: view.group };
  const credited = view.credit !== null;
  const shown = all ? actions : actions.slice(0, AT_ONCE);
  return (
    <>
      <table className="action-table">
        <thead>
          <tr>
            <th scope="col">Action</th>
            <th scope="col" className="number" title="Steps that took it here; an episode may come by more than once">
              Steps
            </th>
            <th
              scope="col"
              className="number"
              title="Of the episodes that took it here, those that succeeded in the end"
            >
              Episodes succeeded
            </th>
            {credited && (
              <th scope="col" className="number">
                Mean credit
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {shown.map(({ action, steps, advantage, episodes, succeeded, invalid }) => (
            <tr key={action} className={action === own ? 'chosen' : undefined}>
              <td className="turn-text">
                <Link
                  to={{ page: 'episode', ...place, episode: view.episodes[steps[0].episode].id }}
                  parameters={{ step: String(steps[0].step + 1) }}
                >
                  <VisibleText text={oneLine(action, 80) || '(nothing)'} />
                </Link>
                {action === own && <span className="muted small"> this step</span>}
                {invalid && <span className="invalid">invalid</span>}
              </td>
              <td className="number">{steps.length}</td>
              <td className="number">
                {succeeded} of {episodes}
              </td>
              {credited && (
                <td className={`number ${creditClass(advantage) ?? ''}`}>
                  {advantage === null ? '–' : formatCredit(advantage)}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {actions.length > shown.length && (
        <button type="button" className="link" onClick={() => setAll(true)}>
          {actions.length - shown.length} more actions
        </button>
      )}
    </>
  );
}
