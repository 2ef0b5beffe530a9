import type {
  AlgorithmInfo,
  CreditView,
  EpisodeFacets,
  EpisodeFile,
  EpisodeRow,
  GroupView,
  RunCurves,
  RunSummary,
} from './api.ts';

/** Id of the `<script type="application/json">` of an exported page that holds its `EmbeddedData`. */
export const EMBEDDED_DATA_ID = 'turnwise-data';

/** What an exported page shows in place of a server: all curves, and a few groups with every step. */
export interface EmbeddedData {
  /** Version of Turnwise that wrote it. */
  readonly turnwise: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly runs: readonly RunSummary[];
  readonly curves: readonly RunCurves[];
  readonly algorithms: readonly AlgorithmInfo[];
  /** By run: of the episodes that are embedded. */
  readonly facets: Readonly<Record<string, EpisodeFacets>>;
  /** By run: the episodes of the embedded groups, in the order they were played. */
  readonly episodes: Readonly<Record<string, readonly EpisodeRow[]>>;
  readonly groups: readonly EmbeddedGroup[];
  /** What the run folder has and the page has not, a sentence each; empty where nothing was left out. */
  readonly leftOut: readonly string[];
  /** What the page opens with, where its address says nothing; absent: the table of runs. */
  readonly opens?: FirstView;
}

/** The view that was asked for when the page was written. */
export type FirstView =
  | { readonly page: 'episodes'; readonly run: string }
  | ({ readonly page: 'group' } & FirstGroup)
  | ({ readonly page: 'episode'; readonly episode: string } & FirstGroup);

interface FirstGroup extends EpisodeFile {
  readonly run: string;
  readonly group: string;
}

/** A group with the credit of every algorithm. */
export interface EmbeddedGroup {
  /** With the credit of the run's own algorithm. All texts are in full but those that `leftOut` tells of. */
  readonly view: GroupView;
  /** By name of the algorithm, the run's own too. */
  readonly credits: Readonly<Record<string, EmbeddedCredit>>;
}

/** As in a `GroupView`: the credit, or why there is none. */
export type EmbeddedCredit =
  | { readonly credit: CreditView }
  | { readonly credit: null; readonly creditProblem: string };
