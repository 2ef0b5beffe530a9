import { useSyncExternalStore } from 'react';
import type { EmbeddedData } from '../../embedded.ts';
import type { Connection, ConnectionState } from '../data/connection.ts';
import { useAnswer } from '../data/use-answer.ts';
import { kindName } from '../episodes/filters.tsx';
import { Help } from '../parts/help.tsx';
import { Menu } from '../parts/menu.tsx';
import { useShortcuts } from '../parts/shortcuts.ts';
import { ThemeSwitch } from '../parts/theme.tsx';
import type { Place } from '../routing/route.ts';
import { goTo, Link, type NewParameters, useParameters } from '../routing/use-route.tsx';
import { formatTime } from '../runs/run-columns.tsx';
import { oneLine, visible } from '../text/visible.ts';

interface TopBarProps {
  readonly place: Place;
  readonly connection: Connection | undefined;
  readonly exported: EmbeddedData | undefined;
}

/** Where one is, and what concerns every view. */
export function TopBar({ place, connection, exported }: TopBarProps) {
  const crumbs = useCrumbs(place);
  const up = crumbs.at(-2);
  useShortcuts('Go to', [
    { keys: ['r'], does: 'the runs', run: () => goTo({ page: 'runs' }) },
    { keys: ['u'], does: 'one level up', run: () => up && goTo(up.to, up.parameters) },
  ]);
  return (
    <header className="top">
      <Link to={{ page: 'runs' }} className="brand">
        <Mark />
        Turnwise
      </Link>
      <nav className="crumbs" aria-label="Where this is">
        <ol>
          {crumbs.map(({ to, parameters, name }, i) => (
            <li key={name}>
              <Link
                to={to}
                parameters={parameters}
                aria-current={i === crumbs.length - 1 ? 'page' : undefined}
                title={name}
              >
                <bdi>{name}</bdi>
              </Link>
            </li>
          ))}
        </ol>
      </nav>
      <div className="top-end">
        {exported !== undefined && <Exported data={exported} />}
        {connection !== undefined && <Connected connection={connection} />}
        <ThemeSwitch />
        <Help />
      </div>
    </header>
  );
}

/** When the page was exported, and what of the runs is not in it. */
function Exported({ data }: { readonly data: EmbeddedData }) {
  const { createdAt, leftOut, turnwise } = data;
  return (
    <Menu
      right
      className="exported"
      label={`Exported ${formatTime(createdAt)}${leftOut.length > 0 ? ', in part' : ''} ▾`}
    >
      <p>
        This file was written by Turnwise {visible(turnwise)} and needs nothing else.{' '}
        {leftOut.length === 0 ? 'Nothing of the runs was left out.' : 'What of the runs is not in it:'}
      </p>
      <ul>
        {leftOut.map((sentence) => (
          <li key={sentence}>{visible(sentence)}</li>
        ))}
      </ul>
    </Menu>
  );
}

const WORDS: Readonly<Record<ConnectionState, readonly [word: string, dot: string, meaning: string]>> = {
  opening: ['connecting', '', 'Waiting for the viewer'],
  open: ['live', 'on', 'What is written to the run folders appears here by itself'],
  lost: ['not connected', 'off', 'The viewer does not answer; this page tries again by itself'],
};

function Connected({ connection }: { readonly connection: Connection }) {
  const state = useSyncExternalStore(connection.subscribe, () => connection.state);
  const [word, dot, meaning] = WORDS[state];
  return (
    <span className="connection" role="status" title={meaning}>
      <span className={`dot ${dot}`} /> {word}
    </span>
  );
}

interface Crumb {
  readonly to: Place;
  readonly parameters?: NewParameters;
  readonly name: string;
}

function useCrumbs(place: Place): Crumb[] {
  const [{ algorithm }] = useParameters();
  const { data: runs } = useAnswer('runs', null);
  const crumbs: Crumb[] = [{ to: { page: 'runs' }, name: 'Runs' }];
  if (place.page === 'runs' || place.page === 'missing') return crumbs;
  const run = runs?.find(({ id }) => id === place.run);
  crumbs.push({ to: { page: 'episodes', run: place.run }, name: oneLine(run?.name ?? place.run, 60) });
  if (place.page === 'group' || place.page === 'episode') {
    const { run: id, kind, iteration, group } = place;
    const name = `${kindName(kind)}, iteration ${iteration}, group ${oneLine(group, 40)}`;
    // From an episode to the graph in which its way is marked, with the same credit.
    const marked = place.page === 'episode' ? { episode: place.episode, algorithm } : {};
    crumbs.push({ to: { page: 'group', run: id, kind, iteration, group }, parameters: marked, name });
    if (place.page === 'episode') crumbs.push({ to: place, name: `Episode ${oneLine(place.episode, 40)}` });
  }
  return crumbs;
}

/** The sign of Turnwise: steps up and down around a line. */
function Mark() {
  return (
    <svg width="20" height="18" viewBox="0 0 20 18" aria-hidden="true">
      <rect x="1" y="5" width="3.4" height="4" style={{ fill: 'var(--positive)' }} />
      <rect x="6" y="9" width="3.4" height="6.5" style={{ fill: 'var(--negative)' }} />
      <rect x="11" y="3" width="3.4" height="6" style={{ fill: 'var(--positive)' }} />
      <rect x="16" y="0.5" width="3.4" height="8.5" style={{ fill: 'var(--positive)' }} />
      <rect x="0" y="8.6" width="20" height="0.9" style={{ fill: 'var(--muted)' }} />
    </svg>
  );
}
