import type { StepBatch } from './batch.ts';
import { type Statistics, scoreMoments, stepScores } from './grpo.ts';
import type { Moments } from './moments.ts';
import { withDefaults } from './options.ts';
import { groupOfSteps } from './returns.ts';
import { keep, type Trace } from './trace.ts';

export interface RlooOptions {
  readonly statistics: Statistics;
  /** p, subtracted from the score of an invalid action's own row; reward units. */
  readonly invalidActionPenalty: number;
}

export const RLOO_DEFAULTS: RlooOptions = { statistics: 'steps', invalidActionPenalty: 0 };

/** What RLOO's advantages are made of. */
export interface RlooWorkings {
  /** (steps) x_t */
  readonly scores: Float64Array;
  /** (steps) */
  readonly group: Int32Array;
  /** (groups) n and mean_g, which is 0 where n = 1. */
  readonly moments: Moments;
}

/**
 * REINFORCE Leave-One-Out (arXiv 2402.14740): the episode's reward against the mean of the others in its group.
 *
 *     x_t = R_i − p·(1 − valid_t)
 *     A_t = x_t − mean_{others} = n/(n − 1)·(x_t − mean_g)          n values in the group; n = 1: A = x
 *
 * @param trace is filled with what the advantages are made of.
 * @returns (steps) advantages.
 */
export function rloo(batch: StepBatch, options: Partial<RlooOptions> = {}, trace?: Trace<RlooWorkings>): Float64Array {
  const { statistics, invalidActionPenalty } = withDefaults(RLOO_DEFAULTS, options);
  const scores = stepScores(batch, invalidActionPenalty);
  const group = groupOfSteps(batch);
  const stats = scoreMoments(batch, scores, group, statistics);
  if (trace !== undefined) keep(trace, { scores, group, moments: stats });
  const advantages = new Float64Array(batch.steps);
  for (let t = 0; t < batch.steps; t++) {
    advantages[t] = leaveOneOut(stats.count[group[t]]) * (scores[t] - stats.mean[group[t]]);
  }
  return advantages;
}

/** n/(n − 1), which turns a difference to the mean of n values into one to the mean of the others; 1 for n = 1. */
export function leaveOneOut(n: number): number {
  return n === 1 ? 1 : n / (n - 1);
}
