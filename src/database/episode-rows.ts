import { type DuckDBValue, listValue } from '@duckdb/node-api';
import type { StoredStep } from '../runs/index.ts';
import type { IdentifiedEpisode } from './read-episode-file.ts';

/** Episode reward that means success where an episode does not say; as in credit. */
const SUCCESS_REWARD = 10;

/** What is known of an episode beyond its steps. */
export interface EpisodeFacts {
  readonly success: boolean;
  readonly reward: number;
  readonly invalid: number;
  readonly promptTokens: number | null;
  readonly responseTokens: number | null;
  /** (steps) Those trained with; empty where there are none, or not one for each step. */
  readonly advantages: readonly (number | null)[];
}

export function episodeFacts({ steps, success, advantages = [] }: IdentifiedEpisode): EpisodeFacts {
  let reward = 0;
  let invalid = 0;
  for (const step of steps) {
    reward += step.reward;
    if (step.valid === false) invalid++;
  }
  return {
    success: success ?? reward >= SUCCESS_REWARD * (1 - 1e-9),
    reward,
    invalid,
    promptTokens: tokens(steps, 'prompt'),
    responseTokens: tokens(steps, 'response'),
    advantages: advantages.length === steps.length ? advantages : [],
  };
}

/** Tokens of all steps, where every step has them. */
function tokens(steps: readonly StoredStep[], field: 'prompt' | 'response'): number | null {
  let sum = 0;
  for (const step of steps) {
    const ids = step[field];
    if (ids === undefined) return null;
    sum += ids.length;
  }
  return steps.length === 0 ? null : sum;
}

/** A row of `store.episodes`. */
export function episodeRow(
  file: number,
  number: number,
  position: number,
  episode: IdentifiedEpisode,
  facts: EpisodeFacts,
): (DuckDBValue | undefined)[] {
  const { group, id, task, score, truncated, end, error, steps } = episode;
  const given = facts.advantages.filter((a) => a !== null);
  const some = given.length > 0;
  return [
    file,
    number,
    position,
    group,
    id,
    task?.id,
    task?.type,
    task?.split,
    facts.success,
    score,
    facts.reward,
    steps.length,
    facts.invalid,
    truncated ?? false,
    end,
    error,
    facts.promptTokens,
    facts.responseTokens,
    some ? given.reduce((sum, a) => sum + a, 0) / given.length : null,
    some ? given.reduce((a, b) => Math.min(a, b)) : null,
    some ? given.reduce((a, b) => Math.max(a, b)) : null,
  ];
}

/** Between two texts that are searched together; no text holds it, since it stands for no character. */
export const BETWEEN = '\uffff';

/** All that was seen, done and written in an episode, in small letters. */
export function searchText({ steps }: IdentifiedEpisode): string {
  const texts: string[] = [];
  for (const { observation, action, completion } of steps) {
    if (observation !== undefined) texts.push(observation);
    if (completion !== undefined) texts.push(completion);
    // Mostly a part of what was written.
    if (action !== undefined && completion?.includes(action) !== true) texts.push(action);
  }
  return texts.join(BETWEEN).toLowerCase();
}

/** A row of `store.steps`. */
export function stepRow(
  file: number,
  number: number,
  index: number,
  step: StoredStep,
  advantage: number | null | undefined,
): (DuckDBValue | undefined)[] {
  const { observation, state, action, completion, reward, valid, stopped, droppedTokens } = step;
  const { prompt, response, logprobs } = step;
  return [
    file,
    number,
    index,
    observation,
    state === observation ? null : state,
    action,
    completion,
    reward,
    valid ?? true,
    stopped,
    advantage,
    prompt?.length,
    response?.length,
    droppedTokens,
    list(prompt),
    list(response),
    list(logprobs),
  ];
}

function list(numbers: ArrayLike<number> | undefined): DuckDBValue | undefined {
  return numbers && listValue(Array.from(numbers));
}
