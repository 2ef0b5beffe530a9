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
  /** (steps) A critic's value of the state in which the step was taken; reward units. Needed only by `gae`. */
  readonly value?: Float64Array;
  /** (episodes) The critic's value of the state reached after the last step, NaN where unknown; reward units. */
  readonly finalValue?: Float64Array;
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
  /** A critic's value of the state in which the step was taken; reward units. All steps of a batch have one, or none. */
  readonly value?: number;
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
  /** The critic's value after the last step, for an episode that the step limit cut; reward units. */
  readonly finalValue?: number;
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
