import type { TrackedRun } from '../../database/index.ts';
import type { RunCurves } from '../api.ts';
import { trainEpisodes, usualEpisodes } from './run-summary.ts';

/** Every metric of a run, and how much had been played and trained by each record. */
export function runCurves(run: TrackedRun): RunCurves {
  const records = run.metrics;
  const names = new Set(records.flatMap(({ values }) => Object.keys(values)));
  const metrics = [...names].map((name) => [name, records.map(({ values }) => values[name] ?? null)] as const);
  const played = trainEpisodes(run);
  const usual = usualEpisodes(run);
  return {
    run: run.id,
    iteration: records.map(({ iteration }) => iteration),
    // Before the first iteration nothing was played, whatever is measured there.
    episodes: summed(records, ({ iteration }) => (iteration === 0 ? 0 : (played.get(iteration) ?? usual))),
    tokens: summed(records, ({ values }) => values['perf/total_num_tokens'] ?? 0),
    seconds: summed(records, ({ values }) => values['timing_s/step'] ?? 0),
    metrics: Object.fromEntries(metrics),
  };
}

function summed<T>(items: readonly T[], of: (item: T) => number): number[] {
  let sum = 0;
  return items.map((item) => {
    sum += of(item);
    return sum;
  });
}
