import type { StepBatch } from './batch.ts';
import { type Clusters, clusterSteps } from './clusters.ts';
import { GRPO_DEFAULTS, type GrpoOptions, grpoTerm } from './grpo.ts';
import { moments, type Normed, normalizeWithin } from './moments.ts';
import { withDefaults } from './options.ts';
import { discountedReturns, penalized } from './returns.ts';

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
 * @returns (steps) advantages.
 */
export function gigpo(batch: StepBatch, options: Partial<GigpoOptions> = {}, clusters?: Clusters): Float64Array {
  return gigpoWorkings(batch, options, clusters).advantages;
}

/** (steps) A^S alone. */
export function gigpoStepTerm(
  batch: StepBatch,
  options: Partial<GigpoOptions> = {},
  clusters?: Clusters,
): Float64Array {
  return stepWorkings(batch, withDefaults(GIGPO_DEFAULTS, options), clusters).step.term;
}

/** What GiGPO's advantages are made of. */
export interface GigpoWorkings {
  /** A^E */
  readonly episode: Normed;
  /** (steps) G_t */
  readonly returns: Float64Array;
  /** A^S, without its weight: x_t among those of its cluster. */
  readonly step: Normed;
  readonly advantages: Float64Array;
}

export function gigpoWorkings(
  batch: StepBatch,
  options: Partial<GigpoOptions>,
  clusters: Clusters | undefined,
): GigpoWorkings {
  const all = withDefaults(GIGPO_DEFAULTS, options);
  const episode = grpoTerm(batch, all);
  const { returns, step } = stepWorkings(batch, all, clusters);
  const advantages = new Float64Array(batch.steps);
  for (let t = 0; t < batch.steps; t++) advantages[t] = episode.term[t] + all.stepWeight * step.term[t];
  return { episode, returns, step, advantages };
}

function stepWorkings(batch: StepBatch, options: GigpoOptions, clusters: Clusters | undefined) {
  const { ofStep, count } = clusters ?? clusterSteps(batch, options);
  const returns = discountedReturns(batch, options.gamma);
  const scores = penalized(batch, returns, options.invalidActionPenalty);
  const step = normalizeWithin(scores, ofStep, moments(scores, ofStep, count, 1), options.normalization);
  return { returns, step };
}
