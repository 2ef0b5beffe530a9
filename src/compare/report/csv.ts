import { TOLD_METRICS } from '../cell-result.ts';
import type { FinishedCell } from '../results.ts';

/** One line a run: names, results, budget and the means of the training metrics. Quoted as RFC 4180 says. */
export function csvReport(cells: readonly FinishedCell[]): string {
  const head = [
    'environment',
    'variant',
    'seed',
    'start_success',
    'final_success',
    'mean_success',
    'iterations_to_threshold',
    'episodes_to_threshold',
    'tokens_to_threshold',
    'final_length',
    'iterations',
    'episodes',
    'tokens',
    'seconds',
    ...TOLD_METRICS,
  ];
  const rows = cells.map(({ environment, variant, seed, result: r }) => [
    environment,
    variant,
    seed,
    r.curve[0].success,
    r.final,
    r.area,
    r.toThreshold?.iterations,
    r.toThreshold?.episodes,
    r.toThreshold?.tokens,
    r.length,
    r.budget.iterations,
    r.budget.episodes,
    r.budget.tokens,
    r.budget.seconds,
    ...TOLD_METRICS.map((name) => r.means[name]),
  ]);
  return [head, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function field(value: string | number | undefined): string {
  const text = value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
