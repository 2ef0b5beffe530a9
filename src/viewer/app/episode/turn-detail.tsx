import { readable } from '../../../reports/ticks.ts';
import type { EpisodeView, GroupView, TextQuery } from '../../api.ts';
import { explainStep } from '../credit/explain-step.ts';
import { fateSentence, fatesOf } from '../credit/fates.ts';
import { creditClass, formatCredit } from '../credit/format-credit.ts';
import { CutText } from '../text/cut-text.tsx';
import { visible } from '../text/visible.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { ENDS } from './episode-head.tsx';
import { Formula } from './formula.tsx';
import { Prompt } from './prompt.tsx';
import { SameState } from './same-state.tsx';
import { creditTitle, type ShownCredit } from './shown-credit.ts';
import { Tokens } from './tokens.tsx';

/** What ended an episode that failed, before a word on that. */
function endOf({ end }: EpisodeView): string {
  if (end === null) return '';
  return `${Object.hasOwn(ENDS, end) ? ENDS[end] : visible(end).slice(0, 60)}, `;
}

interface TurnDetailProps {
  readonly view: GroupView;
  readonly index: number;
  readonly shown: readonly ShownCredit[];
  readonly step: number;
  readonly onStep: (step: number) => void;
}

/** One turn in full: its credit and why, what happened, what others did in the same state. */
export function TurnDetail({ view, index, shown, step, onStep }: TurnDetailProps) {
  const episode = view.episodes[index];
  const one = episode.steps[step];
  const next = episode.steps[step + 1];
  const row = episode.firstRow + step;
  const credited = shown.filter(({ credit }) => credit !== null && episode.firstRow >= 0);
  const query = (field: TextQuery['field'], at = step): TextQuery => ({
    run: view.run,
    kind: view.kind,
    iteration: view.iteration,
    episode: episode.id,
    step: at,
    field,
  });
  const facts = { valid: one.valid, last: next === undefined, reward: one.reward, end: episode.end };
  const trained = one.advantage;
  const retold = credited.length > 0 && !credited.some(({ credit }) => credit!.asTrained) && trained !== null;

  return (
    <section className="turn-detail panel" aria-label={`Turn ${step + 1}`} key={step}>
      <header>
        <h2>
          Turn {step + 1} <span className="muted">of {episode.steps.length}</span>
        </h2>
        <div className="controls screen">
          <button type="button" disabled={step === 0} onClick={() => onStep(step - 1)} aria-label="Turn before">
            ‹
          </button>
          <button type="button" disabled={next === undefined} onClick={() => onStep(step + 1)} aria-label="Next turn">
            ›
          </button>
        </div>
      </header>

      <div className="why" aria-live="polite">
        {credited.map((shownCredit) => {
          const sentence = explainStep(shownCredit.credit!, row, facts);
          const colon = sentence.indexOf(':');
          return (
            <p key={shownCredit.name} className="sentence">
              {credited.length > 1 && <span className="muted small">{creditTitle(shownCredit)} </span>}
              <b className={creditClass(shownCredit.credit!.advantages[row])}>{sentence.slice(0, colon)}</b>
              <VisibleText text={sentence.slice(colon)} />
            </p>
          );
        })}
        {credited.length === 0 && view.kind === 'train' && (
          <p className="muted">
            {trained === null
              ? 'There is no credit for this step.'
              : `It was trained with an advantage of ${formatCredit(trained)}.`}
          </p>
        )}
        {view.episodes.length > 1 && <p className="muted small">{fateSentence(fatesOf(view, index, step))}</p>}
        {retold && <p className="muted small">It was trained with {formatCredit(trained)}.</p>}
      </div>

      <dl className="happened">
        <dt>Seen</dt>
        <dd>
          <pre>
            <CutText key={step} text={one.observation} query={query('observation')} />
          </pre>
        </dd>
        {one.tokens !== null ? (
          <>
            <dt>Written</dt>
            <dd>
              <Tokens tokens={one.tokens} />
            </dd>
          </>
        ) : (
          one.completion !== null && (
            <>
              <dt>Written</dt>
              <dd>
                <pre>
                  <CutText text={one.completion} query={query('completion')} />
                </pre>
              </dd>
            </>
          )
        )}
        <dt>Done</dt>
        <dd>
          <pre className="action">
            <CutText text={one.action} query={query('action')} />
          </pre>{' '}
          {one.valid ? (
            <span className="valid">✓ valid</span>
          ) : (
            <span
              className="invalid"
              title="The response held no action in the right form, or the environment refused it"
            >
              ⚠ invalid
            </span>
          )}
          {one.stopped === false && <span className="invalid">cut at the token limit</span>}
        </dd>
        <dt>Reward</dt>
        <dd>{readable(one.reward)}</dd>
        <dt>Then</dt>
        <dd>
          {next === undefined ? (
            <span className={episode.success ? 'succeeded' : 'failed'}>
              the episode ended: {episode.success ? 'success' : `${endOf(episode)}no success`}
            </span>
          ) : (
            <pre className="then">
              <CutText text={next.observation} query={query('observation', step + 1)} />
            </pre>
          )}
        </dd>
      </dl>
      {one.hasPrompt && <Prompt key={step} query={query('prompt')} />}

      {credited.map((shownCredit) => (
        <Formula
          key={shownCredit.name}
          credit={shownCredit.credit!}
          row={row}
          title={credited.length > 1 ? creditTitle(shownCredit) : undefined}
        />
      ))}
      <SameState view={view} index={index} step={step} credit={credited[0]?.credit ?? null} />
    </section>
  );
}
