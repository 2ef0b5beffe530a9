import type { TrackedRun } from '../../database/index.ts';
import type { RunSummary } from '../api.ts';

/** What the list of runs shows of a run. */
export function runSummary(run: TrackedRun): RunSummary {
  const { id, name, path, facts, metrics } = run;
  const { settings } = facts;
  const { status, error } = run.status;
  const last: Record<string, number | null> = {};
  for (const { values } of metrics) Object.assign(last, values);
  const files = [...run.files.values()].map(({ kind, iteration }) => ({ kind, iteration }));
  return {
    id,
    name,
    folder: path,
    status,
    ...(error === undefined ? {} : { error }),
    environment: textOf(settings['environment.name']),
    algorithm: textOf(settings['credit.algorithm']),
    seed: numberOf(settings['seed']),
    ...(facts.startedAt === undefined ? {} : { startedAt: facts.startedAt }),
    iteration: metrics.at(-1)?.iteration ?? 0,
    iterations: numberOf(settings['iterations']),
    config: settings,
    experiment: facts.experiment,
    last,
    episodes: [...trainEpisodes(run).values()].reduce((sum, n) => sum + n, 0),
    files,
    problems: run.problems,
  };
}

/** Training episodes by iteration: those stored, or as many as the configuration says where a file is not read yet. */
export function trainEpisodes(run: TrackedRun): Map<number, number> {
  const usual = usualEpisodes(run);
  const counts = new Map<number, number>();
  for (const { kind, iteration, number, episodes } of run.files.values()) {
    if (kind === 'train') counts.set(iteration, number === undefined ? usual : episodes);
  }
  return counts;
}

/** Episodes of an iteration as configured. */
export function usualEpisodes({ facts }: TrackedRun): number {
  return (numberOf(facts.settings['rollout.tasks']) ?? 0) * (numberOf(facts.settings['rollout.groupSize']) ?? 0);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : 'unknown';
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
