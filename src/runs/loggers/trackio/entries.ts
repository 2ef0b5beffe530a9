import { createHash } from 'node:crypto';
import type { LoggedIteration, LoggedRun } from '../metric-logger.ts';

/** Which run of which project. */
export interface TrackioRun {
  readonly project: string;
  readonly name: string;
  /** For good, whatever it is called. */
  readonly id: string;
}

/** One row of trackio, as its servers and its inbox take it. */
export interface TrackioEntry {
  readonly project: string;
  readonly run: string;
  readonly run_id: string;
  readonly step: number;
  /** ISO 8601, UTC, with the offset written as Python does. */
  readonly timestamp: string;
  /** Values that are no finite numbers are words, as trackio writes them. */
  readonly metrics: Readonly<Record<string, number | string>>;
  readonly config: unknown;
  /** Rows with the same one are one: the first that came. */
  readonly log_id: string;
}

/**
 * The rows of some iterations. What was measured in training and what in evaluation are rows of their own, since either may come without the
 * other; each has an id that follows from run and iteration, so that a row that is sent twice is there once.
 *
 * @param config goes with the first row
 */
export function trackioEntries(
  { project, name, id }: TrackioRun,
  records: readonly LoggedIteration[],
  config: unknown,
): TrackioEntry[] {
  return records
    .flatMap(({ iteration, time, values }) => {
      const all = Object.entries(values);
      const parts = [
        ['train', all.filter(([key]) => !key.startsWith('val/'))],
        ['val', all.filter(([key]) => key.startsWith('val/'))],
      ] as const;
      return parts
        .filter(([, metrics]) => metrics.length > 0)
        .map(([part, metrics]) => ({
          project,
          run: name,
          run_id: id,
          step: iteration,
          timestamp: new Date(time).toISOString().replace('Z', '+00:00'),
          metrics: Object.fromEntries(metrics.map(([key, value]) => [key, trackioNumber(value)])),
          log_id: createHash('sha256').update(`${id}/${iteration}/${part}`).digest('hex').slice(0, 32),
        }));
    })
    .map((entry, i) => ({ ...entry, config: i === 0 ? config : null }));
}

/** Configuration of a run in trackio; names that begin with a line are its own. */
export function trackioConfig({ config, startedAt }: LoggedRun): unknown {
  return { ...(config as object), _Created: startedAt.toISOString() };
}

function trackioNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
