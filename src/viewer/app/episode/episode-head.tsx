import { readable } from '../../../reports/ticks.ts';
import type { EpisodeView, GroupView, RunSummary } from '../../api.ts';
import { creditClass, formatCredit } from '../credit/format-credit.ts';
import type { NotableSteps } from '../credit/rank-steps.ts';
import { Link, useParameters } from '../routing/use-route.tsx';
import { oneLine } from '../text/visible.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { Beginning } from './beginning.tsx';

interface EpisodeHeadProps {
  readonly run: RunSummary;
  readonly view: GroupView;
  readonly index: number;
  readonly notable: NotableSteps;
  /** The last step that no successful episode took in its state. */
  readonly parting: number | undefined;
  readonly advantages: readonly number[] | null;
  readonly onStep: (step: number) => void;
}

/** How the episode ended, and the steps that somebody looks for first. */
export function EpisodeHead({ run, view, index, notable, parting, advantages, onStep }: EpisodeHeadProps) {
  const [parameters] = useParameters();
  const episode = view.episodes[index];
  const place = { run: run.id, kind: view.kind, iteration: view.iteration, group: view.group };
  const kept = { ...parameters, step: undefined };
  const neighbour = (by: number, label: string) => {
    const next = view.episodes[index + by];
    if (next === undefined) return null;
    return (
      <Link className="button" to={{ page: 'episode', ...place, episode: next.id }} parameters={kept}>
        {label}
      </Link>
    );
  };
  return (
    <header className="episode-head">
      <div className="page-head">
        <h1>
          <span className={episode.success ? 'succeeded' : 'failed'}>{episode.success ? '✓' : '✕'}</span>{' '}
          {summaryOf(episode)}
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
          episode {index + 1} of {view.episodes.length} of its group
        </p>
        <nav className="controls neighbours screen" aria-label="Group">
          {neighbour(-1, '‹ Episode before')}
          {neighbour(1, 'Next episode ›')}
          <Link
            className="button"
            to={{ page: 'group', ...place }}
            parameters={{ episode: episode.id, algorithm: parameters['algorithm'] }}
          >
            Group graph
          </Link>
        </nav>
      </div>
      {episode.error !== undefined && (
        <p className="message bad">
          <strong>Its environment failed.</strong> <VisibleText text={episode.error} />
        </p>
      )}
      <Beginning view={view} index={index} />
      <div className="controls notable">
        {advantages !== null && (
          <>
            <Jump name="Worst step" step={notable.worst} {...{ episode, advantages, onStep }} />
            <Jump name="Best step" step={notable.best} {...{ episode, advantages, onStep }} />
          </>
        )}
        {parting !== undefined && (
          <Jump
            name="Unlike winners"
            title="The last step that no successful episode of the group took in the same state"
            step={parting}
            {...{ episode, advantages, onStep }}
          />
        )}
        {(advantages !== null || notable.firstInvalid !== undefined) && (
          <Jump name="First invalid" step={notable.firstInvalid} {...{ episode, advantages, onStep }} />
        )}
      </div>
    </header>
  );
}

export const ENDS: Readonly<Record<string, string>> = {
  'step-limit': 'step limit',
  failure: 'ended by the environment',
  error: 'the environment failed',
};

/** How it went, in a sentence: `Failed: the step limit ended it after 30 turns`. */
export function summaryOf({ success, end, steps, reward, score }: EpisodeView): string {
  const turns = steps.length === 1 ? '1 turn' : `${steps.length} turns`;
  const graded = score === null ? '' : `, score ${readable(score)}`;
  const earned = `, reward ${readable(reward)}${graded}`;
  if (success) return `Succeeded after ${turns}${earned}`;
  const why = end === null ? '' : Object.hasOwn(ENDS, end) ? `: ${ENDS[end]}` : `: ${oneLine(end, 60)}`;
  return `Failed${why} after ${turns}${earned}`;
}

interface JumpProps {
  readonly name: string;
  readonly title?: string;
  readonly step: number | undefined;
  readonly episode: EpisodeView;
  readonly advantages: readonly number[] | null;
  readonly onStep: (step: number) => void;
}

function Jump({ name, title, step, episode, advantages, onStep }: JumpProps) {
  const credit = step === undefined ? undefined : advantages?.[step];
  return (
    <button
      type="button"
      className="jump printed"
      title={title}
      disabled={step === undefined}
      onClick={() => onStep(step!)}
    >
      <span className="muted">{name}</span>
      {step === undefined ? (
        ' none'
      ) : (
        <>
          {' '}
          turn {step + 1}
          {credit !== undefined && <b className={creditClass(credit)}>{formatCredit(credit)}</b>}
          <code>{oneLine(episode.steps[step].action.text, 40)}</code>
        </>
      )}
    </button>
  );
}
