import { CreditBatchError } from './errors.ts';

/**
 * The nouns of this room.
 *
 * A **step** is one turn: the policy was in a state, acted once and got a reward. An **episode** is the steps of one
 * attempt at one task, in time order. A **group** is the episodes of one task from one start. A **state** (the field's
 * anchor state) is a key that equals for turns that should count as the same situation; here an integer.
 *
 * A batch is columnar: row by row the steps of episode 0, then those of episode 1, and so on. The episodes of a group
 * need not be neighbours. An algorithm takes a batch and returns one advantage per row.
 */
export interface StepBatch {
  /** Rows. */
  readonly steps: number;
  readonly episodes: number;
  readonly groups: number;
  /** Distinct states; state ids are 0 … states − 1. */
  readonly states: number;
  /** (episodes + 1) The rows of episode i are episodeStart[i] … episodeStart[i + 1] − 1; at least one each. */
  readonly episodeStart: Int32Array;
  /** (episodes) Group of each episode, 0 … groups − 1. */
  readonly episodeGroup: Int32Array;
  /** (steps) State in which the step was taken. */
  readonly state: Int32Array;
  /** (steps) Reward of the step alone, without any penalty. */
  readonly reward: Float64Array;
  /** (steps) 1 where the action kept the format, 0 where it was invalid. */
  readonly valid: Uint8Array;
  /** (episodes) 1 where the task was solved. */
  readonly success: Uint8Array;
  /** (episodes) 1 where the step limit ended the episode. */
  readonly truncated: Uint8Array;
  /** (episodes) State reached after the last step, −1 where unknown. */
  readonly finalState: Int32Array;
  /** (states) Text of each state; needed only for grouping by similarity. */
  readonly stateText?: readonly string[];
}

/** One turn as plain data. */
export interface StepRecord {
  /** May be absent only where `state` is present. */
  readonly observation?: string;
  /** Anchor state; absent: the observation. */
  readonly state?: string;
  readonly reward: number;
  /** Absent: true. */
  readonly valid?: boolean;
}

/** One episode without the group it belongs to. */
export interface GroupedEpisodeRecord {
  readonly id?: string;
  /** Absent: whether the sum of the rewards reached `successReward`. */
  readonly success?: boolean;
  /** Absent: false. */
  readonly truncated?: boolean;
  readonly steps: readonly StepRecord[];
  /** What was observed after the last step. */
  readonly finalObservation?: string;
  /** Anchor state after the last step; absent: the final observation. */
  readonly finalState?: string;
}

/** One episode as plain data: a line of a rollout file. Fields not named here are ignored. */
export interface EpisodeRecord extends GroupedEpisodeRecord {
  readonly group: string;
}

/** One group as plain data. */
export interface GroupRecord {
  readonly group: string;
  readonly episodes: readonly GroupedEpisodeRecord[];
}

export interface BatchOptions {
  /** Episode reward that means success where an episode does not say; reward units. Default 10. */
  readonly successReward?: number;
}

/** Relative slack when a sum of rewards is compared with `successReward`: ten times 0.1 must reach 1. */
const REACHED = 1e-9;

/**
 * Makes the columns from episodes. Groups and states are numbered in order of first appearance; rows keep the order of
 * the episodes given.
 *
 * @throws CreditBatchError where a field has the wrong type, a reward is not finite or an episode has no step.
 */
