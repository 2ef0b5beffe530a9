import type { CaptionPlace } from '../reports/index.ts';

/**
 * What the page asks of whoever has the runs: the local server (over HTTP), or the data embedded in an exported page. All
 * of it is plain JSON.
 */
export interface ViewerApi {
  runs(): Promise<RunSummary[]>;
  /** Every metric of each of these runs. */
  curves(runs: readonly string[]): Promise<RunCurves[]>;
  episodes(query: EpisodeQuery): Promise<EpisodePage>;
  /** What the filters of a run's episodes can be set to. */
  facets(run: string): Promise<EpisodeFacets>;
  /** A group with every step, and the credit one algorithm gives it. */
  group(query: GroupQuery): Promise<GroupView>;
  /** One text in full, where a view holds only its beginning; the prompt of a step, which no view holds. */
  text(query: TextQuery): Promise<string | undefined>;
  algorithms(): Promise<AlgorithmInfo[]>;
  /** Calls back when something changed on the disk. Ends with what it returns. Absent where nothing can change. */
  watch?(changed: (what: Change) => void): () => void;
}

/** What changed, so that only this is asked for again. */
export interface Change {
  /** Runs that have new metrics or episodes, or another status. */
  readonly runs: readonly string[];
  /** Whether runs came or went. */
  readonly list: boolean;
}

/**
 * - `running`: a process is writing it: it lives, or is another machine's and said so within the last quarter of an hour
 * - `finished`: all iterations and the last evaluation are done
 * - `interrupted`: a person stopped it; it can be resumed
 * - `failed`: it ended with an error, see `error`
 * - `stopped`: its process is gone without a word (killed, crashed); it can be resumed
 */
export type RunStatus = 'running' | 'finished' | 'interrupted' | 'failed' | 'stopped';

/** Something in a run folder that cannot be read. */
export interface Problem {
  /** Path within the run folder. */
  readonly file: string;
  /** Counted from 1. */
  readonly line?: number;
  /** One sentence. */
  readonly problem: string;
}

export interface RunSummary {
  /** Stands for the run in every query: its folder, relative to where the viewer was pointed at. Unique. */
  readonly id: string;
  /** What to show: the shortest end of its path that is unique among the runs. */
  readonly name: string;
  /** Its path on the machine that serves the page; absent in exported pages, which may go anywhere. */
  readonly folder?: string;
  readonly status: RunStatus;
  /** Why it failed. */
  readonly error?: string;
  readonly environment: string;
  readonly algorithm: string;
  readonly seed: number | null;
  /** ISO 8601, UTC. */
  readonly startedAt?: string;
  /** Iterations done, and to be done. */
  readonly iteration: number;
  readonly iterations: number | null;
  /** The configuration with dotted keys, lists and records of options too: `credit.options.lambda`. Values as they are. */
  readonly config: Readonly<Record<string, string | number | boolean | null>>;
  /** Equal for runs that differ in nothing but their seed and where their metrics go. */
  readonly experiment: string;
  /** The last value of every metric; null where it was no finite number. */
  readonly last: Readonly<Record<string, number | null>>;
  /** Training episodes stored. */
  readonly episodes: number;
  /** Iterations whose training episodes are stored, and evaluations with theirs. */
  readonly files: readonly EpisodeFile[];
  readonly problems: readonly Problem[];
}

/** A stored file of episodes: those of a training iteration, or of an evaluation after it. */
export interface EpisodeFile {
  /** `train`, or the name of the evaluation: `held-out`, `held-out-1`. */
  readonly kind: string;
  readonly iteration: number;
}

export interface RunCurves {
  readonly run: string;
  /** (records) Ascending. */
  readonly iteration: readonly number[];
  /** (records) Training episodes, and tokens read and drawn in training, up to and with this iteration; seconds of training. */
  readonly episodes: readonly number[];
  readonly tokens: readonly number[];
  readonly seconds: readonly number[];
  /** (records) each, by metric name; null where there is none or it was no finite number. */
  readonly metrics: Readonly<Record<string, readonly (number | null)[]>>;
}

export interface EpisodeQuery {
  readonly run: string;
  /** All where absent. */
  readonly kind?: string;
  readonly iterationFrom?: number;
  readonly iterationTo?: number;
  readonly success?: boolean;
  readonly end?: string;
  readonly taskType?: string;
  readonly task?: string;
  readonly group?: string;
  readonly stepsFrom?: number;
  readonly stepsTo?: number;
  /** A part of an observation, action or completion; upper and lower case are the same. */
  readonly text?: string;
  readonly sort: EpisodeSort;
  readonly descending: boolean;
  readonly offset: number;
  /** At most 500. */
  readonly limit: number;
}

export const EPISODE_SORTS = [
  'order',
  'iteration',
  'task',
  'taskType',
  'success',
  'score',
  'reward',
  'steps',
  'end',
  'invalid',
  'tokens',
  'advantageMean',
  'advantageMin',
  'advantageMax',
] as const;
/** `order`: as they were played. */
export type EpisodeSort = (typeof EPISODE_SORTS)[number];

export interface EpisodePage {
  /** Episodes that fit the query, in all. */
  readonly total: number;
  readonly rows: readonly EpisodeRow[];
  /** How long the database took, ms. */
  readonly milliseconds: number;
  /** Files that are still being read in: what is here is not all yet. */
  readonly pending: number;
}

