import { type Clusters, degenerateGrouping, diagnose, type StepBatch } from '../credit/index.ts';
import type { CreditTotals } from '../reports/index.ts';

/** Sums over the groups of a file. */
export class Totals {
  steps = 0;
  episodes = 0;
  private groupCount = 0;
  private successes = 0;
  private truncated = 0;
  private states = 0;
  private singletons = 0;
  private zeroVariance = 0;
  private singleState = 0;

  add(batch: StepBatch, clusters: Clusters): void {
    const d = diagnose(batch, new Float64Array(0), clusters);
    this.steps += batch.steps;
    this.episodes += batch.episodes;
    this.groupCount++;
    for (const s of batch.success) this.successes += s;
    this.truncated += d.truncatedEpisodes;
    this.states += d.states;
    this.singletons += d.singletonShare * batch.steps;
    this.zeroVariance += d.zeroVarianceGroups;
    this.singleState += d.singleStateGroups;
  }

  result(): CreditTotals {
    return {
      groups: this.groupCount,
      episodes: this.episodes,
      steps: this.steps,
      successRate: this.successes / this.episodes,
      truncatedEpisodes: this.truncated,
      states: this.states,
      singletonShare: this.singletons / this.steps,
      zeroVarianceGroups: this.zeroVariance,
    };
  }

  warnings(): string[] {
    return degenerateGrouping({ ...this.result(), groups: this.groupCount, singleStateGroups: this.singleState });
  }
}
