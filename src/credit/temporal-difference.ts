import type { StepBatch } from './batch.ts';
import { moments, type Normalization, normalizeWithin } from './moments.ts';
import { groupOfSteps } from './returns.ts';

/**
 * (steps) The λ-weighted sums of TD residuals of generalized advantage estimation (arXiv 1506.02438, equation 16):
 *
 *     δ_t = r_t + γ·V(s_{t+1}) − V(s_t)
 *     A_t = δ_t + γλ·A_{t+1}
 *
 * @param reward (steps) r_t.
 * @param values (steps) V(s_t).
 * @param valueAfter (episodes) V after the last step of each episode: 0 after a terminal one.
 */
export function generalizedAdvantages(
  batch: StepBatch,
  reward: Float64Array,
  values: Float64Array,
  valueAfter: Float64Array,
  gamma: number,
  lambda: number,
): Float64Array {
  const advantages = new Float64Array(batch.steps);
  for (let i = 0; i < batch.episodes; i++) {
    let valuesNext = valueAfter[i];
    let advantageOfNext = 0;
    for (let t = batch.episodeStart[i + 1] - 1; t >= batch.episodeStart[i]; t--) {
      const delta = reward[t] + gamma * valuesNext - values[t];
      advantages[t] = delta + gamma * lambda * advantageOfNext;
      valuesNext = values[t];
      advantageOfNext = advantages[t];
    }
  }
  return advantages;
}

/** How advantages are scaled at the end, and over which steps. */
export interface Scaling {
  /** (A − mean)/(std + 1e-6), A − mean, or A as it is. */
  readonly normalization: Normalization | 'none';
  /** The steps over which mean and std are taken. */
  readonly scope: 'group' | 'batch';
  /** 0: population std; 1: sample std. */
  readonly ddof: 0 | 1;
}

/** (steps) Advantages scaled over the steps of each group, or of the batch. */
export function scaled(
  batch: StepBatch,
  advantages: Float64Array,
  { normalization, scope, ddof }: Scaling,
): Float64Array {
  if (normalization === 'none') return advantages;
  const segment = scope === 'group' ? groupOfSteps(batch) : new Int32Array(batch.steps);
  const segments = scope === 'group' ? batch.groups : 1;
  return normalizeWithin(advantages, segment, moments(advantages, segment, segments, ddof), normalization);
}
