import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { EpisodeRecord, StepRecord } from '../credit/index.ts';
import { RecordError } from './errors.ts';
import { readLines } from './lines.ts';
import { replaceFile } from './replace-file.ts';

/** One turn of a stored episode. Beyond what credit needs: what was done, and the tokens it was done with. */
export interface StoredStep extends StepRecord {
  readonly action?: string;
  /** What the policy wrote, of which `action` was read. */
  readonly completion?: string;
  /** Token ids exactly as sampled. */
  readonly prompt?: ArrayLike<number>;
  readonly response?: ArrayLike<number>;
  /** The sampler's log-probability of every response token, nats, as float32. */
  readonly logprobs?: ArrayLike<number>;
  /** False when the response hit its token limit before a stop token. */
  readonly stopped?: boolean;
  /** Tokens that the prompt lost at its beginning, since it would not have fit. */
  readonly droppedTokens?: number;
}

/** One line of an episode file. Rollout files from elsewhere need `group` and `steps` only. */
export interface StoredEpisode extends EpisodeRecord {
  readonly task?: { readonly id: string; readonly type: string; readonly split: string };
  /** How good it was, 0 to 1, where the environment grades. */
  readonly score?: number;
  /** Why it ended. */
  readonly end?: string;
  /** What the environment threw. */
  readonly error?: string;
  /** (steps) The advantages that were trained with; none for an episode that got no credit, or was not trained on. */
  readonly advantages?: readonly number[];
  readonly steps: readonly StoredStep[];
}

export interface WriteEpisodesOptions {
  /** What is kept of the tokens of every step. Default `none`. */
  readonly tokens?: StoredTokens;
}

/** Nothing; response ids and their log-probabilities; or the ids of the prompt besides, which are several times as many. */
export type StoredTokens = 'none' | 'response' | 'all';

/**
 * Writes episodes as gzip-compressed JSON Lines, all or nothing. Equal episodes give equal bytes.
 *
 * @throws RunWriteError when the disk is full or writing is forbidden; an older file is then still there
 */
export async function writeEpisodes(
  path: string,
  episodes: Iterable<StoredEpisode>,
  options: WriteEpisodesOptions = {},
): Promise<void> {
  const gzip = createGzip();
  // An error in a line surfaces where the compressed bytes are read.
  pipeline(Readable.from(formatLines(episodes, options.tokens ?? 'none')), gzip, () => undefined);
  await replaceFile(path, gzip);
}

/**
 * Reads episodes one by one from a JSON Lines file, compressed by gzip or not. Fields not known here are kept.
 *
 * @throws RecordError with file, line and field where something is missing or of the wrong type
 */
export async function* readEpisodes(path: string): AsyncGenerator<StoredEpisode> {
  for await (const { text, number } of readLines(path)) {
    if (text.trim() !== '') yield parseEpisode(text, path, number);
  }
}

function* formatLines(episodes: Iterable<StoredEpisode>, tokens: StoredTokens): Generator<string> {
  for (const e of episodes) {
    const { group, id, task, success, score, truncated, end, error, steps, finalObservation, finalState } = e;
    const head = { group, id, task, success, score, truncated, end, error, advantages: e.advantages };
    const line = { ...head, steps: steps.map((s) => formatStep(s, tokens)), finalObservation, finalState };
    yield `${JSON.stringify(line)}\n`;
  }
}

function formatStep(step: StoredStep, tokens: StoredTokens): Record<string, unknown> {
  const { observation, state, action, completion, reward, valid, stopped, droppedTokens } = step;
  const told = {
    observation,
    // A state that is the observation need not be said.
    state: state === observation ? undefined : state,
    action,
    completion,
    reward,
    valid,
    stopped,
    droppedTokens,
  };
  if (tokens === 'none') return told;
  const { prompt, response, logprobs } = step;
  return {
    ...told,
    prompt: tokens === 'all' ? prompt && Array.from(prompt) : undefined,
    response: response && Array.from(response),
    // Nine digits tell every float32 from its neighbours.
    logprobs:
      logprobs && Array.from(logprobs, (p) => (Number.isFinite(p) ? Number(Math.fround(p).toPrecision(9)) : null)),
  };
}

