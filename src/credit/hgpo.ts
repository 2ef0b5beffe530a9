import type { StepBatch } from './batch.ts';
import { type Clusters, clusterSteps } from './clusters.ts';
import { lengthen } from './contexts.ts';
import { GRPO_DEFAULTS, type GrpoOptions, grpoTerm } from './grpo.ts';
import { moments, type Normed, normalizeWithin } from './moments.ts';
import { withDefaults } from './options.ts';
import { discountedReturns, penalized } from './returns.ts';

export interface HgpoOptions extends GrpoOptions {
  /** γ of the discounted return. */
  readonly gamma: number;
  /** K: contexts of 1 … K + 1 consecutive states are compared. */
  readonly history: number;
  /** Whether the episode term (GRPO) enters, as the context of length 0. */
  readonly base: boolean;
  /** α: how much more a longer context weighs. */
  readonly alpha: number;
  /** 1: equal states are the same; below: texts whose difflib ratio reaches it. */
  readonly similarity: number;
}

export const HGPO_DEFAULTS: HgpoOptions = {
  ...GRPO_DEFAULTS,
  gamma: 0.95,
  history: 2,
  base: false,
  alpha: 1,
  similarity: 1,
};

/**
 * HGPO (arXiv 2602.22817): terms among the steps that share the last k states, averaged over k.
 *
 *     x_t   = G_t − p·(1 − valid_t)
 *     A_k,t = (x_t − mean_k) / (std_k + 1e-6)      over the steps of the group with the same last k states, in order;
 *                                                  population std; `mean`: without the division; 0 for a cluster of one
 *                                                  and for a step with fewer than k states so far;  k = 1 … K + 1
 *     A_t   = Σ_k w_k·A_k,t / (Σ_k w_k + 1e-6)     over the k with A_k,t ≠ 0;  w_k = (k + 1)^α;  `base`: A_0 = GRPO:
 *                                                  (R_i − p·(1 − valid_t) − mean^E) / (std^E + 1e-6)
 *
 * @param clusters which steps share a state, where already known.
 * @returns (steps) advantages.
 */
export function hgpo(batch: StepBatch, options: Partial<HgpoOptions> = {}, clusters?: Clusters): Float64Array {
  return hgpoWorkings(batch, options, clusters).advantages;
}

/** What HGPO's advantages are made of, but for the terms. */
export interface HgpoWorkings {
  /** (steps) G_t */
  readonly returns: Float64Array;
  /** (steps) x_t */
  readonly scores: Float64Array;
  /** (steps) Σ_k w_k + 1e-6 over the terms that count. */
  readonly weights: Float64Array;
  readonly advantages: Float64Array;
}

/** A term: A_k with its w_k. */
export interface HgpoTerm {
  /** States of the context; 0 for the episode. */
  readonly k: number;
  readonly weight: number;
  readonly normed: Normed;
}

/** @param onTerm is shown each term, which is not kept otherwise. */
export function hgpoWorkings(
  batch: StepBatch,
  options: Partial<HgpoOptions>,
  clusters: Clusters | undefined,
  onTerm?: (term: HgpoTerm) => void,
): HgpoWorkings {
  const all = withDefaults(HGPO_DEFAULTS, options);
  const { gamma, history, base, alpha, normalization, invalidActionPenalty } = all;
  const returns = discountedReturns(batch, gamma);
  const scores = penalized(batch, returns, invalidActionPenalty);
  const advantages = new Float64Array(batch.steps);
  const weights = new Float64Array(batch.steps).fill(EPSILON);
  const add = (k: number, normed: Normed) => {
    const { term } = normed;
    const weight = (k + 1) ** alpha;
    for (let t = 0; t < batch.steps; t++) {
      if (!counts(term[t])) continue;
      advantages[t] += weight * term[t];
      weights[t] += weight;
    }
    onTerm?.({ k, weight, normed });
  };

  if (base) add(0, grpoTerm(batch, all));
  const states = clusters ?? clusterSteps(batch, all);
  let context = states;
  for (let k = 1; k <= history + 1; k++) {
    if (k > 1) context = lengthen(batch, context, states, false);
    const stats = moments(scores, context.ofStep, context.count, 0);
    add(k, normalizeWithin(scores, context.ofStep, stats, normalization));
  }
  for (let t = 0; t < batch.steps; t++) advantages[t] /= weights[t];
  return { returns, scores, weights, advantages };
}

/** Whether a term enters the average: one that is nothing but rounding does not. */
export function counts(term: number): boolean {
  return !(Math.abs(term) < ZERO);
}

/** A difference to the mean that is nothing but rounding must not count as a term. */
const ZERO = 1e-12;

/** Added to the sum of the weights, as in the public implementation. */
const EPSILON = 1e-6;
