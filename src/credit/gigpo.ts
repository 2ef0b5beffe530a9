import type { StepBatch } from './batch.ts';
import { type Clusters, clusterSteps } from './clusters.ts';
import { GRPO_DEFAULTS, type GrpoOptions, grpo } from './grpo.ts';
import { moments, type Normed, normalizeWithin } from './moments.ts';
import { withDefaults } from './options.ts';
import { penalizedReturns } from './returns.ts';
import { into, type Trace } from './trace.ts';

export interface GigpoOptions extends GrpoOptions {
  /** γ of the discounted return. */
  readonly gamma: number;
  /** w, weight of the step term. */
  readonly stepWeight: number;
  /** 1: equal states share a cluster; below: texts whose difflib ratio reaches it. */
  readonly similarity: number;
  /** States that make a cluster: the last so many, in order. */
  readonly lastStates: number;
}

export const GIGPO_DEFAULTS: GigpoOptions = {
  ...GRPO_DEFAULTS,
  gamma: 0.95,
  stepWeight: 1,
  similarity: 1,
  lastStates: 1,
};

export interface GigpoWorkings {
  /** A^E */
  readonly episode: Normed;
  /** (steps) G_t */
  readonly returns: Float64Array;
  /** A^S: x_t among those of its cluster. */
  readonly step: Normed;
}

/**
 * Group-in-Group Policy Optimization (arXiv 2505.10978): an episode term and a term among the steps that visited the
 * same state.
 *
 *     A^E_t = GRPO: (R_i − p·(1 − valid_t) − mean^E) / (std^E + 1e-6)
 *     x_t   = G_t − p·(1 − valid_t),   G_t = Σ_{k≥t} γ^{k−t} r_k
 *     A^S_t = (x_t − mean_c) / (std_c + 1e-6)          over the steps c of the group in the same state; sample std;
 *                                                     `mean`: without the division; a cluster of one gives 0
 *     A_t   = A^E_t + w·A^S_t
 *
 * @param clusters which steps share a state, where already known.
 * @param trace is filled with what the advantages are made of.
 * @returns (steps) advantages.
 */
export function gigpo(
  batch: StepBatch,
  options: Partial<GigpoOptions> = {},
  clusters?: Clusters,
  trace?: Trace<GigpoWorkings>,
): Float64Array {
  const all = withDefaults(GIGPO_DEFAULTS, options);
  const advantages = grpo(batch, all, into(trace, 'episode'));
  const step = gigpoStepTerm(batch, all, clusters, trace);
  for (let t = 0; t < batch.steps; t++) advantages[t] += all.stepWeight * step[t];
  return advantages;
}

/** (steps) A^S alone. @param trace is filled with `returns` and `step`. */
export function gigpoStepTerm(
  batch: StepBatch,
  options: Partial<GigpoOptions> = {},
  clusters?: Clusters,
  trace?: Trace<GigpoWorkings>,
): Float64Array {
  const all = withDefaults(GIGPO_DEFAULTS, options);
  const { gamma, normalization, invalidActionPenalty } = all;
  const { ofStep, count } = clusters ?? clusterSteps(batch, all);
  const scores = penalizedReturns(batch, gamma, invalidActionPenalty, into(trace, 'returns'));
  const stats = moments(scores, ofStep, count, 1);
  return normalizeWithin(scores, ofStep, stats, normalization, into(trace, 'step'));
}
