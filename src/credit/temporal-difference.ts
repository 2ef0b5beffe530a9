import type { StepBatch } from './batch.ts';
import { moments, type Normalization, type Normed, normalizeWithin } from './moments.ts';
import { groupOfSteps } from './returns.ts';
import { into, keep, type Trace } from './trace.ts';

export interface TemporalDifferences {
  /** (steps) r_t */
  readonly reward: Float64Array;
  /** (steps) V(s_t) */
  readonly values: Float64Array;
  /** (steps) V(s_{t+1}) */
  readonly valuesOfNext: Float64Array;
  /** (steps) δ_t */
  readonly residuals: Float64Array;
  /** (steps) A_t, unscaled. */
  readonly sums: Float64Array;
  /** What is scaled at the end, among what it is scaled with; undefined where nothing is. */
  readonly scaled?: Normed;
}

/**
 * (steps) The λ-weighted sums of TD residuals of generalized advantage estimation (arXiv 1506.02438, equation 16):
 *
 *     δ_t = r_t + γ·V(s_{t+1}) − V(s_t)
 *     A_t = δ_t + γλ·A_{t+1}
 *
 * @param reward (steps) r_t.
 * @param values (steps) V(s_t).
 * @param valueAfter (episodes) V after the last step of each episode: 0 after a terminal one.
 * @param trace is filled with all of them.
 */
export function generalizedAdvantages(
  batch: StepBatch,
  reward: Float64Array,
  values: Float64Array,
  valueAfter: Float64Array,
  gamma: number,
  lambda: number,
  trace?: Trace<TemporalDifferences>,
): Float64Array {
  const advantages = new Float64Array(batch.steps);
  const noted = trace && { residuals: new Float64Array(batch.steps), valuesOfNext: new Float64Array(batch.steps) };
  for (let i = 0; i < batch.episodes; i++) {
    let valueOfNext = valueAfter[i];
    let advantageOfNext = 0;
    for (let t = batch.episodeStart[i + 1] - 1; t >= batch.episodeStart[i]; t--) {
      const delta = reward[t] + gamma * valueOfNext - values[t];
      advantages[t] = delta + gamma * lambda * advantageOfNext;
      if (noted !== undefined) {
        noted.residuals[t] = delta;
        noted.valuesOfNext[t] = valueOfNext;
      }
      valueOfNext = values[t];
      advantageOfNext = advantages[t];
    }
  }
  if (trace !== undefined) keep(trace, { ...noted, reward, values, sums: advantages });
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
  trace?: Trace<TemporalDifferences>,
): Float64Array {
  if (normalization === 'none') return advantages;
  const segment = scope === 'group' ? groupOfSteps(batch) : new Int32Array(batch.steps);
  const segments = scope === 'group' ? batch.groups : 1;
  const stats = moments(advantages, segment, segments, ddof);
  return normalizeWithin(advantages, segment, stats, normalization, into(trace, 'scaled'));
}
