import type { StepBatch } from './batch.ts';
import { type Statistics, scoreMoments, stepScores } from './grpo.ts';
import { type Moments, moments } from './moments.ts';
import { withDefaults } from './options.ts';
import { groupOfSteps, penalizedReturns } from './returns.ts';
import { into, keep, type Trace } from './trace.ts';

export interface ReinforcePlusPlusOptions {
  /** γ of the discounted return. */
  readonly gamma: number;
  /** What counts once in the mean and variance of the batch: every step or every episode (its steps sharing its weight). */
  readonly statistics: Statistics;
  /** p, subtracted from the score of an invalid action's own row; reward units. */
  readonly invalidActionPenalty: number;
}

export const REINFORCE_PLUS_PLUS_DEFAULTS: ReinforcePlusPlusOptions = {
  gamma: 0.95,
  statistics: 'steps',
  invalidActionPenalty: 0,
};

export interface ReinforcePlusPlusBaselineOptions {
  readonly statistics: Statistics;
  /** p, subtracted from the score of an invalid action's own row; reward units. */
  readonly invalidActionPenalty: number;
}

export const REINFORCE_PLUS_PLUS_BASELINE_DEFAULTS: ReinforcePlusPlusBaselineOptions = {
  statistics: 'steps',
  invalidActionPenalty: 0,
};

/** What scores are whitened with over the whole batch. */
export interface Whitening {
  /** (steps) x_t */
  readonly scores: Float64Array;
  readonly mean: number;
  /** √(var + 1e-8) */
  readonly deviation: number;
}

export interface ReinforcePlusPlusWorkings extends Whitening {
  /** (steps) G_t */
  readonly returns: Float64Array;
}

export interface ReinforcePlusPlusBaselineWorkings extends Whitening {
  /** (steps) */
  readonly group: Int32Array;
  /** (groups) mean_g of R_i − p·(1 − valid_t) */
  readonly moments: Moments;
}

/**
 * REINFORCE++ (arXiv 2501.03262): the discounted return, whitened over the batch.
 *
 *     x_t = G_t − p·(1 − valid_t)
 *     A_t = (x_t − mean) / √(var + 1e-8)          over all steps of the batch; sample variance
 *
 * With `trajectories` a step of an episode of T steps has weight 1/T in mean and variance, which is divided by the number of
 * episodes less one. A batch of one episode has nothing to weigh: there both are the same.
 *
 * @param trace is filled with what the advantages are made of.
 * @returns (steps) advantages.
 */
export function reinforcePlusPlus(
  batch: StepBatch,
  options: Partial<ReinforcePlusPlusOptions> = {},
  trace?: Trace<ReinforcePlusPlusWorkings>,
): Float64Array {
  const { gamma, statistics, invalidActionPenalty } = withDefaults(REINFORCE_PLUS_PLUS_DEFAULTS, options);
  const scores = penalizedReturns(batch, gamma, invalidActionPenalty, into(trace, 'returns'));
  if (statistics === 'steps' || batch.episodes < 2) return whiten(scores, trace);
  const mean = meanOfEpisodeMeans(batch, scores);
  const squares = scores.map((score) => (score - mean) ** 2);
  const variance = (meanOfEpisodeMeans(batch, squares) * batch.episodes) / (batch.episodes - 1);
  return whitenBy(scores, mean, variance, trace);
}

function meanOfEpisodeMeans(batch: StepBatch, values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < batch.episodes; i++) {
    let sum = 0;
    for (let t = batch.episodeStart[i]; t < batch.episodeStart[i + 1]; t++) sum += values[t];
    total += sum / (batch.episodeStart[i + 1] - batch.episodeStart[i]);
  }
  return total / batch.episodes;
}

/**
 * REINFORCE++-baseline (arXiv 2501.03262): the episode's reward less its group's mean, whitened over the batch.
 *
 *     x_t = R_i − p·(1 − valid_t) − mean_g          a group with a single value has mean 0
 *     A_t = (x_t − mean) / √(var + 1e-8)            over all steps of the batch; sample variance
 *
 * `statistics` is about the mean of the group; the whitening counts every step, as in the public implementation.
 *
 * @param trace is filled with what the advantages are made of.
 * @returns (steps) advantages.
 */
export function reinforcePlusPlusBaseline(
  batch: StepBatch,
  options: Partial<ReinforcePlusPlusBaselineOptions> = {},
  trace?: Trace<ReinforcePlusPlusBaselineWorkings>,
): Float64Array {
  const { statistics, invalidActionPenalty } = withDefaults(REINFORCE_PLUS_PLUS_BASELINE_DEFAULTS, options);
  const scores = stepScores(batch, invalidActionPenalty);
  const group = groupOfSteps(batch);
  const stats = scoreMoments(batch, scores, group, statistics);
  if (trace !== undefined) keep(trace, { group, moments: stats });
  for (let t = 0; t < batch.steps; t++) scores[t] -= stats.mean[group[t]];
  return whiten(scores, trace);
}

function whiten(scores: Float64Array, trace: Trace<Whitening> | undefined): Float64Array {
  const { mean, std } = moments(scores, new Int32Array(scores.length), 1, 1);
  return whitenBy(scores, mean[0], std[0] * std[0], trace);
}

function whitenBy(
  scores: Float64Array,
  mean: number,
  variance: number,
  trace: Trace<Whitening> | undefined,
): Float64Array {
  const deviation = Math.sqrt(variance + 1e-8);
  if (trace !== undefined) keep(trace, { scores, mean, deviation });
  return scores.map((score) => (score - mean) / deviation);
}
