import type { StepBatch } from './batch.ts';
import { type Clusters, clusterSteps } from './clusters.ts';
import { CreditBatchError } from './errors.ts';
import { GRPO_DEFAULTS, type GrpoOptions, grpo } from './grpo.ts';
import { moments, type Normed, normalizeWithin } from './moments.ts';
import { withDefaults } from './options.ts';
import { groupOfSteps, penalized } from './returns.ts';
import { bucket, successors } from './rollout-graph.ts';
import { into, keep, type Trace } from './trace.ts';

export interface BellmanOptions extends GrpoOptions {
  /** γ of the backup and of the TD residual. */
  readonly gamma: number;
  /** Weight of the step credit where it takes the place of the episode's. */
  readonly stepWeight: number;
  /** Whether step credit is given only where the group was seen to go on in at least two ways. */
  readonly gate: boolean;
  /**
   * Where an episode that the step limit cut leads: to an end of value 0 (`terminal`), or to the state it reached, where
   * the batch knows it and the group acted from it (`bootstrap`).
   */
  readonly truncation: 'terminal' | 'bootstrap';
  /** 1: equal states share a node; below: texts whose difflib ratio reaches it. */
  readonly similarity: number;
  /** States that make a node: the last so many, in order. */
  readonly lastStates: number;
}

export const BELLMAN_DEFAULTS: BellmanOptions = {
  ...GRPO_DEFAULTS,
  gamma: 0.95,
  stepWeight: 1,
  gate: true,
  truncation: 'bootstrap',
  similarity: 1,
  lastStates: 1,
};

export interface BellmanWorkings {
  /** GRPO_t */
  readonly episode: Normed;
  readonly nodes: Clusters;
  /** (steps) Node after each step, negative for an end. */
  readonly next: Int32Array;
  /** (steps) r_t */
  readonly reward: Float64Array;
  /** (nodes) V(s) */
  readonly value: Float64Array;
  /** δ_t among the steps of the group that get step credit; the others have a negative segment. */
  readonly step: Normed;
}

/**
 * Bellman backup on the rollout graph, gated (the idea of Gated-BEPO; the details are ours): the value of a node is the
 * fixed point of the mean backup over its visits, so that what one episode found out beyond a shared state counts for
 * all that came through it.
 *
 *     V(s)  = mean over the visits to s of r_t + γ·V(s_{t+1}),   r_t = reward_t − p·(1 − valid_t),   V = 0 after the end
 *     δ_t   = r_t + γ·V(s_{t+1}) − V(s_t)
 *     A_t   = w·(δ_t − mean_g) / (std_g + 1e-6)     where s_t was seen to lead to at least two different nodes; mean and
 *                                                   sample std over these steps of the group; `mean`: without the
 *                                                   division
 *     A_t   = GRPO_t                                elsewhere (`gate` false: step credit everywhere):
 *                                                   (R_i − p·(1 − valid_t) − mean^E) / (std^E + 1e-6)
 *
 * The residuals of all visits to a state sum to 0, so that mean_g is 0 but for rounding.
 *
 * What is left open was chosen by the laboratory (docs/credit.md): the gate, and going on from where an episode was cut.
 *
 * @param clusters which steps share a state, where already known.
 * @param trace is filled with what the advantages are made of.
 * @returns (steps) advantages.
 * @throws CreditBatchError where the values have no fixed point: γ = 1 and a loop that no step leaves.
 */
export function bellman(
  batch: StepBatch,
  options: Partial<BellmanOptions> = {},
  clusters?: Clusters,
  trace?: Trace<BellmanWorkings>,
): Float64Array {
  const all = withDefaults(BELLMAN_DEFAULTS, options);
  const nodes = clusters ?? clusterSteps(batch, all);
  const next = successors(batch, nodes, all.truncation);
  const reward = penalized(batch, batch.reward, all.invalidActionPenalty);
  const value = backedUpValues(nodes, next, reward, all.gamma);
  if (trace !== undefined) keep(trace, { nodes, next, reward, value });

  const group = groupOfSteps(batch);
  const branches = all.gate ? branching(nodes, next) : new Uint8Array(nodes.count).fill(1);
  const delta = new Float64Array(batch.steps);
  // Steps that get the episode's credit stay out of the statistics.
  const segment = new Int32Array(batch.steps).fill(-1);
  for (let t = 0; t < batch.steps; t++) {
    delta[t] = reward[t] + (next[t] >= 0 ? all.gamma * value[next[t]] : 0) - value[nodes.ofStep[t]];
    if (branches[nodes.ofStep[t]] === 1) segment[t] = group[t];
  }
  const stats = moments(delta, segment, batch.groups, 1);
  const term = normalizeWithin(delta, segment, stats, all.normalization, into(trace, 'step'));
  const advantages = grpo(batch, all, into(trace, 'episode'));
  for (let t = 0; t < batch.steps; t++) if (segment[t] >= 0) advantages[t] = all.stepWeight * term[t];
  return advantages;
}

