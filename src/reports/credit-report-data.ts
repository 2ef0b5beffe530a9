import type { CaptionPlace } from './state-graph/captions.ts';

/**
 * What the credit report shows: a file of rollouts, the advantages several algorithms gave its steps, and how far they
 * agree. "Per algorithm" is always in the order of `algorithms`, which has A entries.
 */
export interface CreditReport {
  /** File name, or "standard input". */
  readonly source: string;
  /** ISO date, or date and time. */
  readonly created: string;
  readonly algorithms: readonly AlgorithmUsed[];
  readonly totals: CreditTotals;
  /** Sentences about the file that a reader must not miss. */
  readonly warnings: readonly string[];
  /** A × A matrices over all steps of the file, −1 … 1; null where undefined (a constant column). */
  readonly agreement: {
    /** Linear correlation of the advantages. */
    readonly pearson: (number | null)[][];
    /** Correlation of their ranks. */
    readonly spearman: (number | null)[][];
    /** Share of the steps whose advantages have the same sign, 0 … 1. */
    readonly sign: (number | null)[][];
  };
  /** Per algorithm. */
  readonly distributions: readonly AdvantageDistribution[];
  /** A handful of the groups; `totals.groups` says how many there are. */
  readonly groups: readonly GroupDetail[];
}

/** One algorithm and the options it ran with. */
export interface AlgorithmUsed {
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Counts over the whole file. */
export interface CreditTotals {
  readonly episodes: number;
  readonly groups: number;
  readonly steps: number;
  /** Share of the episodes, 0 … 1. */
  readonly successRate: number;
  /** Episodes that the step limit ended. */
  readonly truncatedEpisodes: number;
  /** Distinct states, counted per group and summed. */
  readonly states: number;
  /** Share of the steps whose state occurs once in its group, 0 … 1. */
  readonly singletonShare: number;
  /** Groups all of whose episodes have the same reward. */
  readonly zeroVarianceGroups: number;
}

/** The advantages of one algorithm over all steps of the file. */
export interface AdvantageDistribution {
  /** (bins + 1) Ascending ends of the bins of a histogram. */
  readonly edges: readonly number[];
  /** (bins) Steps in each bin. */
  readonly counts: readonly number[];
  readonly mean: number;
  /** Population standard deviation: what the page divides by to compare algorithms. */
  readonly std: number;
  readonly p05: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p95: number;
  /** Share of the steps whose advantage is exactly 0, 0 … 1. */
  readonly zeroShare: number;
  /** Share of the steps with |A| > 1, 0 … 1. */
  readonly shareAboveOne: number;
}

/** One group: the graph of states that its episodes walked, and the walks. */
export interface GroupDetail {
  /** Name of the group. */
  readonly group: string;
  readonly nodes: readonly StateNode[];
  readonly edges: readonly StateEdge[];
  readonly episodes: readonly EpisodeDetail[];
}

/** A state, or one of the two ends of an episode. */
export interface StateNode {
  /** The observation, in full. */
  readonly text: string;
  /** Steps of the group that were taken here; for an end, episodes that ended here. */
  readonly visits: number;
  /** Mean discounted return from here; reward units. */
  readonly value: number;
  readonly terminal?: 'success' | 'failure';
}

/** Steps of the group that led from one state to another. */
export interface StateEdge {
  /** Index into `nodes`. */
  readonly from: number;
  /** Index into `nodes`. */
  readonly to: number;
  /** How many steps. */
  readonly count: number;
  /** Per algorithm: mean advantage of these steps. */
  readonly advantages: readonly number[];
}

/** One attempt at the task of the group. */
export interface EpisodeDetail {
  readonly id: string;
  readonly success: boolean;
  /** The step limit ended it. */
  readonly truncated: boolean;
  /** Sum of the rewards of its steps. */
  readonly reward: number;
  readonly steps: readonly StepDetail[];
}

/** One turn. */
export interface StepDetail {
  /** Index into the group's `nodes` of the state it was taken in. */
  readonly node: number;
  /** What was observed, where that is not the state itself. */
  readonly observation?: string;
  readonly action: string;
  readonly reward: number;
  /** Whether the environment accepted the action. */
  readonly valid: boolean;
  /** Per algorithm. */
  readonly advantages: readonly number[];
}

/** What the page's script reads: the report, and where the graph of each group is drawn. */
export interface CreditReportPayload {
  readonly report: CreditReport;
  /** Per group of `report.groups`. */
  readonly layouts: readonly StateGraphLayout[];
}

/** A drawing of a group's graph; pixels at zoom 1, x to the right and y down. */
export interface StateGraphLayout {
  readonly width: number;
  readonly height: number;
  /** Per node: centre and radius of its disc, the lines of its caption, and, relative to the centre, the baseline of the first of them. */
  readonly nodes: readonly {
    readonly x: number;
    readonly y: number;
    readonly radius: number;
    readonly caption: readonly string[];
    readonly captionAt: CaptionPlace;
  }[];
  /** Per edge: an SVG path from one disc, or from below the caption that stands below it, to the rim of the other, and the arrow head at its end. */
  readonly edges: readonly { readonly path: string; readonly head: string; readonly width: number }[];
}
