import type { StepBatch } from './batch.ts';
import { type Clusters, clusterSteps } from './clusters.ts';
import { episodeRewards } from './returns.ts';

/** What the grouping and the advantages of one batch look like. */
export interface CreditDiagnostics {
  readonly steps: number;
  readonly episodes: number;
  readonly groups: number;
  /** (groups) Episodes of each group. */
  readonly groupSizes: readonly number[];
  /** Distinct states, counted per group and summed. */
  readonly states: number;
  /** Share of the steps whose state occurs once in its group, 0 … 1. */
  readonly singletonShare: number;
  /** Groups all of whose steps are in one state, of at least two steps. */
  readonly singleStateGroups: number;
  /** Groups all of whose episodes have the same reward; a group of one episode is such a group. */
  readonly zeroVarianceGroups: number;
  /** Episodes that the step limit ended. */
  readonly truncatedEpisodes: number;
  readonly advantages: AdvantageSummary;
}

/** The distribution of the advantages over the steps; NaN for a batch without steps. */
export interface AdvantageSummary {
  readonly mean: number;
  /** Population standard deviation. */
  readonly std: number;
  readonly min: number;
  readonly p05: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p95: number;
  readonly max: number;
  /** p75 − p25. */
  readonly iqr: number;
  /** Share of the steps with |A| > 1, 0 … 1. */
  readonly shareAboveOne: number;
}

/** Share of the steps from which on a grouping counts as one without shared states. */
const HARDLY_SHARED = 0.99;

/**
 * Describes a batch and its advantages.
 *
 * @param advantages (steps) from any algorithm.
 * @param clusters which steps share a state; by default those in equal states.
 */
export function diagnose(
  batch: StepBatch,
  advantages: Float64Array,
  clusters: Clusters = clusterSteps(batch),
): CreditDiagnostics {
  const visits = new Int32Array(clusters.count);
  for (let t = 0; t < batch.steps; t++) visits[clusters.ofStep[t]]++;
  let singletons = 0;
  for (let c = 0; c < clusters.count; c++) if (visits[c] === 1) singletons++;

  const rewards = episodeRewards(batch);
  const sizes: number[] = new Array(batch.groups).fill(0);
  const steps = new Int32Array(batch.groups);
  const firstCluster = new Int32Array(batch.groups);
  const firstReward = new Float64Array(batch.groups);
  const varies = new Uint8Array(batch.groups);
  let truncatedEpisodes = 0;
  for (let i = 0; i < batch.episodes; i++) {
    const g = batch.episodeGroup[i];
    if (sizes[g]++ === 0) {
      firstReward[g] = rewards[i];
      firstCluster[g] = clusters.ofStep[batch.episodeStart[i]];
    } else if (rewards[i] !== firstReward[g]) varies[g] = 1;
    steps[g] += batch.episodeStart[i + 1] - batch.episodeStart[i];
    truncatedEpisodes += batch.truncated[i];
  }
  let zeroVarianceGroups = 0;
  let singleStateGroups = 0;
  for (let g = 0; g < batch.groups; g++) {
    if (varies[g] === 0) zeroVarianceGroups++;
    if (steps[g] > 1 && visits[firstCluster[g]] === steps[g]) singleStateGroups++;
  }

  return {
    steps: batch.steps,
    episodes: batch.episodes,
    groups: batch.groups,
    groupSizes: sizes,
    states: clusters.count,
    singletonShare: batch.steps === 0 ? 0 : singletons / batch.steps,
    singleStateGroups,
    zeroVarianceGroups,
    truncatedEpisodes,
    advantages: summarize(advantages),
  };
}

/**
 * Sentences about a grouping that makes credit assignment useless without any error; none when all is well.
 */
export function degenerateGrouping(
  diagnostics: Pick<
    CreditDiagnostics,
    'steps' | 'groups' | 'singletonShare' | 'singleStateGroups' | 'zeroVarianceGroups'
  >,
): string[] {
  const { steps, groups, singletonShare, singleStateGroups, zeroVarianceGroups } = diagnostics;
  const warnings: string[] = [];
  if (steps > 1 && singletonShare >= HARDLY_SHARED) {
    warnings.push(
      `${percent(singletonShare)} of the ${steps} steps are in a state that no other step of their group shares, so ` +
        'step-level credit has nothing to compare. Check that the state key leaves out what differs between episodes ' +
        '(history, step counters, ids).',
    );
  }
  if (groups > 0 && singleStateGroups === groups) {
    warnings.push(
      'All steps of each group share one single state, so step-level credit cannot tell them apart. Check that the ' +
        'state key is not constant.',
    );
  }
  if (groups > 0 && zeroVarianceGroups * 2 > groups) {
    warnings.push(
      `In ${zeroVarianceGroups} of ${groups} groups all episodes have the same reward, so they teach little or ` +
        'nothing. Use tasks that succeed sometimes but not always, or larger groups.',
    );
  }
  return warnings;
}

/** The value below which a share q of the sorted values lies, interpolated linearly; NaN when there are none. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

/** Mean, spread and quantiles of the advantages. */
export function summarize(advantages: Float64Array): AdvantageSummary {
  const sorted = advantages.toSorted();
  const n = sorted.length;
  let sum = 0;
  let aboveOne = 0;
  for (const a of sorted) {
    sum += a;
    if (Math.abs(a) > 1) aboveOne++;
  }
  const mean = sum / n;
  let squares = 0;
  for (const a of sorted) squares += (a - mean) ** 2;
  const [p25, p75] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  return {
    mean,
    std: Math.sqrt(squares / n),
    min: quantile(sorted, 0),
    p05: quantile(sorted, 0.05),
    p25,
    p50: quantile(sorted, 0.5),
    p75,
    p95: quantile(sorted, 0.95),
    max: quantile(sorted, 1),
    iqr: p75 - p25,
    shareAboveOne: aboveOne / n,
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share === 1 ? 0 : 1)} %`;
}
