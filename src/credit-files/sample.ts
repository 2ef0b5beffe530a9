import { type Clusters, clusterSteps, type EpisodeRecord, type StepBatch } from '../credit/index.ts';
import type { FileGroup } from './read-groups.ts';

/** A group kept in full. */
export interface SampledGroup {
  readonly group: string;
  readonly episodes: readonly EpisodeRecord[];
  readonly batch: StepBatch;
  readonly clusters: Clusters;
  /** One per algorithm (steps). */
  readonly advantages: readonly Float64Array[];
}

/** Keeps the first few groups of a file, and rather those where some episodes succeeded and some did not. */
export class GroupSample {
  private readonly size: number;
  private readonly mixed = new Map<string, SampledGroup>();
  private readonly plain = new Map<string, SampledGroup>();

  constructor(size: number) {
    this.size = size;
  }

  /** Shows a group that may be kept. */
  offer({ group, episodes }: FileGroup, batch: StepBatch): void {
    const successes = batch.success.reduce((sum, s) => sum + s, 0);
    const kind = successes > 0 && successes < batch.episodes ? this.mixed : this.plain;
    if (kind.size >= this.size || this.mixed.size >= this.size) return;
    kind.set(group, { group, episodes, batch, clusters: clusterSteps(batch), advantages: [] });
  }

  /** Tells the advantages of a group, which is one that was kept or not. */
  credit(group: string, advantages: readonly Float64Array[]): void {
    for (const kind of [this.mixed, this.plain]) {
      const kept = kind.get(group);
      // Columns of the whole file would be held as long as a part of them is.
      if (kept !== undefined) kind.set(group, { ...kept, advantages: advantages.map((column) => column.slice()) });
    }
  }

  groups(): SampledGroup[] {
    return [...this.mixed.values(), ...this.plain.values()].slice(0, this.size);
  }
}