export interface EpisodeRow extends EpisodeFile {
  readonly group: string;
  readonly id: string;
  readonly task: string | null;
  readonly taskType: string | null;
  readonly success: boolean;
  readonly score: number | null;
  readonly reward: number;
  readonly steps: number;
  /** Turns whose action was invalid. */
  readonly invalid: number;
  readonly end: string | null;
  /** Response tokens, where they are stored. */
  readonly tokens: number | null;
  /** Of its steps' advantages as trained with; null where there are none. */
  readonly advantageMean: number | null;
  readonly advantageMin: number | null;
  readonly advantageMax: number | null;
}

export interface EpisodeFacets {
  readonly kinds: readonly string[];
  readonly ends: readonly string[];
  readonly taskTypes: readonly string[];
  /** Of each kind, in the order of `kinds`. */
  readonly iterations: readonly IterationRange[];
  /** Turns of the longest episode. */
  readonly longest: number;
}

/** The first and the last iteration that episodes of a kind are of. */
export interface IterationRange {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

export interface GroupQuery extends EpisodeFile {
  readonly run: string;
  readonly group: string;
  /** By whom credit is given; absent: the run's algorithm with the run's options. Another one has the run's options where it takes them. */
  readonly algorithm?: string;
}

/** A group: its episodes, the credit of every step, and the graph of states that it walked. */
export interface GroupView extends EpisodeFile {
  readonly run: string;
  readonly group: string;
  readonly task: string | null;
  readonly taskType: string | null;
  readonly credit: CreditView | null;
  /** Why there is no credit: evaluations have groups of one, an algorithm may need a critic. */
  readonly creditProblem?: string;
  readonly episodes: readonly EpisodeView[];
  readonly graph: GraphView;
}

/** How the credit of a group came about. Lists are in the order of the group's steps: episode after episode. */
export interface CreditView {
  readonly algorithm: string;
  readonly description: string;
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** Whether these are the advantages that were trained with: the run's own algorithm, equal to the stored ones. */
  readonly asTrained: boolean;
  /** (steps) */
  readonly advantages: readonly number[];
  /** What the advantages are sums of: Σ over the terms = advantage. */
  readonly terms: readonly CreditColumn[];
  /** What the terms were computed from: return, value of the state, TD residual, mean and deviation of the group, … */
  readonly quantities: readonly CreditColumn[];
}

export interface CreditColumn {
  readonly name: string;
  /** As formulas write it: `V̄(s)`. */
  readonly symbol: string;
  /** One sentence. */
  readonly description: string;
  /** (steps) null where it does not exist for a step. */
  readonly values: readonly (number | null)[];
}

export interface EpisodeView {
  readonly id: string;
  readonly success: boolean;
  readonly score: number | null;
  readonly reward: number;
  readonly end: string | null;
  readonly error?: string;
  /** Of its first step in the lists of a `CreditView`; −1 where it has no credit (its environment failed). */
  readonly firstRow: number;
  readonly steps: readonly StepView[];
}

export interface StepView {
  /** Index into the graph's nodes of the state it was taken in. */
  readonly node: number;
  readonly observation: Text;
  readonly action: Text;
  /** What the policy wrote, of which `action` was read. */
  readonly completion: Text | null;
  readonly valid: boolean;
  readonly reward: number;
  /** The advantage that was trained with. */
  readonly advantage: number | null;
  /** False when the response hit its token limit. */
  readonly stopped: boolean | null;
  /** Response tokens with the sampler's log-probability, nats; null where they are not stored. */
  readonly tokens: readonly TokenView[] | null;
  readonly hasPrompt: boolean;
}

export interface TokenView {
  readonly text: string;
  readonly logprob: number | null;
}

/** The beginning of a text, and how many characters follow. */
export interface Text {
  readonly text: string;
  readonly more: number;
}

export interface TextQuery extends EpisodeFile {
  readonly run: string;
  readonly episode: string;
  /** From 0. */
  readonly step: number;
  readonly field: 'observation' | 'action' | 'completion' | 'prompt';
}

/** States that a group visited, and its steps between them. Where they are drawn was computed by a layout library. */
export interface GraphView {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly width: number;
  readonly height: number;
}

export interface GraphNode {
  /** The observation, or the name of an end. */
  readonly text: Text;
  /** What turns must share to count as this state, where it is another text than the observation; null where it is none. */
  readonly key: Text | null;
  /** Steps taken from here; of an end, episodes that ended so. */
  readonly visits: number;
  /** Mean discounted return from here, no penalty taken off; of an end the mean reward of its episodes; reward units. */
  readonly meanReturn: number;
  readonly end?: 'success' | 'failure';
  /** Centre and radius, px at zoom 1; x to the right, y down. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** A few words, by line, and where the first stands, relative to the centre. */
  readonly caption: readonly string[];
  readonly captionAt: CaptionPlace;
}

export interface GraphEdge {
  /** Indices into the nodes. */
  readonly from: number;
  readonly to: number;
  /** Steps, as indices into the lists of a `CreditView`, and where each is: episode (index into `episodes`) and turn. */
  readonly steps: readonly { readonly row: number; readonly episode: number; readonly step: number }[];
  /** SVG paths: the line, and the head of the arrow. */
  readonly path: string;
  readonly head: string;
  readonly width: number;
}

export interface AlgorithmInfo {
  readonly name: string;
  readonly description: string;
  readonly needsValues: boolean;
}
