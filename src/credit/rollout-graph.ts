import type { StepBatch } from './batch.ts';
import type { Clusters } from './clusters.ts';

/** Terminal nodes as `successors` tells them. */
export const SUCCESS = -1;
export const FAILURE = -2;

/**
 * (steps) The node that each step leads to, on the graph whose nodes are the clusters of states and two terminal nodes:
 * the cluster of the next step, or after the last one `SUCCESS` or `FAILURE` by the episode's own flag.
 *
 * @param truncation `bootstrap`: an episode that the step limit cut leads to the state it reached, where the group acted
 * from that state; `terminal`: to `FAILURE`, unless it succeeded.
 */
export function successors(
  batch: StepBatch,
  nodes: Clusters,
  truncation: 'terminal' | 'bootstrap' = 'terminal',
): Int32Array {
  const next = new Int32Array(batch.steps);
  for (let i = 0; i < batch.episodes; i++) {
    const last = batch.episodeStart[i + 1] - 1;
    for (let t = batch.episodeStart[i]; t < last; t++) next[t] = nodes.ofStep[t + 1];
    const open = truncation === 'bootstrap' && batch.truncated[i] === 1 && batch.success[i] === 0;
    next[last] = open && nodes.ofFinal[i] >= 0 ? nodes.ofFinal[i] : batch.success[i] === 1 ? SUCCESS : FAILURE;
  }
  return next;
}

/** (clusters) The group of each cluster. */
export function groupOfClusters(batch: StepBatch, nodes: Clusters): Int32Array {
  const group = new Int32Array(nodes.count);
  for (let i = 0; i < batch.episodes; i++) {
    for (let t = batch.episodeStart[i]; t < batch.episodeStart[i + 1]; t++) {
      group[nodes.ofStep[t]] = batch.episodeGroup[i];
    }
  }
  return group;
}

/** Rows sorted by a key, stable: those of key k are rows[start[k]] … rows[start[k + 1] − 1]; negative keys stay out. */
export interface Buckets {
  readonly rows: Int32Array;
  readonly start: Int32Array;
}

export function bucket(keys: Int32Array, count: number): Buckets {
  const start = new Int32Array(count + 1);
  let kept = 0;
  for (const key of keys) {
    if (key < 0) continue;
    start[key + 1]++;
    kept++;
  }
  for (let k = 0; k < count; k++) start[k + 1] += start[k];
  const next = start.slice();
  const rows = new Int32Array(kept);
  for (let row = 0; row < keys.length; row++) if (keys[row] >= 0) rows[next[keys[row]]++] = row;
  return { rows, start };
}
