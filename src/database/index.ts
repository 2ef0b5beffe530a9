/** Run folders as tables that SQL can ask, kept up with while they grow. */
export { type Answer, ask } from './ask.ts';
export { episodeFacts } from './episode-rows.ts';
export * from './errors.ts';
export { resolveFolders } from './find-runs.ts';
export { type ParquetFile, writeParquet } from './parquet.ts';
export { type IdentifiedEpisode, readEpisodeFile } from './read-episode-file.ts';
export { type DatabaseChange, type ReadProgress, RunDatabase, type RunDatabaseOptions } from './run-database.ts';
export type { RunStatus } from './run-facts.ts';
export { type ColumnInfo, TABLES, type TableInfo } from './tables.ts';
export { signatureBits, textSignature } from './text-signature.ts';
export type { EpisodeFile, RunProblem, TrackedRun } from './tracked-run.ts';
