import type {
  AlgorithmInfo,
  CreditView,
  EpisodeRow,
  GroupView,
  RunCurves,
  RunSummary,
  TextQuery,
  ViewerApi,
} from './api.ts';

/** Element of an exported page that holds its data. */
export const EMBEDDED_DATA_ID = 'turnwise-data';

/** What an exported page carries in place of a server: plain JSON. */
export interface EmbeddedData {
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly runs: readonly RunSummary[];
  readonly curves: readonly RunCurves[];
  readonly algorithms: readonly AlgorithmInfo[];
  readonly episodes: readonly EmbeddedEpisodes[];
  readonly groups: readonly EmbeddedGroup[];
  /** Texts that a view cut, and prompts, as far as they were taken along. */
  readonly texts: readonly { readonly query: TextQuery; readonly text: string }[];
}

/** Episodes of a run that the page can list. */
export interface EmbeddedEpisodes {
  readonly run: string;
  readonly rows: readonly EpisodeRow[];
  /** Episodes of the run that were left out. */
  readonly omitted: number;
}

export interface EmbeddedGroup {
  /** With the credit of the run's own algorithm. */
  readonly view: GroupView;
  /** By other algorithms. */
  readonly others: readonly EmbeddedCredit[];
}

export interface EmbeddedCredit {
  readonly algorithm: string;
  readonly credit: CreditView | null;
  readonly creditProblem?: string;
}

/** Methods of the interface that take one argument or none, which is all that HTTP carries. */
export type ViewerMethod = Exclude<keyof ViewerApi, 'watch'>;
