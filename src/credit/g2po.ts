import type { StepBatch } from './batch.ts';
import { type Clusters, clusterSteps } from './clusters.ts';
import { GRPO_DEFAULTS, type GrpoOptions, grpo } from './grpo.ts';
import { moments, type Normed, normalizeWithin } from './moments.ts';
import { withDefaults } from './options.ts';
import { episodeRewards, groupOfSteps, penalized } from './returns.ts';
import { into, keep, type Trace } from './trace.ts';

export interface G2poOptions extends GrpoOptions {
  /** γ of a node's value. */
  readonly gamma: number;
  /** w, weight of the two graph terms. */
  readonly stepWeight: number;
  /** Value of the terminal node that successful episodes reach; reward units. Failed ones reach a node of value 0. */
  readonly successReward: number;
  /** 1: equal states share a node; below: texts whose difflib ratio reaches it. */
  readonly similarity: number;
  /** States that make a node: the last so many, in order. */
  readonly lastStates: number;
}

export const G2PO_DEFAULTS: G2poOptions = {
  ...GRPO_DEFAULTS,
  gamma: 0.95,
  stepWeight: 1,
  successReward: 10,
  similarity: 1,
  lastStates: 1,
};

export interface G2poWorkings {
  /** A^E */
  readonly episode: Normed;
  readonly nodes: Clusters;
  /** (nodes) V(s) */
  readonly value: Float64Array;
  /** (steps) V(s_{t+1}) */
  readonly next: Float64Array;
  /** next_t: V(s_{t+1}) − p·(1 − valid_t) among the edges that leave the node. */
  readonly nextNode: Normed;
  /** edge_t: V(s_{t+1}) − V(s_t) among the edges of the group. */
  readonly edge: Normed;
}

/**
 * G2PO (arXiv 2606.22995): an episode term and two terms on the graph of the group. The graph has a node per distinct
 * state, an edge per step and two terminal nodes, success and failure.
 *
 *     V(s)   = mean over the visits to s of γ^{T_i−t+1}·R_i         V(success) = successReward, V(failure) = 0
 *     A^E_t  = GRPO: norm of R_i − p·(1 − valid_t) among the steps of the group                  mean^E, std^E
 *     next_t = norm of V(s_{t+1}) − p·(1 − valid_t) among the edges that leave s_t                mean_s, std_s
 *              a lone edge gives 0
 *     edge_t = norm of V(s_{t+1}) − V(s_t) among all edges of the group                           mean_g, std_g
 *     A_t    = A^E_t + w·(next_t + edge_t)
 *
 * norm is (x − mean)/(std + 1e-6) with the sample std, or x − mean. Which terminal node an episode reached is its own
 * success flag.
 *
 * @param clusters which steps share a state, where already known.
 * @param trace is filled with what the advantages are made of.
 * @returns (steps) advantages.
 */
export function g2po(
  batch: StepBatch,
  options: Partial<G2poOptions> = {},
  clusters?: Clusters,
  trace?: Trace<G2poWorkings>,
): Float64Array {
  const all = withDefaults(G2PO_DEFAULTS, options);
  const { normalization, stepWeight, successReward, invalidActionPenalty } = all;
  const nodes = clusters ?? clusterSteps(batch, all);
  const value = nodeValues(batch, all.gamma, nodes);

  const next = new Float64Array(batch.steps);
  const gain = new Float64Array(batch.steps);
  for (let i = 0; i < batch.episodes; i++) {
    const end = batch.episodeStart[i + 1];
    for (let t = batch.episodeStart[i]; t < end; t++) {
      next[t] = t + 1 < end ? value[nodes.ofStep[t + 1]] : batch.success[i] === 1 ? successReward : 0;
      gain[t] = next[t] - value[nodes.ofStep[t]];
    }
  }
  if (trace !== undefined) keep(trace, { nodes, value, next });

  const reached = penalized(batch, next, invalidActionPenalty);
  const nextTerm = normalizeWithin(
    reached,
    nodes.ofStep,
    moments(reached, nodes.ofStep, nodes.count, 1),
    normalization,
    into(trace, 'nextNode'),
  );
  const group = groupOfSteps(batch);
  const inGroup = moments(gain, group, batch.groups, 1);
  const edgeTerm = normalizeWithin(gain, group, inGroup, normalization, into(trace, 'edge'));

  const advantages = grpo(batch, all, into(trace, 'episode'));
  for (let t = 0; t < batch.steps; t++) advantages[t] += stepWeight * (nextTerm[t] + edgeTerm[t]);
  return advantages;
}

/** (clusters) V(s): mean over the visits to s of γ^{T_i−t+1}·R_i. */
export function nodeValues(batch: StepBatch, gamma: number, nodes: Clusters): Float64Array {
  return moments(discountedRewards(batch, gamma), nodes.ofStep, nodes.count, 0).mean;
}

/** (steps) γ^{T_i−t+1}·R_i, t from 1, so that a last step is discounted once. */
export function discountedRewards(batch: StepBatch, gamma: number): Float64Array {
  const rewards = episodeRewards(batch);
  const discounted = new Float64Array(batch.steps);
  for (let i = 0; i < batch.episodes; i++) {
    let value = rewards[i];
    for (let t = batch.episodeStart[i + 1] - 1; t >= batch.episodeStart[i]; t--) {
      value *= gamma;
      discounted[t] = value;
    }
  }
  return discounted;
}
