import type { StepBatch } from './batch.ts';
import { type Clusters, clusterSteps } from './clusters.ts';
import { type Moments, moments } from './moments.ts';
import { withDefaults } from './options.ts';
import { discountedReturns, penalized, perStep } from './returns.ts';
import { generalizedAdvantages, type Scaling, scaled, type TemporalDifferences } from './temporal-difference.ts';
import { keep, type Trace } from './trace.ts';

export interface GagpoOptions extends Scaling {
  /** γ of the return and of the TD residual. */
  readonly gamma: number;
  /** λ, how far a TD residual reaches back: 0 one step, 1 the whole episode. */
  readonly lambda: number;
  /** p, subtracted from the reward of an invalid action; reward units. */
  readonly invalidActionPenalty: number;
  /**
   * What follows the last step of an episode that the step limit cut before it succeeded. `terminal`: nothing, as after any last step.
   * `bootstrap`: V̄ of the state reached, where the batch knows it and the group acted from it.
   */
  readonly truncation: 'terminal' | 'bootstrap';
  /** Every step gets the mean of its episode's A_t in its place, before scaling: the ablation that takes the steps away. */
  readonly broadcast: boolean;
  /** 1: equal states share a value; below: texts whose difflib ratio reaches it. */
  readonly similarity: number;
  /** States that share a value: the last so many, in order. */
  readonly lastStates: number;
}

export const GAGPO_DEFAULTS: GagpoOptions = {
  gamma: 0.95,
  lambda: 0.8,
  normalization: 'std',
  scope: 'group',
  ddof: 0,
  invalidActionPenalty: 0,
  truncation: 'terminal',
  broadcast: false,
  similarity: 1,
  lastStates: 1,
};

export interface GagpoWorkings extends TemporalDifferences {
  /** (steps) G_t */
  readonly returns: Float64Array;
  /** (steps) The state of each step. */
  readonly ofStep: Int32Array;
  /** (states) V̄(s) as the mean, and the visits. */
  readonly states: Moments;
  /** (steps) Ā_i; only with `broadcast`. */
  readonly episodeMeans?: Float64Array;
}

/**
 * GAGPO (arXiv 2605.13217): generalized advantage estimation (arXiv 1506.02438) with the critic replaced by the mean
 * return of the group's visits to a state. There is no episode term.
 *
 *     r_t  = reward_t − p·(1 − valid_t)
 *     G_t  = r_t + γ·G_{t+1}
 *     V̄(s) = mean of G over all visits to s within the group
 *     δ_t  = r_t + γ·V̄(s_{t+1}) − V̄(s_t)                  V̄ = 0 after a terminal step
 *     A_t  = δ_t + γλ·A_{t+1}
 *     Ā_i  = mean of A_t over the steps of episode i       with `broadcast`, in the place of A_t
 *     Â_t  = (A_t − mean_g) / (std_g + 1e-6)               over all steps of the group; population std (the paper does
 *                                                          not say which)
 *
 * With e_t = G_t − V̄(s_t) this equals A_t = e_t − γ(1 − λ)·Σ_{l≥0} (γλ)^l·e_{t+1+l}: at λ = 1 the mean-only step term
 * of GiGPO, and below it a correction by what the later states did better than usual.
 *
 * @param clusters which steps share a state, where already known.
 * @param trace is filled with what the advantages are made of.
 * @returns (steps) advantages.
 */
export function gagpo(
  batch: StepBatch,
  options: Partial<GagpoOptions> = {},
  clusters?: Clusters,
  trace?: Trace<GagpoWorkings>,
): Float64Array {
  const all = withDefaults(GAGPO_DEFAULTS, options);
  const { ofStep, ofFinal, count } = clusters ?? clusterSteps(batch, all);

  const r = penalized(batch, batch.reward, all.invalidActionPenalty);
  const G = discountedReturns(batch, all.gamma, r);
  const states = moments(G, ofStep, count, 0);
  const V = states.mean;
  if (trace !== undefined) keep(trace, { returns: G, ofStep, states });

  const values = new Float64Array(batch.steps);
  for (let t = 0; t < batch.steps; t++) values[t] = V[ofStep[t]];
  const valueAfter = new Float64Array(batch.episodes);
  if (all.truncation === 'bootstrap') {
    for (let i = 0; i < batch.episodes; i++) {
      if (batch.truncated[i] === 1 && batch.success[i] === 0 && ofFinal[i] >= 0) valueAfter[i] = V[ofFinal[i]];
    }
  }
  const advantages = generalizedAdvantages(batch, r, values, valueAfter, all.gamma, all.lambda, trace);
  return scaled(batch, all.broadcast ? meansOfEpisodes(batch, advantages, trace) : advantages, all, trace);
}

/** (steps) The mean over the steps of its episode. */
function meansOfEpisodes(batch: StepBatch, values: Float64Array, trace?: Trace<GagpoWorkings>): Float64Array {
  const means = new Float64Array(batch.episodes);
  for (let i = 0; i < batch.episodes; i++) {
    const [from, to] = [batch.episodeStart[i], batch.episodeStart[i + 1]];
    for (let t = from; t < to; t++) means[i] += values[t] / (to - from);
  }
  const episodeMeans = perStep(batch, means);
  if (trace !== undefined) keep(trace, { episodeMeans });
  return episodeMeans;
}
