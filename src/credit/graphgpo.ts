import type { StepBatch } from './batch.ts';
import { type Clusters, clusterSteps } from './clusters.ts';
import { GRPO_DEFAULTS, type GrpoOptions, grpo } from './grpo.ts';
import { moments, type Normed, normalizeWithin } from './moments.ts';
import { withDefaults } from './options.ts';
import { bucket, groupOfClusters, SUCCESS, successors } from './rollout-graph.ts';
import { into, keep, type Trace } from './trace.ts';

export interface GraphGpoOptions extends GrpoOptions {
  /** ω: what one more step to the goal leaves of the reward. */
  readonly omega: number;
  /** b_E, weight of the episode term. */
  readonly episodeWeight: number;
  /** b_G, weight of the step term. */
  readonly stepWeight: number;
  /** Reward that is discounted by the distance to success; reward units. */
  readonly successReward: number;
  /**
   * Where an episode that the step limit cut leads: to failure (`terminal`), or to the state it reached, where the batch
   * knows it and the group acted from it (`bootstrap`).
   */
  readonly truncation: 'terminal' | 'bootstrap';
  /** 1: equal states share a node; below: texts whose difflib ratio reaches it. */
  readonly similarity: number;
  /** States that make a node: the last so many, in order. */
  readonly lastStates: number;
}

export const GRAPHGPO_DEFAULTS: GraphGpoOptions = {
  ...GRPO_DEFAULTS,
  omega: 0.1,
  episodeWeight: 1,
  stepWeight: 1,
  successReward: 10,
  truncation: 'terminal',
  similarity: 1,
  lastStates: 1,
};

export interface GraphGpoWorkings {
  /** A^E */
  readonly episode: Normed;
  readonly nodes: Clusters;
  readonly distances: Distances;
  /** (steps) Node after each step, or a terminal one. */
  readonly next: Int32Array;
  /** A^G: x_t among the steps that leave the node. */
  readonly step: Normed;
}

/**
 * GraphGPO (arXiv 2605.26684): an episode term, and how much nearer to success each step led on the graph of the group.
 *
 *     d(success) = 0,   d(s) = 1 + min over the observed edges s → s' of d(s'),   unreachable: d_max + 1
 *     x_t   = successReward·ω^(d(s_{t+1}) + 1)
 *     A^G_t = (x_t − mean_s) / (std_s + 1e-6)      among the steps that leave s_t; sample std; `mean`: without the
 *                                                  division; a lone step gives 0, and so does a group without success
 *     A^E_t = GRPO: (R_i − p·(1 − valid_t) − mean^E) / (std^E + 1e-6)
 *     A_t   = b_E·A^E_t + b_G·A^G_t
 *
 * The public material leaves ω open. Of 0.1, 0.5, 0.9 and 0.95 the laboratory (docs/credit.md) found 0.1 nearest to the
 * true advantages and fastest to learn with.
 *
 * @param clusters which steps share a state, where already known.
 * @param trace is filled with what the advantages are made of.
 * @returns (steps) advantages.
 */
export function graphgpo(
  batch: StepBatch,
  options: Partial<GraphGpoOptions> = {},
  clusters?: Clusters,
  trace?: Trace<GraphGpoWorkings>,
): Float64Array {
  const all = withDefaults(GRAPHGPO_DEFAULTS, options);
  const nodes = clusters ?? clusterSteps(batch, all);
  const next = successors(batch, nodes, all.truncation);
  const distances = completeDistances(batch, nodes, distancesToSuccess(batch, nodes, next));
  if (trace !== undefined) keep(trace, { nodes, distances, next });
  const worth = (distance: number) => all.successReward * all.omega ** (distance + 1);
  const reward = afterSteps(nodes, next, worth(0), distances.unreachable.map(worth), distances.ofNode.map(worth));
  const stats = moments(reward, nodes.ofStep, nodes.count, 1);
  const term = normalizeWithin(reward, nodes.ofStep, stats, all.normalization, into(trace, 'step'));

  const advantages = grpo(batch, all, into(trace, 'episode'));
  for (let t = 0; t < batch.steps; t++) {
    advantages[t] = all.episodeWeight * advantages[t] + all.stepWeight * term[t];
  }
  return advantages;
}

/** How far from success each node of a graph is, those included that do not lead there. */
export interface Distances {
  /** (nodes) d(s) */
  readonly ofNode: Float64Array;
  /** (nodes) d_max + 1 in the node's group: the distance of failure. */
  readonly unreachable: Float64Array;
}

/** @param known (nodes) distances, infinite where success cannot be reached; filled in place. */
function completeDistances(batch: StepBatch, nodes: Clusters, known: Float64Array): Distances {
  const farthest = new Float64Array(batch.groups).fill(1);
  const group = groupOfClusters(batch, nodes);
  for (let c = 0; c < nodes.count; c++) {
    if (known[c] !== Number.POSITIVE_INFINITY) farthest[group[c]] = Math.max(farthest[group[c]], known[c] + 1);
  }
  const unreachable = new Float64Array(nodes.count);
  for (let c = 0; c < nodes.count; c++) {
    unreachable[c] = farthest[group[c]];
    if (known[c] === Number.POSITIVE_INFINITY) known[c] = unreachable[c];
  }
  return { ofNode: known, unreachable };
}

/** (steps) d(s_{t+1}) */
export function distancesOfNext(nodes: Clusters, next: Int32Array, { ofNode, unreachable }: Distances): Float64Array {
  return afterSteps(nodes, next, 0, unreachable, ofNode);
}

/** (steps) What is known of where each step leads: of success, of failure by the node that was left, of other nodes. */
function afterSteps(
  nodes: Clusters,
  next: Int32Array,
  success: number,
  failure: Float64Array,
  ofNode: Float64Array,
): Float64Array {
  const values = new Float64Array(next.length);
  for (let t = 0; t < next.length; t++) {
    values[t] = next[t] === SUCCESS ? success : next[t] < 0 ? failure[nodes.ofStep[t]] : ofNode[next[t]];
  }
  return values;
}

/** (clusters) Fewest observed steps from each node to success; infinite where none were seen to lead there. */
export function distancesToSuccess(batch: StepBatch, nodes: Clusters, next: Int32Array): Float64Array {
  const distance = new Float64Array(nodes.count).fill(Number.POSITIVE_INFINITY);
  const incoming = bucket(next, nodes.count);
  const queue = new Int32Array(nodes.count);
  let queued = 0;
  const reach = (node: number, d: number) => {
    if (distance[node] !== Number.POSITIVE_INFINITY) return;
    distance[node] = d;
    queue[queued++] = node;
  };
  for (let t = 0; t < batch.steps; t++) if (next[t] === SUCCESS) reach(nodes.ofStep[t], 1);
  // Breadth first: nodes are queued in the order of their distance.
  for (let q = 0; q < queued; q++) {
    const node = queue[q];
    for (let k = incoming.start[node]; k < incoming.start[node + 1]; k++) {
      reach(nodes.ofStep[incoming.rows[k]], distance[node] + 1);
    }
  }
  return distance;
}