type Fields = Record<string, unknown>;

/**
 * One line of an episode file.
 *
 * @throws RecordError with file, line and field where something is missing or of the wrong type
 */
export function parseEpisode(text: string, file: string, line: number): StoredEpisode {
  const refuse = (field: string | undefined, problem: string): never => {
    throw new RecordError(problem, { file, line, ...(field === undefined ? {} : { field }) });
  };
  const check = (holder: Fields, rules: readonly Rule[], prefix: string): void => {
    for (const [name, what, holds, required] of rules) {
      const value = holder[name];
      if (value == null ? required : !holds(value))
        refuse(`${prefix}${name}`, `it is ${shown(value)}; it must be ${what}.`);
    }
  };
  let episode: unknown;
  try {
    episode = JSON.parse(text);
  } catch (error) {
    refuse(undefined, `it is not JSON (${(error as Error).message}).`);
  }
  if (!isFields(episode)) return refuse(undefined, 'a line must be a JSON object.');
  check(episode, EPISODE_RULES, '');
  if (episode['task'] != null) check(episode['task'] as Fields, TASK_RULES, 'task.');
  const steps = (episode['steps'] as unknown[]).map((step, i) => {
    if (!isFields(step)) return refuse(`steps[${i}]`, `it is ${shown(step)}; it must be an object.`);
    check(step, STEP_RULES, `steps[${i}].`);
    if (step['observation'] == null && step['state'] == null) {
      refuse(`steps[${i}].observation`, 'it is missing; give it, or `state`, as a string.');
    }
    return restoreTokens(step);
  });
  return { ...episode, steps } as unknown as StoredEpisode;
}

/** Token lists as the typed arrays they were written from. */
function restoreTokens(step: Fields): Fields {
  const { prompt, response, logprobs } = step as {
    prompt?: number[];
    response?: number[];
    logprobs?: (number | null)[];
  };
  return {
    ...step,
    ...(prompt && { prompt: Int32Array.from(prompt) }),
    ...(response && { response: Int32Array.from(response) }),
    ...(logprobs && { logprobs: Float32Array.from(logprobs, (p) => p ?? Number.NaN) }),
  };
}

type Rule = readonly [name: string, what: string, holds: (value: unknown) => boolean, required?: boolean];

const isString = (value: unknown): boolean => typeof value === 'string';
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isFields = (value: unknown): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
const isIds = (value: unknown): boolean =>
  Array.isArray(value) && value.every((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 31);
const isNumbers = (value: unknown): boolean =>
  Array.isArray(value) && value.every((p) => p === null || typeof p === 'number');

const EPISODE_RULES: readonly Rule[] = [
  ['group', 'a string', isString, true],
  ['id', 'a string', isString],
  ['task', 'an object', isFields],
  ['success', 'true or false', isBoolean],
  ['score', 'a number', (value) => typeof value === 'number' && Number.isFinite(value)],
  ['truncated', 'true or false', isBoolean],
  ['end', 'a string', isString],
  ['error', 'a string', isString],
  ['advantages', 'a list of numbers', isNumbers],
  ['steps', 'a list', Array.isArray, true],
  ['finalObservation', 'a string', isString],
  ['finalState', 'a string', isString],
];

const TASK_RULES: readonly Rule[] = [
  ['id', 'a string', isString, true],
  ['type', 'a string', isString, true],
  ['split', 'a string', isString, true],
];

const STEP_RULES: readonly Rule[] = [
  ['observation', 'a string', isString],
  ['state', 'a string', isString],
  ['action', 'a string', isString],
  ['completion', 'a string', isString],
  ['reward', 'a number', (value) => typeof value === 'number' && Number.isFinite(value), true],
  ['valid', 'true or false', isBoolean],
  ['stopped', 'true or false', isBoolean],
  ['droppedTokens', 'a number', (value) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31],
  ['prompt', 'a list of token ids', isIds],
  ['response', 'a list of token ids', isIds],
  ['logprobs', 'a list of numbers', isNumbers],
];

function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 80);
}
