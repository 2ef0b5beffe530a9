import type { StepBatch } from './batch.ts';
import { type Statistics, scoreMoments, stepScores } from './grpo.ts';
import { type Moments, moments } from './moments.ts';
import { withDefaults } from './options.ts';
import { discountedReturns, groupOfSteps, penalized } from './returns.ts';

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

/**
 * REINFORCE++ (arXiv 2501.03262): the discounted return, whitened over the batch.
 *
 *     x_t = G_t − p·(1 − valid_t)
 *     A_t = (x_t − mean) / √(var + 1e-8)          over all steps of the batch; sample variance
 *
 * With `trajectories` a step of an episode of T steps has weight 1/T in mean and variance, which is divided by the number of
 * episodes less one. A batch of one episode has nothing to weigh: there both are the same.
 *
 * @returns (steps) advantages.
 */
export function reinforcePlusPlus(batch: StepBatch, options: Partial<ReinforcePlusPlusOptions> = {}): Float64Array {
  return reinforcePlusPlusWorkings(batch, options).advantages;
}

/** What REINFORCE++'s advantages are made of. */
export interface ReinforcePlusPlusWorkings extends Whitened {
  /** (steps) G_t */
  readonly returns: Float64Array;
}

export function reinforcePlusPlusWorkings(
  batch: StepBatch,
  options: Partial<ReinforcePlusPlusOptions>,
): ReinforcePlusPlusWorkings {
  const { gamma, statistics, invalidActionPenalty } = withDefaults(REINFORCE_PLUS_PLUS_DEFAULTS, options);
  const returns = discountedReturns(batch, gamma);
  const scores = penalized(batch, returns, invalidActionPenalty);
  if (statistics === 'steps' || batch.episodes < 2) return { returns, ...whitened(scores) };
  const mean = meanOfEpisodeMeans(batch, scores);
  const squares = scores.map((score) => (score - mean) ** 2);
  const variance = (meanOfEpisodeMeans(batch, squares) * batch.episodes) / (batch.episodes - 1);
  return { returns, ...whitenedBy(scores, mean, variance) };
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
 * @returns (steps) advantages.
 */
export function reinforcePlusPlusBaseline(
  batch: StepBatch,
  options: Partial<ReinforcePlusPlusBaselineOptions> = {},
): Float64Array {
  return reinforcePlusPlusBaselineWorkings(batch, options).advantages;
}

/** What the advantages of REINFORCE++-baseline are made of. */
export interface ReinforcePlusPlusBaselineWorkings extends Whitened {
  /** (steps) */
  readonly group: Int32Array;
  /** (groups) mean_g of R_i − p·(1 − valid_t) */
  readonly moments: Moments;
}

export function reinforcePlusPlusBaselineWorkings(
  batch: StepBatch,
  options: Partial<ReinforcePlusPlusBaselineOptions>,
): ReinforcePlusPlusBaselineWorkings {
  const { statistics, invalidActionPenalty } = withDefaults(REINFORCE_PLUS_PLUS_BASELINE_DEFAULTS, options);
  const scores = stepScores(batch, invalidActionPenalty);
  const group = groupOfSteps(batch);
  const stats = scoreMoments(batch, scores, group, statistics);
  for (let t = 0; t < batch.steps; t++) scores[t] -= stats.mean[group[t]];
  return { group, moments: stats, ...whitened(scores) };
}

/** Scores scaled over the whole batch. */
export interface Whitened {
  /** (steps) x_t */
  readonly scores: Float64Array;
  readonly mean: number;
  /** √(var + 1e-8) */
  readonly deviation: number;
  /** (steps) (x_t − mean) / √(var + 1e-8) */
  readonly advantages: Float64Array;
}

function whitened(scores: Float64Array): Whitened {
  const { mean, std } = moments(scores, new Int32Array(scores.length), 1, 1);
  return whitenedBy(scores, mean[0], std[0] * std[0]);
}

function whitenedBy(scores: Float64Array, mean: number, variance: number): Whitened {
  const deviation = Math.sqrt(variance + 1e-8);
  return { scores, mean, deviation, advantages: scores.map((score) => (score - mean) / deviation) };
}