export function batchFromEpisodes(episodes: readonly EpisodeRecord[], options: BatchOptions = {}): StepBatch {
  const successReward = options.successReward ?? 10;
  let steps = 0;
  for (let i = 0; i < episodes.length; i++) {
    checkEpisode(episodes[i], i);
    steps += episodes[i].steps.length;
  }

  const count = episodes.length;
  const episodeStart = new Int32Array(count + 1);
  const episodeGroup = new Int32Array(count);
  const state = new Int32Array(steps);
  const reward = new Float64Array(steps);
  const valid = new Uint8Array(steps);
  const success = new Uint8Array(count);
  const truncated = new Uint8Array(count);
  const finalState = new Int32Array(count).fill(-1);
  const groups = new Interner();
  const states = new Interner();

  let row = 0;
  for (let i = 0; i < count; i++) {
    const episode = episodes[i];
    episodeGroup[i] = groups.idOf(episode.group);
    let total = 0;
    for (const step of episode.steps) {
      state[row] = states.idOf(step.state ?? (step.observation as string));
      reward[row] = step.reward;
      valid[row] = step.valid === false ? 0 : 1;
      total += step.reward;
      row++;
    }
    episodeStart[i + 1] = row;
    success[i] = (episode.success ?? total >= successReward - Math.abs(successReward) * REACHED) ? 1 : 0;
    truncated[i] = episode.truncated ? 1 : 0;
    const reached = episode.finalState ?? episode.finalObservation;
    if (reached != null) finalState[i] = states.idOf(reached);
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

/** One list per episode, in the batch's order, from one number per row. */
export function splitByEpisode(batch: StepBatch, values: ArrayLike<number>): number[][] {
  if (values.length !== batch.steps) {
    throw new CreditBatchError(`${values.length} values for ${batch.steps} steps: give one value per step.`, {
      field: 'values',
    });
  }
  const lists: number[][] = [];
  for (let i = 0; i < batch.episodes; i++) {
    const list: number[] = [];
    for (let t = batch.episodeStart[i]; t < batch.episodeStart[i + 1]; t++) list.push(values[t]);
    lists.push(list);
  }
  return lists;
}

/**
 * Checks that the columns fit together: lengths, ranges, no empty episode, finite rewards. Linear time.
 *
 * @throws CreditBatchError naming the first column, episode and step that do not.
 */
export function checkBatch(batch: StepBatch): void {
  const { steps, episodes, groups, states } = batch;
  const lengths: [keyof StepBatch, number][] = [
    ['episodeStart', episodes + 1],
    ['episodeGroup', episodes],
    ['state', steps],
    ['reward', steps],
    ['valid', steps],
    ['success', episodes],
    ['truncated', episodes],
    ['finalState', episodes],
  ];
  for (const [field, expected] of lengths) {
    const { length } = batch[field] as ArrayLike<number>;
    if (length !== expected) {
      throw new CreditBatchError(`Column \`${field}\` has ${length} entries; it must have ${expected}.`, { field });
    }
  }
  if (batch.stateText !== undefined && batch.stateText.length !== states) {
    throw new CreditBatchError(`Column \`stateText\` has ${batch.stateText.length} entries; it must have ${states}.`, {
      field: 'stateText',
    });
  }
  if (batch.episodeStart[0] !== 0 || batch.episodeStart[episodes] !== steps) {
    throw new CreditBatchError(`\`episodeStart\` must begin with 0 and end with ${steps}, the number of steps.`, {
      field: 'episodeStart',
    });
  }
  for (let episode = 0; episode < episodes; episode++) {
    if (batch.episodeStart[episode + 1] <= batch.episodeStart[episode]) {
      throw new CreditBatchError('it has no steps; leave such an episode out.', { field: 'episodeStart', episode });
    }
    checkRange(batch.episodeGroup[episode], 0, groups, { field: 'episodeGroup', episode });
    checkRange(batch.finalState[episode], -1, states, { field: 'finalState', episode });
    for (let t = batch.episodeStart[episode]; t < batch.episodeStart[episode + 1]; t++) {
      const step = t - batch.episodeStart[episode];
      if (batch.state[t] < 0 || batch.state[t] >= states) {
        checkRange(batch.state[t], 0, states, { field: 'state', episode, step });
      }
      if (!Number.isFinite(batch.reward[t])) {
        throw new CreditBatchError(`\`reward\` is ${batch.reward[t]}; it must be a finite number.`, {
          field: 'reward',
          episode,
          step,
        });
      }
    }
  }
}

function checkRange(value: number, low: number, end: number, place: { field: string; episode: number; step?: number }) {
  if (value < low || value >= end) {
    throw new CreditBatchError(`\`${place.field}\` is ${value}; it must be ${low} … ${end - 1}.`, place);
  }
}

function checkEpisode(episode: EpisodeRecord, index: number): void {
  const place = { group: text(episode?.group), episode: index, episodeId: text(episode?.id) };
  const refuse = (field: string, problem: string, step?: number): never => {
    throw new CreditBatchError(problem, { ...place, field, step });
  };
  const optional = (value: unknown, type: 'string' | 'boolean', field: string, step?: number) => {
    if (value != null && typeof value !== type) {
      refuse(field, `\`${field}\` is ${shown(value)}; it must be a ${type} or absent.`, step);
    }
  };
  if (episode === null || typeof episode !== 'object') refuse('episode', 'an episode must be an object.');
  if (typeof episode.group !== 'string') {
    refuse('group', `\`group\` is ${shown(episode.group)}; name the group of the episode with a string.`);
  }
  optional(episode.success, 'boolean', 'success');
  optional(episode.truncated, 'boolean', 'truncated');
  optional(episode.finalObservation, 'string', 'finalObservation');
  optional(episode.finalState, 'string', 'finalState');
  if (!Array.isArray(episode.steps)) refuse('steps', `\`steps\` is ${shown(episode.steps)}; it must be a list.`);
  if (episode.steps.length === 0) refuse('steps', 'it has no steps; leave such an episode out.');
  for (let t = 0; t < episode.steps.length; t++) {
    const step = episode.steps[t];
    if (step === null || typeof step !== 'object') refuse('steps', 'a step must be an object.', t);
    optional(step.state, 'string', 'state', t);
    optional(step.valid, 'boolean', 'valid', t);
    if (step.state == null && typeof step.observation !== 'string') {
      refuse('observation', `\`observation\` is ${shown(step.observation)}; give it, or \`state\`, as a string.`, t);
    }
    if (typeof step.reward !== 'number' || !Number.isFinite(step.reward)) {
      refuse('reward', `\`reward\` is ${shown(step.reward)}; it must be a finite number.`, t);
    }
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  const json = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}

class Interner {
  readonly texts: string[] = [];
  private readonly ids = new Map<string, number>();

  idOf(key: string): number {
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.texts.length;
      this.ids.set(key, id);
      this.texts.push(key);
    }
    return id;
  }
}
