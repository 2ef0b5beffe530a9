import { type CreditOptions, findAlgorithm } from '../../credit/index.ts';
import { episodeFacts, type IdentifiedEpisode, type TrackedRun } from '../../database/index.ts';
import type { Tokenizer } from '../../nn/files/index.ts';
import type { StoredStep } from '../../runs/index.ts';
import type { EpisodeView, GroupView, StepView } from '../api.ts';
import { groupCredit, optionsOf, runCredit } from './group-credit.ts';
import { groupGraph } from './group-graph.ts';
import { type IterationEpisodes, readWhole } from './iteration-episodes.ts';
import { shorten } from './shorten.ts';
import { tokenViews } from './token-views.ts';
import { ViewerError } from './viewer-error.ts';

/** Characters of a step's text that a view holds; the rest is asked for. */
export const SHORT_TEXTS = 4000;
export const WHOLE_TEXTS = Number.POSITIVE_INFINITY;

/**
 * A group with every step.
 *
 * @param algorithm absent: the run's
 * @throws ViewerError where there is no such group
 */
export async function groupView(
  run: TrackedRun,
  iteration: IterationEpisodes,
  group: string,
  {
    algorithm,
    tokenizer,
    limit = SHORT_TEXTS,
  }: { readonly algorithm?: string; readonly tokenizer: Tokenizer | undefined; readonly limit?: number },
): Promise<GroupView> {
  const { file } = iteration;
  const members = iteration.episodes.filter((e) => e.group === group);
  if (members.length === 0) throw new ViewerError(`${file.file} of ${run.id} has no group ${JSON.stringify(group)}.`);
  const credit = runCredit(run.facts.config);
  if (algorithm !== undefined) findAlgorithm(algorithm);

  const usable = new Set(iteration.usable);
  let row = 0;
  const firstRow = members.map((e) => {
    if (!usable.has(e)) return -1;
    row += e.steps.length;
    return row - e.steps.length;
  });
  const { graph, nodes } = iteration.graphs.get(group) ?? groupGraph(group, members, firstRow, ownOptions(credit));
  iteration.graphs.set(group, { graph, nodes });
  const whole = await readWhole(run, file, members);
  return {
    run: run.id,
    kind: file.kind,
    iteration: file.iteration,
    group,
    task: members[0].task?.id ?? null,
    taskType: members[0].task?.type ?? null,
    ...groupCredit(iteration, group, credit, algorithm ?? credit.algorithm),
    episodes: whole.map((e, i) => episodeView(e, firstRow[i], nodes[i], tokenizer, limit)),
    graph,
  };
}

/** What counts as the same state for the run's own algorithm; an unknown one says nothing. */
function ownOptions(credit: ReturnType<typeof runCredit>): CreditOptions {
  try {
    return optionsOf(credit, credit.algorithm);
  } catch {
    return {};
  }
}

function episodeView(
  episode: IdentifiedEpisode,
  firstRow: number,
  nodes: readonly number[],
  tokenizer: Tokenizer | undefined,
  limit: number,
): EpisodeView {
  const { id, score, end, error, steps } = episode;
  const { success, reward, advantages } = episodeFacts(episode);
  return {
    id,
    success,
    score: score ?? null,
    reward,
    end: end ?? null,
    ...(error === undefined ? {} : { error }),
    firstRow,
    steps: steps.map((step, t) => stepView(step, nodes[t], advantages[t] ?? null, tokenizer, limit)),
  };
}

function stepView(
  step: StoredStep,
  node: number,
  advantage: number | null,
  tokenizer: Tokenizer | undefined,
  limit: number,
): StepView {
  const { observation, state, action, completion, valid, reward, stopped, prompt } = step;
  return {
    node,
    observation: shorten(observation ?? state ?? '', limit),
    action: shorten(action ?? '', limit),
    completion: completion === undefined ? null : shorten(completion, limit),
    valid: valid ?? true,
    reward,
    advantage,
    stopped: stopped ?? null,
    tokens: tokenViews(step, tokenizer),
    hasPrompt: prompt !== undefined && tokenizer !== undefined,
  };
}
