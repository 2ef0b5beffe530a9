import { type Clusters, type CreditOptions, clusterSteps, type StepBatch } from '../credit/index.ts';

/** Algorithms with the same idea of a state share its clusters. */
export class ClusterCache {
  private readonly batch: StepBatch;
  private readonly known = new Map<string, Clusters>();

  constructor(batch: StepBatch) {
    this.batch = batch;
  }

  of({ similarity = 1, lastStates = 1 }: CreditOptions): Clusters {
    const key = `${similarity} ${lastStates}`;
    let clusters = this.known.get(key);
    if (clusters === undefined) {
      clusters = clusterSteps(this.batch, { similarity, lastStates });
      this.known.set(key, clusters);
    }
    return clusters;
  }
}
