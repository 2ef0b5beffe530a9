import type { RunStatus, RunSummary } from '../../api.ts';
import { Problems } from '../parts/problems.tsx';
import { Status } from '../parts/status.tsx';
import type { RunPage } from '../routing/route.ts';
import { Link } from '../routing/use-route.tsx';
import { formatTime } from '../runs/run-columns.tsx';
import { visible } from '../text/visible.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { shellWord } from './shell-word.ts';

const PAGES: readonly (readonly [page: RunPage, title: string])[] = [
  ['episodes', 'Episodes'],
  ['health', 'Health'],
  ['configuration', 'Configuration'],
];

const RESUMABLE: ReadonlySet<RunStatus> = new Set(['interrupted', 'stopped', 'failed']);

/** What stands above every view of a run: which run, how it stands, what is broken, and the other views. */
export function RunHead({ run, page }: { readonly run: RunSummary; readonly page: RunPage }) {
  return (
    <header className="run-head">
      <div className="page-head">
        <h1>
          <VisibleText text={run.name} />
        </h1>
        <Status run={run} />
        <p className="muted">
          <VisibleText text={run.algorithm} /> on <VisibleText text={run.environment} />
          {run.seed !== null && `, seed ${run.seed}`}
          {`, iteration ${run.iteration.toLocaleString('en')}`}
          {run.iterations !== null && ` of ${run.iterations.toLocaleString('en')}`}
          {run.startedAt !== undefined && `, begun ${formatTime(run.startedAt)}`}
        </p>
      </div>
      {run.status === 'failed' && (
        <p className="message bad">
          <strong>The run failed.</strong> <VisibleText text={run.error ?? 'It did not say why.'} />
        </p>
      )}
      {RESUMABLE.has(run.status) && run.folder !== undefined && (
        <p className="message small resume">
          {run.status === 'failed' ? 'Once its cause is gone, it goes on' : 'It goes on'} from its last checkpoint with{' '}
          <code>{visible(`turnwise train --resume ${shellWord(run.folder)}`)}</code>
        </p>
      )}
      <Problems problems={run.problems} />
      <nav className="tabs" aria-label="Views of this run">
        {PAGES.map(([name, title]) => (
          <Link key={name} to={{ page: name, run: run.id }} aria-current={name === page ? 'page' : undefined}>
            {title}
          </Link>
        ))}
      </nav>
    </header>
  );
}
