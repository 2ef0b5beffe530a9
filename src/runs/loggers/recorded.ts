import { stat } from 'node:fs/promises';
import { readMetrics } from '../metrics.ts';
import type { RunFolder } from '../run-folder.ts';
import type { LoggedIteration } from './metric-logger.ts';

/**
 * The records of a run from its metrics.jsonl. A value that was no finite number is NaN, since the file does not say which. The file has no
 * clock: a record is as old as the episodes of its iteration, which are written just before it, or its evaluation; where neither is there, as
 * young as now.
 *
 * @throws RecordError
 */
export async function recordedIterations(run: RunFolder): Promise<LoggedIteration[]> {
  const { records } = await readMetrics(run.metricsFile);
  return Promise.all(
    records.map(async ({ iteration, values }) => ({
      iteration,
      time:
        (await writtenAt(`${run.evaluationFile(iteration, 'held-out')}.json`)) ??
        (await writtenAt(run.episodesFile(iteration))) ??
        Date.now(),
      values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? Number.NaN])),
    })),
  );
}

async function writtenAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}
