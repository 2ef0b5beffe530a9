import type { StepBatch } from './batch.ts';
import { type Clusters, clusterSteps } from './clusters.ts';
import { lengthen } from './contexts.ts';
import { GRPO_DEFAULTS, type GrpoOptions, grpo } from './grpo.ts';
import { moments, type Normed, normalizeWithin } from './moments.ts';
import { withDefaults } from './options.ts';
import { penalizedReturns } from './returns.ts';
import { into, keep, type Trace } from './trace.ts';

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

export interface HgpoWorkings {
  /** (steps) G_t */
  readonly returns: Float64Array;
  /** (steps) x_t */
  readonly scores: Float64Array;
  /** In the order of their lengths. */
  readonly terms: readonly HgpoTerm[];
  /** (steps) Σ_k w_k + 1e-6 over the terms that count. */
  readonly weights: Float64Array;
}

export interface HgpoTerm {
  /** States of the context; 0 for the episode. */
  readonly k: number;
  /** w_k */
  readonly weight: number;
  /** A_k; a step with fewer than k states so far has a negative segment. */
  readonly normed: Normed;
}

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
 * @param trace is filled with what the advantages are made of.
 * @returns (steps) advantages.
 */
export function hgpo(
  batch: StepBatch,
  options: Partial<HgpoOptions> = {},
  clusters?: Clusters,
  trace?: Trace<HgpoWorkings>,
): Float64Array {
  const all = withDefaults(HGPO_DEFAULTS, options);
  const { gamma, history, base, alpha, normalization, invalidActionPenalty } = all;
  const scores = penalizedReturns(batch, gamma, invalidActionPenalty, into(trace, 'returns'));
  const advantages = new Float64Array(batch.steps);
  const weights = new Float64Array(batch.steps).fill(EPSILON);
  const terms: HgpoTerm[] = [];
  if (trace !== undefined) keep(trace, { scores, terms, weights });
  const weightOf = (k: number) => (k + 1) ** alpha;
  const told = (k: number) => trace && ((normed: Normed) => void terms.push({ k, weight: weightOf(k), normed }));
  const add = (term: Float64Array, weight: number) => {
    for (let t = 0; t < batch.steps; t++) {
      if (!counts(term[t])) continue;
      advantages[t] += weight * term[t];
      weights[t] += weight;
    }
  };

  if (base) add(grpo(batch, all, told(0)), weightOf(0));
  const states = clusters ?? clusterSteps(batch, all);
  let context = states;
  for (let k = 1; k <= history + 1; k++) {
    if (k > 1) context = lengthen(batch, context, states, false);
    const stats = moments(scores, context.ofStep, context.count, 0);
    add(normalizeWithin(scores, context.ofStep, stats, normalization, told(k)), weightOf(k));
  }
  for (let t = 0; t < batch.steps; t++) advantages[t] /= weights[t];
  return advantages;
}

/** Whether a term enters the average: one that is nothing but rounding does not. */
export function counts(term: number): boolean {
  return !(Math.abs(term) < ZERO);
}

/** A difference to the mean that is nothing but rounding must not count as a term. */
const ZERO = 1e-12;

/** Added to the sum of the weights, as in the public implementation. */
const EPSILON = 1e-6;
