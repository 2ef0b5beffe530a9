import type { EpisodeRecord, GroupRecord, StepBatch, StepRecord } from './batch.ts';
import { CreditBatchError } from './errors.ts';
import { Interner } from './interner.ts';

/** Which text of a step is its anchor state: `state` where it has one, or always one of the two. */
export type StateKey = 'auto' | 'state' | 'observation';

export interface BatchOptions {
  /** Episode reward that means success where an episode does not say; reward units. Default 10. */
  readonly successReward?: number;
  /** Default `auto`: the step's `state`, and where it has none the observation. */
  readonly stateKey?: StateKey;
}

/** Relative slack when a sum of rewards is compared with `successReward`: ten times 0.1 must reach 1. */
const REACHED = 1e-9;

/**
 * Makes the columns from episodes. Groups and states are numbered in order of first appearance; rows keep the order of
 * the episodes given.
 *
 * @throws CreditBatchError where a field has the wrong type, a number is not finite, an episode has no step, or some
 * steps have a `value` and others not.
 */
export function batchFromEpisodes(episodes: readonly EpisodeRecord[], options: BatchOptions = {}): StepBatch {
  const { successReward = 10, stateKey = 'auto' } = options;
  let steps = 0;
  for (let i = 0; i < episodes.length; i++) {
    checkEpisode(episodes[i], i, stateKey);
    steps += episodes[i].steps.length;
  }

  const count = episodes.length;
  const valued = count > 0 && episodes[0].steps[0].value != null;
  const episodeStart = new Int32Array(count + 1);
  const episodeGroup = new Int32Array(count);
  const state = new Int32Array(steps);
  const reward = new Float64Array(steps);
  const valid = new Uint8Array(steps);
  const success = new Uint8Array(count);
  const truncated = new Uint8Array(count);
  const finalState = new Int32Array(count).fill(-1);
  const value = valued ? new Float64Array(steps) : undefined;
  const finalValue = valued ? new Float64Array(count).fill(Number.NaN) : undefined;
  const groups = new Interner();
  const states = new Interner();

  let row = 0;
  for (let i = 0; i < count; i++) {
    const episode = episodes[i];
    episodeGroup[i] = groups.idOf(episode.group);
    let total = 0;
    for (const step of episode.steps) {
      state[row] = states.idOf(keyOf(step, stateKey));
      reward[row] = step.reward;
      valid[row] = step.valid === false ? 0 : 1;
      if ((step.value != null) !== valued) refuseMixedValues(episodes, i, row - episodeStart[i]);
      if (value !== undefined) value[row] = step.value as number;
      total += step.reward;
      row++;
    }
    episodeStart[i + 1] = row;
    success[i] = (episode.success ?? total >= successReward - Math.abs(successReward) * REACHED) ? 1 : 0;
    truncated[i] = episode.truncated ? 1 : 0;
    const { finalState: final, finalObservation } = episode;
    const reached =
      stateKey === 'observation' ? finalObservation : stateKey === 'state' ? final : (final ?? finalObservation);
    if (reached != null) finalState[i] = states.idOf(reached);
    if (finalValue !== undefined && episode.finalValue != null) finalValue[i] = episode.finalValue;
  }

  return {
    steps,
    episodes: count,
    groups: groups.texts.length,
    states: states.texts.length,
    episodeStart,
    episodeGroup,
    state,
    reward,
    valid,
    success,
    truncated,
    finalState,
    stateText: states.texts,
    ...(valued ? { value, finalValue } : {}),
  };
}

/** As `batchFromEpisodes`, from groups that hold their episodes. */
export function batchFromGroups(groups: readonly GroupRecord[], options: BatchOptions = {}): StepBatch {
  const episodes: EpisodeRecord[] = [];
  for (const { group, episodes: members } of groups) {
    if (!Array.isArray(members)) {
      throw new CreditBatchError('`episodes` must be a list.', { field: 'episodes', group });
    }
    for (const episode of members) episodes.push({ ...episode, group });
  }
  return batchFromEpisodes(episodes, options);
}

/** `checkEpisode` made sure that the text is there. */
function keyOf(step: StepRecord, stateKey: StateKey): string {
  if (stateKey === 'observation') return step.observation as string;
  if (stateKey === 'state') return step.state as string;
  return step.state ?? (step.observation as string);
}

function refuseMixedValues(episodes: readonly EpisodeRecord[], episode: number, step: number): never {
  const { group, id } = episodes[episode];
  const has = episodes[episode].steps[step].value != null;
  throw new CreditBatchError(
    `\`value\` is ${has ? 'present' : 'missing'}, but the first step of the batch has ${has ? 'none' : 'one'}: give it for all steps or for none.`,
    { field: 'value', group, episode, episodeId: id, step },
  );
}

function checkEpisode(episode: EpisodeRecord, index: number, stateKey: StateKey): void {
  const refuse = (field: string, problem: string, step?: number): never => {
    const place = { group: text(episode?.group), episode: index, episodeId: text(episode?.id) };
    throw new CreditBatchError(problem, { ...place, field, step });
  };
  const wrong = (value: unknown, kind: string, field: string, step?: number) =>
    refuse(field, `\`${field}\` is ${shown(value)}; it must be a ${kind} or absent.`, step);
  if (episode === null || typeof episode !== 'object') refuse('episode', 'an episode must be an object.');
  if (typeof episode.group !== 'string') {
    refuse('group', `\`group\` is ${shown(episode.group)}; name the group of the episode with a string.`);
  }
  if (isNot(episode.success, 'boolean')) wrong(episode.success, 'boolean', 'success');
  if (isNot(episode.truncated, 'boolean')) wrong(episode.truncated, 'boolean', 'truncated');
  if (isNot(episode.finalObservation, 'string')) wrong(episode.finalObservation, 'string', 'finalObservation');
  if (isNot(episode.finalState, 'string')) wrong(episode.finalState, 'string', 'finalState');
  if (isNotFinite(episode.finalValue)) wrong(episode.finalValue, 'finite number', 'finalValue');
  if (!Array.isArray(episode.steps)) refuse('steps', `\`steps\` is ${shown(episode.steps)}; it must be a list.`);
  if (episode.steps.length === 0) refuse('steps', 'it has no steps; leave such an episode out.');
  for (let t = 0; t < episode.steps.length; t++) {
    const step = episode.steps[t];
    if (step === null || typeof step !== 'object') refuse('steps', 'a step must be an object.', t);
    if (isNot(step.state, 'string')) wrong(step.state, 'string', 'state', t);
    if (isNot(step.valid, 'boolean')) wrong(step.valid, 'boolean', 'valid', t);
    if (isNotFinite(step.value)) wrong(step.value, 'finite number', 'value', t);
    if (stateKey === 'state' && step.state == null) {
      refuse('state', '`state` is missing; give it to every step, or group by the observation.', t);
    }
    if ((step.state == null || stateKey === 'observation') && typeof step.observation !== 'string') {
      const ways = stateKey === 'observation' ? 'give it' : 'give it, or `state`,';
      refuse('observation', `\`observation\` is ${shown(step.observation)}; ${ways} as a string.`, t);
    }
    if (typeof step.reward !== 'number' || !Number.isFinite(step.reward)) {
      refuse('reward', `\`reward\` is ${shown(step.reward)}; it must be a finite number.`, t);
    }
  }
}

/** Whether an optional field is there and of another type. */
function isNot(value: unknown, type: 'string' | 'boolean'): boolean {
  return value != null && typeof value !== type;
}

function isNotFinite(value: unknown): boolean {
  return value != null && !Number.isFinite(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  const json = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
