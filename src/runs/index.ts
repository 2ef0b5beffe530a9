/** Run folders: configuration, metrics, episodes, evaluations and checkpoints of a run; loggers that bring metrics elsewhere. */
export {
  parseEpisode,
  readEpisodes,
  type StoredEpisode,
  type StoredStep,
  type StoredTokens,
  type WriteEpisodesOptions,
  writeEpisodes,
} from './episodes.ts';
export * from './errors.ts';
export { lockFolder } from './folder-lock.ts';
export {
  decodeLine,
  type Line,
  LineSplitter,
  type ReadOptions,
  readBytes,
  readLines,
  STANDARD_INPUT,
  unreadable,
} from './lines.ts';
export * from './loggers/index.ts';
export type { Machine } from './machine.ts';
export {
  formatMetrics,
  type MetricRecord,
  type MetricsFile,
  MetricsWriter,
  mergeRecords,
  parseMetrics,
  readMetrics,
} from './metrics.ts';
export { type LineWriter, openOutput } from './output.ts';
export { isReplaceable, replaceFile } from './replace-file.ts';
export { RunFolder, type RunMetadata, type RunOrigin } from './run-folder.ts';
export { Spool } from './spool.ts';
export {
  isBusy,
  keepStatus,
  processLives,
  type RunState,
  type RunStatusFile,
  readStatus,
  writeStatus,
} from './status.ts';
