import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MetricRecord, readMetrics } from '../runs/metrics.ts';
import { firstReached, meanHeight } from './statistics.ts';

/** What was measured of a run. */
export interface CellResult {
  /** Held-out success after so many iterations, mean over the sampling seeds of that evaluation; ascending, from 0. */
  readonly curve: readonly CurvePoint[];
  /** Held-out success after the last iteration. */
  readonly final: number;
  /** Mean height of the curve. */
  readonly area: number;
  /** When the curve first reached the threshold; null where it never did. */
  readonly toThreshold: { readonly iterations: number; readonly episodes: number; readonly tokens: number } | null;
  /** Turns of a held-out episode after the last iteration. */
  readonly length: number;
  /** What the training took. */
  readonly budget: Budget;
  /** Means over the iterations of training metrics, by their names; missing where the run has no such metric. */
  readonly means: Readonly<Record<string, number>>;
  /** (iterations) The same metrics iteration by iteration; NaN where one was no finite number, missing where that was not kept. */
  readonly series: Readonly<Record<string, readonly number[]>>;
}

export interface CurvePoint {
  readonly iteration: number;
  readonly success: number;
  /** Turns of an episode. */
  readonly length?: number | undefined;
  /** Sampling seeds. */
  readonly samplings: number;
}

export interface Budget {
  readonly iterations: number;
  /** Training episodes played. */
  readonly episodes: number;
  /** Tokens of training steps, prompts and responses. */
  readonly tokens: number;
  /** Seconds of playing and learning, evaluations left out. Side by side with other work they say little. */
  readonly seconds: number;
}

/** Metrics that a comparison tells of each run: what the papers of this field plot. */
export const TOLD_METRICS = [
  'episode/success_rate',
  'episode/length/mean',
  'episode/valid_action_ratio',
  'credit/advantage_iqr',
  'credit/share_above_one',
  'credit/singleton_share',
  'credit/zero_variance_groups',
  'actor/grad_norm',
  'actor/ppo_kl',
  'actor/pg_clipfrac',
  'actor/entropy',
] as const;

/** The run of a finished cell holds something that a finished run cannot hold. */
export class CellResultError extends Error {
  readonly code = 'TURNWISE_CELL_RESULT';
  override readonly name = 'CellResultError';
}

/**
 * Reads what a finished run measured.
 *
 * @param episodesAnIteration training episodes of an iteration, where its metrics do not say how many were played
 * @param threshold held-out success whose reaching is timed
 * @throws CellResultError where evaluations or metrics are missing; RecordError where they are broken
 */
export async function readCell(run: string, episodesAnIteration: number, threshold: number): Promise<CellResult> {
  const curve = await readCurve(run);
  const { records } = await readMetrics(join(run, 'metrics.jsonl'));
  const trained = records.filter(({ values }) => values['timing_s/step'] !== undefined);
  const last = trained.at(-1);
  if (last === undefined || curve.length < 2 || curve[curve.length - 1].iteration !== last.iteration) {
    throw new CellResultError(
      `${run}: metrics reach iteration ${last?.iteration ?? 0}, evaluations ${curve.at(-1)?.iteration ?? 'none'}; a finished run has both to its end. Remove the folder to have it run again.`,
    );
  }
  const total = (name: string): number => trained.reduce((sum, { values }) => sum + (values[name] ?? 0), 0);
  const episodesUntil = (iterations: number): number =>
    sumUntil(trained, iterations, ({ values }) => values['rollout/episodes'] ?? episodesAnIteration);
  const tokens = total('perf/total_num_tokens');
  const points = curve.map(({ iteration, success }) => [iteration, success] as const);
  const reached = firstReached(points, threshold);
  const end = curve[curve.length - 1];
  return {
    curve,
    final: end.success,
    area: meanHeight(points),
    toThreshold:
      reached === undefined
        ? null
        : {
            iterations: reached,
            episodes: episodesUntil(reached),
            tokens: sumUntil(trained, reached, ({ values }) => values['perf/total_num_tokens'] ?? 0),
          },
    length: end.length,
    budget: {
      iterations: last.iteration,
      episodes: episodesUntil(trained.length),
      tokens,
      seconds: total('timing_s/step'),
    },
    means: Object.fromEntries(
      TOLD_METRICS.flatMap((name) => {
        const mean = meanOf(trained, name);
        return mean === undefined ? [] : [[name, mean]];
      }),
    ),
    series: Object.fromEntries(
      TOLD_METRICS.filter((name) => trained[0].values[name] !== undefined).map((name) => [
        name,
        trained.map(({ values }) => values[name] ?? Number.NaN),
      ]),
    ),
  };
}

/** Sum up to a point that may lie within an iteration. */
function sumUntil(records: readonly MetricRecord[], iterations: number, of: (record: MetricRecord) => number): number {
  return records.reduce((sum, record, i) => sum + of(record) * Math.min(1, Math.max(0, iterations - i)), 0);
}

/** Mean over the records where the metric is a finite number. */
function meanOf(records: readonly MetricRecord[], name: string): number | undefined {
  const values = records.map((r) => r.values[name]).filter((v): v is number => typeof v === 'number');
  return values.length === 0 ? undefined : values.reduce((sum, v) => sum + v, 0) / values.length;
}

/** `000010-held-out.json` and, for further sampling seeds, `000010-held-out-1.json`. */
const EVALUATION = /^(\d+)-held-out(-\d+)?\.json$/;

async function readCurve(run: string): Promise<(CurvePoint & { readonly length: number })[]> {
  const folder = join(run, 'evaluations');
  const byIteration = new Map<number, { success: number[]; length: number[] }>();
  for (const name of (await readdir(folder)).sort()) {
    const iteration = Number(EVALUATION.exec(name)?.[1]);
    if (Number.isNaN(iteration)) continue;
    const file = join(folder, name);
    const { successRate, length } = await readSummary(file);
    if (typeof successRate !== 'number' || typeof length !== 'number') {
      throw new CellResultError(
        `${file}: it lacks successRate or length. Remove the run's folder to have it run again.`,
      );
    }
    const at = byIteration.get(iteration) ?? { success: [], length: [] };
    at.success.push(successRate);
    at.length.push(length);
    byIteration.set(iteration, at);
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
  return [...byIteration]
    .sort(([a], [b]) => a - b)
    .map(([iteration, { success, length }]) => ({
      iteration,
      success: mean(success),
      length: mean(length),
      samplings: success.length,
    }));
}

/** What an evaluation says, unchecked. @throws CellResultError where it is no JSON */
async function readSummary(file: string): Promise<{ successRate?: unknown; length?: unknown }> {
  try {
    return Object(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const { message } = error as Error;
    throw new CellResultError(
      `${file}: it cannot be read (${message}). Remove the run's folder to have it run again.`,
      {
        cause: error,
      },
    );
  }
}
