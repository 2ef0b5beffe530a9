import type { StepBatch } from './batch.ts';
import { type Statistics, scoreMoments, stepScores } from './grpo.ts';
import { withDefaults } from './options.ts';
import { groupOfSteps } from './returns.ts';

export interface RlooOptions {
  readonly statistics: Statistics;
  /** p, subtracted from the score of an invalid action's own row; reward units. */
  readonly invalidActionPenalty: number;
}

export const RLOO_DEFAULTS: RlooOptions = { statistics: 'steps', invalidActionPenalty: 0 };

/**
 * REINFORCE Leave-One-Out (arXiv 2402.14740): the episode's reward against the mean of the others in its group.
 *
 *     x_t = R_i − p·(1 − valid_t)
 *     A_t = x_t − mean_{others} = n/(n − 1)·(x_t − mean_g)          n values in the group; n = 1: A = x
 *
 * @returns (steps) advantages.
 */
export function rloo(batch: StepBatch, options: Partial<RlooOptions> = {}): Float64Array {
  const { statistics, invalidActionPenalty } = withDefaults(RLOO_DEFAULTS, options);
  const scores = stepScores(batch, invalidActionPenalty);
  const { count, mean } = scoreMoments(batch, scores, statistics);
  const group = groupOfSteps(batch);
  const advantages = new Float64Array(batch.steps);
  for (let t = 0; t < batch.steps; t++) {
    const n = count[group[t]];
    advantages[t] = n === 1 ? scores[t] : (n / (n - 1)) * (scores[t] - mean[group[t]]);
  }
  return advantages;
}
