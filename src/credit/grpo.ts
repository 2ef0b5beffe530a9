import type { StepBatch } from './batch.ts';
import { type Moments, moments, type Normalization, type Normed, normalizeWithin } from './moments.ts';
import { withDefaults } from './options.ts';
import { episodeRewards, groupOfSteps, penalized, perStep } from './returns.ts';

/** What counts once in a group's mean and deviation: every step (long episodes weigh more) or every episode. */
export type Statistics = 'steps' | 'trajectories';

export interface GrpoOptions {
  /** Whether the difference to the group's mean is divided by the standard deviation. */
  readonly normalization: Normalization;
  readonly statistics: Statistics;
  /** p, subtracted from the score of an invalid action's own row; reward units. */
  readonly invalidActionPenalty: number;
}

export const GRPO_DEFAULTS: GrpoOptions = { normalization: 'std', statistics: 'steps', invalidActionPenalty: 0 };

export type DrGrpoOptions = Omit<GrpoOptions, 'normalization'>;

export const DR_GRPO_DEFAULTS: DrGrpoOptions = { statistics: 'steps', invalidActionPenalty: 0 };

/**
 * Dr.GRPO (arXiv 2503.20783): GRPO without the division by the standard deviation, which favours groups whose rewards
 * hardly differ.
 *
 *     A_t = R_i − p·(1 − valid_t) − mean_g
 *
 * @param tell is told what was compared with what.
 * @returns (steps) advantages.
 */
export function drGrpo(
  batch: StepBatch,
  options: Partial<DrGrpoOptions> = {},
  tell?: (normed: Normed) => void,
): Float64Array {
  return grpo(batch, { ...options, normalization: 'mean' }, tell);
}

/**
 * Group Relative Policy Optimization (arXiv 2402.03300): the episode's reward, standardized within its group.
 *
 *     x_t = R_i − p·(1 − valid_t)
 *     A_t = (x_t − mean_g) / (std_g + 1e-6)          sample std; `mean`: without the division (arXiv 2503.20783)
 *
 * A group with a single value has mean 0 and std 1, so that A = x.
 *
 * @param tell is told what was compared with what.
 * @returns (steps) advantages.
 */
export function grpo(
  batch: StepBatch,
  options: Partial<GrpoOptions> = {},
  tell?: (normed: Normed) => void,
): Float64Array {
  const { normalization, statistics, invalidActionPenalty } = withDefaults(GRPO_DEFAULTS, options);
  const scores = stepScores(batch, invalidActionPenalty);
  const group = groupOfSteps(batch);
  return normalizeWithin(scores, group, scoreMoments(batch, scores, group, statistics), normalization, tell);
}

/** (steps) x_t = R_i − p·(1 − valid_t), what the public trainers call a step's score. */
export function stepScores(batch: StepBatch, penalty: number): Float64Array {
  return penalized(batch, perStep(batch, episodeRewards(batch)), penalty);
}

/**
 * Moments of the scores by group (sample std). With `trajectories` an episode enters with the score of its first row,
 * as in the public trainers: R_i, less the penalty where the first action was invalid. A group with a single value, which
 * has nothing to be compared with, has mean 0 and std 1.
 *
 * @param group (steps) the group of every row.
 */
export function scoreMoments(
  batch: StepBatch,
  scores: Float64Array,
  group: Int32Array,
  statistics: Statistics,
): Moments {
  const stats =
    statistics === 'steps'
      ? moments(scores, group, batch.groups, 1)
      : moments(firstOfEpisodes(batch, scores), batch.episodeGroup, batch.groups, 1);
  for (let g = 0; g < batch.groups; g++) {
    if (stats.count[g] !== 1) continue;
    stats.mean[g] = 0;
    stats.std[g] = 1;
  }
  return stats;
}

function firstOfEpisodes(batch: StepBatch, values: Float64Array): Float64Array {
  const first = new Float64Array(batch.episodes);
  for (let i = 0; i < batch.episodes; i++) first[i] = values[batch.episodeStart[i]];
  return first;
}