/** More than any graph of a group needs whose γ is below 1 by more than rounding. */
const MOST_SWEEPS = 100_000;
const TOLERANCE = 1e-12;

/**
 * (clusters) The fixed point V of V(s) = mean over the visits to s of reward + γ·V(next), to a relative 1e-12, by
 * Gauss–Seidel sweeps from the ends backwards: one sweep where the graph has no loops.
 *
 * @param next (steps) node after each step, negative for an end of value 0.
 */
export function backedUpValues(nodes: Clusters, next: Int32Array, reward: Float64Array, gamma: number): Float64Array {
  const visits = bucket(nodes.ofStep, nodes.count);
  // Of each node what its visits earned, and to which other nodes they led. A step back to the same node is solved for,
  // not iterated.
  const earned = new Float64Array(nodes.count);
  const weight = new Float64Array(nodes.count);
  const start = new Int32Array(nodes.count + 1);
  const to = new Int32Array(next.length);
  let edges = 0;
  let scale = 0;
  for (let node = 0; node < nodes.count; node++) {
    for (let k = visits.start[node]; k < visits.start[node + 1]; k++) {
      const t = visits.rows[k];
      earned[node] += reward[t];
      scale = Math.max(scale, Math.abs(reward[t]));
      weight[node] += next[t] === node ? 1 - gamma : 1;
      if (next[t] >= 0 && next[t] !== node) to[edges++] = next[t];
    }
    start[node + 1] = edges;
  }

  const value = new Float64Array(nodes.count);
  const order = endsFirst(nodes, start, to);
  for (let sweep = 0, worst = Number.POSITIVE_INFINITY; worst > TOLERANCE * scale; sweep++) {
    if (sweep === MOST_SWEEPS) {
      throw new CreditBatchError(
        'the values of a loop that no episode leaves have no fixed point. Use `gamma` below 1, or truncation "terminal".',
        { field: 'steps' },
      );
    }
    worst = 0;
    for (const node of order) {
      let ahead = 0;
      for (let k = start[node]; k < start[node + 1]; k++) ahead += value[to[k]];
      // Without weight all visits led back at γ = 1: what they earn never ends.
      const updated = weight[node] > 0 ? (earned[node] + gamma * ahead) / weight[node] : value[node] + earned[node];
      worst = Math.max(worst, Math.abs(updated - value[node]));
      value[node] = updated;
    }
  }
  return value;
}

/**
 * Nodes so ordered that, loops aside, a node comes after all it leads to: the post-order of a depth-first search.
 *
 * @param start (clusters + 1) node n leads to to[start[n]] … to[start[n + 1] − 1].
 */
function endsFirst(nodes: Clusters, start: Int32Array, to: Int32Array): Int32Array {
  const order = new Int32Array(nodes.count);
  const seen = new Uint8Array(nodes.count);
  // Of each node on the path, the edge to follow next.
  const at = start.slice();
  const path = new Int32Array(nodes.count);
  let ordered = 0;
  for (let root = 0; root < nodes.count; root++) {
    if (seen[root] === 1) continue;
    seen[root] = 1;
    path[0] = root;
    let depth = 1;
    while (depth > 0) {
      const node = path[depth - 1];
      if (at[node] === start[node + 1]) {
        order[ordered++] = node;
        depth--;
        continue;
      }
      const other = to[at[node]++];
      if (seen[other] === 1) continue;
      seen[other] = 1;
      path[depth++] = other;
    }
  }
  return order;
}

/** (clusters) 1 where the steps that leave a node lead to at least two different nodes, the ends included. */
function branching(nodes: Clusters, next: Int32Array): Uint8Array {
  const branches = new Uint8Array(nodes.count);
  const first = new Int32Array(nodes.count);
  const met = new Uint8Array(nodes.count);
  for (let t = 0; t < next.length; t++) {
    const node = nodes.ofStep[t];
    if (met[node] === 0) {
      met[node] = 1;
      first[node] = next[t];
    } else if (next[t] !== first[node]) branches[node] = 1;
  }
  return branches;
}
