import { type CSSProperties, useEffect } from 'react';
import type { GroupView, RunSummary } from '../../api.ts';
import { partingStep } from '../credit/fates.ts';
import { episodeCredit, notableSteps } from '../credit/rank-steps.ts';
import { useAnswer } from '../data/use-answer.ts';
import { Failure, Loading } from '../parts/problems.tsx';
import { useShortcuts } from '../parts/shortcuts.ts';
import { parseNumber } from '../routing/lists.ts';
import type { GroupPlace } from '../routing/route.ts';
import { goTo, useParameters } from '../routing/use-route.tsx';
import { AlgorithmChoice } from './algorithm-choice.tsx';
import { CreditStrip, stripHeight } from './credit-strip.tsx';
import { EpisodeHead } from './episode-head.tsx';
import type { ShownCredit } from './shown-credit.ts';
import { TurnDetail } from './turn-detail.tsx';
import { TurnList } from './turn-list.tsx';

interface EpisodePageProps {
  readonly run: RunSummary;
  readonly place: GroupPlace;
  readonly episode: string;
}

/** One episode, turn by turn, and why each got its credit. */
export function EpisodePage({ run, place, episode }: EpisodePageProps) {
  const [parameters] = useParameters();
  const { kind, iteration, group } = place;
  const question = { run: run.id, kind, iteration, group };
  const algorithm = parameters['algorithm'];
  const other = parameters['compare'];
  const first = useAnswer('group', algorithm === undefined ? question : { ...question, algorithm }, { keep: true });
  const second = useAnswer('group', other === undefined ? undefined : { ...question, algorithm: other }, {
    keep: true,
  });

  const view = first.data;
  if (view === undefined) {
    return first.error ? <Failure error={first.error} what="The episode" alone /> : <Loading what="the episode" />;
  }
  const index = view.episodes.findIndex(({ id }) => id === episode);
  if (index < 0) {
    return <Failure error={new Error(`Its group holds no episode "${episode}".`)} what="The episode" alone />;
  }
  const shown: ShownCredit[] = [creditOf(view, algorithm ?? run.algorithm)];
  if (other !== undefined && second.data !== undefined) shown.push(creditOf(second.data, other));
  return (
    <>
      {first.error && <Failure error={first.error} what="The newest state of the episode" />}
      <Episode run={run} view={view} index={index} shown={shown} waiting={first.loading || second.loading} />
      {second.error && <Failure error={second.error} what="The credit to compare with" />}
    </>
  );
}

function creditOf(view: GroupView, asked: string): ShownCredit {
  return { name: view.credit?.algorithm ?? asked, credit: view.credit, problem: view.creditProblem };
}

interface EpisodeProps {
  readonly run: RunSummary;
  readonly view: GroupView;
  readonly index: number;
  readonly shown: readonly ShownCredit[];
  readonly waiting: boolean;
}

function Episode({ run, view, index, shown, waiting }: EpisodeProps) {
  const [parameters, change] = useParameters();
  const episode = view.episodes[index];
  const advantages = episodeCredit(shown[0].credit, episode);
  const notable = notableSteps(episode, advantages);
  const parting = partingStep(view, index);
  const count = episode.steps.length;
  const asked = parseNumber(parameters['step'], 1, Math.max(1, count));
  const telling = episode.success ? notable.best : notable.worst;
  const step = asked === undefined ? (telling ?? notable.firstInvalid ?? 0) : Math.floor(asked) - 1;
  const stacked = parameters['terms'] === 'yes';
  const lanes = shown.filter(({ credit }) => episodeCredit(credit, episode) !== null).length;

  const go = (to: number) => change({ step: String(Math.max(0, Math.min(count - 1, to)) + 1) });
  const jump = (to: number | undefined) => to !== undefined && go(to);
  const goEpisode = (by: number) => {
    const next = view.episodes[index + by];
    if (next !== undefined) {
      const place = { run: run.id, kind: view.kind, iteration: view.iteration, group: view.group };
      goTo({ page: 'episode', ...place, episode: next.id }, { ...parameters, step: undefined });
    }
  };
  useShortcuts('Episode', [
    { keys: ['j', 'ArrowDown'], does: 'next turn', run: () => go(step + 1) },
    { keys: ['k', 'ArrowUp'], does: 'turn before', run: () => go(step - 1) },
    { keys: ['w'], does: 'worst step', run: () => jump(notable.worst) },
    { keys: ['b'], does: 'best step', run: () => jump(notable.best) },
    { keys: ['p'], does: 'the last step that no winner took', run: () => jump(parting) },
    { keys: ['i'], does: 'first invalid action', run: () => jump(notable.firstInvalid) },
    { keys: ['t'], does: 'bars by terms, or whole', run: () => change({ terms: stacked ? undefined : 'yes' }) },
    { keys: [']'], does: 'next episode of the group', run: () => goEpisode(1) },
    { keys: ['['], does: 'episode before', run: () => goEpisode(-1) },
  ]);
  // Only what a person chose is scrolled to; the page itself begins at its top.
  useEffect(() => {
    if (parameters['step'] !== undefined) document.getElementById(`turn-${step}`)?.scrollIntoView({ block: 'nearest' });
  }, [step, parameters['step']]);

  return (
    <article
      className={`episode${waiting ? ' waiting' : ''}`}
      style={{ '--strip': `${stripHeight(lanes)}px` } as CSSProperties}
    >
      <EpisodeHead {...{ run, view, index, notable, parting, advantages }} onStep={go} />
      {view.kind === 'train' ? (
        <AlgorithmChoice run={run} shown={shown} stacked={stacked} step={step} />
      ) : (
        <p className="message small no-credit">
          There is no credit here: an evaluation plays every task once, and nothing is trained on it.
        </p>
      )}
      {count === 0 ? (
        <p className="empty">This episode has no steps: its environment failed before the first.</p>
      ) : (
        <>
          {lanes > 0 && (
            <CreditStrip view={view} episode={episode} shown={shown} stacked={stacked} step={step} onStep={go} />
          )}
          <div className="episode-columns">
            <TurnList view={view} episode={episode} shown={shown} stacked={stacked} step={step} onStep={go} />
            <TurnDetail view={view} index={index} shown={shown} step={step} onStep={go} />
          </div>
        </>
      )}
    </article>
  );
}
