import type { StepBatch } from './batch.ts';
import { moments, type Normalization, type Normed, normalizeWithin } from './moments.ts';
import { discountedReturns, groupOfSteps } from './returns.ts';

/** What generalized advantage estimation knows of the states. */
export interface StateValues {
  /** (steps) r_t */
  readonly reward: Float64Array;
  /** (steps) V(s_t) */
  readonly values: Float64Array;
  /** (episodes) V after the last step of each episode: 0 after a terminal one. */
  readonly valueAfter: Float64Array;
}

/** The λ-weighted sums of TD residuals, with what they are made of. */
export interface TemporalDifferences extends StateValues {
  /** (steps) δ_t */
  readonly residuals: Float64Array;
  /** (steps) A_t, unscaled. */
  readonly sums: Float64Array;
}

/**
 * Generalized advantage estimation (arXiv 1506.02438, equation 16):
 *
 *     δ_t = r_t + γ·V(s_{t+1}) − V(s_t)
 *     A_t = δ_t + γλ·A_{t+1}
 */
export function temporalDifferences(
  batch: StepBatch,
  states: StateValues,
  gamma: number,
  lambda: number,
): TemporalDifferences {
  const { reward, values } = states;
  const residuals = valuesOfNext(batch, states);
  for (let t = 0; t < batch.steps; t++) residuals[t] = reward[t] + gamma * residuals[t] - values[t];
  // A is to δ, discounted by γλ, what a return is to its rewards.
  return { ...states, residuals, sums: discountedReturns(batch, gamma * lambda, residuals) };
}

/** (steps) V(s_{t+1}) */
export function valuesOfNext(batch: StepBatch, { values, valueAfter }: StateValues): Float64Array {
  const next = new Float64Array(batch.steps);
  for (let i = 0; i < batch.episodes; i++) {
    const last = batch.episodeStart[i + 1] - 1;
    for (let t = batch.episodeStart[i]; t < last; t++) next[t] = values[t + 1];
    next[last] = valueAfter[i];
  }
  return next;
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

/** Advantages among the steps of their group, or of the batch; undefined where they stay as they are. */
export function scaled(
  batch: StepBatch,
  advantages: Float64Array,
  { normalization, scope, ddof }: Scaling,
): Normed | undefined {
  if (normalization === 'none') return undefined;
  const segment = scope === 'group' ? groupOfSteps(batch) : new Int32Array(batch.steps);
  const segments = scope === 'group' ? batch.groups : 1;
  return normalizeWithin(advantages, segment, moments(advantages, segment, segments, ddof), normalization);
}
