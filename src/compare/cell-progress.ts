import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readMetrics } from '../runs/metrics.ts';
import { isBusy, readStatus } from '../runs/status.ts';

/** How the run of a cell stands. */
export interface CellProgress {
  /** `new`: nothing worth keeping is there. `begun`: it can be resumed. `busy`: another process is at it. */
  readonly state: 'new' | 'begun' | 'busy' | 'finished';
  /** Iterations done. */
  readonly iteration: number;
}

/** Looks at the run folder of a cell. */
export async function cellProgress(run: string): Promise<CellProgress> {
  const names = await readdir(run).catch((): string[] => []);
  if (!names.includes('config.json')) return { state: 'new', iteration: 0 };
  const status = await readStatus(run);
  const iteration = await iterationsDone(run);
  if (status?.state === 'finished') return { state: 'finished', iteration };
  if (status !== undefined && isBusy(status)) return { state: 'busy', iteration };
  // Without a checkpoint there is nothing to go on from.
  return { state: names.includes('latest') ? 'begun' : 'new', iteration };
}

/** Iterations whose metrics are written; 0 where they cannot be read. */
export async function iterationsDone(run: string): Promise<number> {
  const { records } = await readMetrics(join(run, 'metrics.jsonl')).catch(() => ({ records: [] }));
  return records.findLast(({ values }) => values['timing_s/step'] !== undefined)?.iteration ?? 0;
}
