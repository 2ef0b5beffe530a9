import type { RunFolder } from '../../runs/run-folder.ts';
import type { TrainConfig } from '../../training/config.ts';
import type { Evaluation } from '../../training/evaluate.ts';
import type { RunResult } from '../../training/run.ts';
import { percent } from '../progress.ts';
import { table } from '../table.ts';

/** What an evaluation comes to, read from a run folder or just done. */
export type Outcome = Pick<Evaluation, 'successRate' | 'byType' | 'score'>;

/** What the evaluations before the first iteration found, one for each evaluation seed, as the run folder has it. */
export async function recordedBefore(run: RunFolder, seeds: number): Promise<Outcome[] | undefined> {
  const names = Array.from({ length: seeds }, (_, s) => (s === 0 ? 'held-out' : `held-out-${s}`));
  const found = await Promise.all(names.map((name) => run.evaluation(0, name)));
  return found.includes(undefined) ? undefined : (found as Outcome[]);
}

/** What a person reads at the end of a run. */
export function conclusion(
  config: TrainConfig,
  result: RunResult,
  before: readonly Outcome[] | undefined,
  run: RunFolder,
  elapsed: string,
): string {
  const folder = run.checkpointFolder(result.iteration);
  const where = `checkpoint  ${folder}\nrun folder  ${run.path}\ntime        ${elapsed}`;
  if (result.interrupted)
    return `\nStopped after iteration ${result.iteration}. Go on with: turnwise train --resume ${run.path}\n\n${where}`;
  return `\n${comparison(config, before, result.after ?? [])}\n\n${where}`;
}

/** Success before and after on held-out tasks, in all and by type. */
function comparison(config: TrainConfig, before: readonly Outcome[] | undefined, after: readonly Evaluation[]): string {
  const types = ['all', ...Object.keys(after[0].byType)];
  const rate = (e: Outcome, type: string): number =>
    type === 'all' ? e.successRate : (e.byType[type]?.successRate ?? 0);
  const rows = types.map((type) => {
    const tasks = type === 'all' ? after[0].episodes.length : after[0].byType[type].tasks;
    const now = spread(after.map((e) => rate(e, type)));
    if (!before) return [type, String(tasks), '', now, ''];
    const gain = mean(after.map((e) => rate(e, type))) - mean(before.map((e) => rate(e, type)));
    return [
      type,
      String(tasks),
      spread(before.map((e) => rate(e, type))),
      now,
      `${gain >= 0 ? '+' : ''}${(100 * gain).toFixed(1)} %`,
    ];
  });
  const seeds = config.evaluation.seeds > 1 ? `, ${config.evaluation.seeds} sampling seeds` : '';
  return `success on held-out tasks (temperature ${config.evaluation.temperature}${seeds})\n\n${table(['task type', 'tasks', 'before', 'after', 'gain'], rows)}${scores(before, after)}`;
}

/** The mean task score beside the success, where the environment grades. */
function scores(before: readonly Outcome[] | undefined, after: readonly Outcome[]): string {
  if (after[0].score === undefined) return '';
  const of = (evaluations: readonly Outcome[]): string => mean(evaluations.map((e) => e.score ?? 0)).toFixed(3);
  return `\n\nmean task score ${before ? `${of(before)} before, ` : ''}${of(after)} after`;
}

/** What several seeds come to. */
export function seedSummary(seeds: readonly number[], results: readonly RunResult[]): string {
  const before = results.map((r) => mean((r.before ?? []).map((e) => e.successRate)));
  const after = results.map((r) => mean((r.after ?? []).map((e) => e.successRate)));
  const rows = seeds.map((seed, i) => [String(seed), percent(before[i]), percent(after[i])]);
  return `\nover ${seeds.length} seeds (mean ± standard deviation)\n\n${table(['seed', 'before', 'after'], [...rows, ['all', spread(before), spread(after)]])}`;
}

/** "81.2 %", or "81.2 ± 1.3 %" for several. */
function spread(values: readonly number[]): string {
  if (values.length === 1) return percent(values[0]);
  const m = mean(values);
  const deviation = Math.sqrt(values.reduce((s, v) => s + (v - m) ** 2, 0) / (values.length - 1));
  return `${(100 * m).toFixed(1)} ± ${(100 * deviation).toFixed(1)} %`;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
}
