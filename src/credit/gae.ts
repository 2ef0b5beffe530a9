import type { StepBatch } from './batch.ts';
import { CreditBatchError } from './errors.ts';
import { withDefaults } from './options.ts';
import { penalized } from './returns.ts';
import { generalizedAdvantages, type Scaling, scaled, type TemporalDifferences } from './temporal-difference.ts';
import type { Trace } from './trace.ts';

export interface GaeOptions extends Scaling {
  /** γ of the TD residual. */
  readonly gamma: number;
  /** λ, how far a TD residual reaches back: 0 one step, 1 the whole episode. */
  readonly lambda: number;
  /** p, subtracted from the reward of an invalid action; reward units. */
  readonly invalidActionPenalty: number;
  /**
   * What follows the last step of an episode that the step limit cut before it succeeded: nothing (`terminal`), or the value of the state
   * reached, where the batch has a `finalValue` (`bootstrap`).
   */
  readonly truncation: 'terminal' | 'bootstrap';
}

export const GAE_DEFAULTS: GaeOptions = {
  gamma: 0.95,
  lambda: 0.95,
  normalization: 'std',
  scope: 'batch',
  ddof: 1,
  invalidActionPenalty: 0,
  truncation: 'bootstrap',
};

/**
 * Generalized advantage estimation over turns (arXiv 1506.02438), with the values of a critic, as PPO uses it:
 *
 *     r_t = reward_t − p·(1 − valid_t)
 *     δ_t = r_t + γ·V(s_{t+1}) − V(s_t)                            V = 0 after a terminal step
 *     A_t = δ_t + γλ·A_{t+1}
 *     Â_t = (A_t − mean) / (std + 1e-6)                            over all steps of the batch
 *
 * @param trace is filled with what the advantages are made of.
 * @returns (steps) advantages.
 * @throws CreditBatchError where the batch has no values.
 */
export function gae(
  batch: StepBatch,
  options: Partial<GaeOptions> = {},
  trace?: Trace<TemporalDifferences>,
): Float64Array {
  const all = withDefaults(GAE_DEFAULTS, options);
  const { value, finalValue, steps } = batch;
  if (value === undefined && steps > 0) {
    throw new CreditBatchError(
      'the steps have no `value`. `gae` needs the value that a critic gave to the state of every step.',
      { field: 'value' },
    );
  }
  const after = new Float64Array(batch.episodes);
  if (all.truncation === 'bootstrap' && finalValue !== undefined) {
    for (let i = 0; i < batch.episodes; i++) {
      if (batch.truncated[i] === 1 && batch.success[i] === 0 && !Number.isNaN(finalValue[i])) after[i] = finalValue[i];
    }
  }
  const reward = penalized(batch, batch.reward, all.invalidActionPenalty);
  const values = value ?? new Float64Array(0);
  const advantages = generalizedAdvantages(batch, reward, values, after, all.gamma, all.lambda, trace);
  return scaled(batch, advantages, all, trace);
}
