import { useState } from 'react';
import type { GroupView } from '../../api.ts';
import { CutText } from '../text/cut-text.tsx';

interface BeginningProps {
  readonly view: GroupView;
  /** Of the episode whose first observation is shown. */
  readonly index: number;
}

/** Characters that fit the lines that are shown at first. */
const LONG = 500;

/** What an episode saw first: mostly the task is said there. */
export function Beginning({ view, index }: BeginningProps) {
  const [open, setOpen] = useState(false);
  const episode = view.episodes[index];
  const first = episode?.steps[0];
  if (first === undefined) return null;
  const { run, kind, iteration } = view;
  const long = first.observation.text.length > LONG;
  return (
    <div className="beginning small">
      <p className={long && !open ? 'clamped' : undefined}>
        <span className="muted">At the start:</span>{' '}
        <CutText
          key={episode.id}
          text={first.observation}
          query={{ run, kind, iteration, episode: episode.id, step: 0, field: 'observation' }}
        />
      </p>
      {long && (
        <button type="button" className="link" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'less of the start' : 'more of the start'}
        </button>
      )}
    </div>
  );
}
