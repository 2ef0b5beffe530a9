import { join } from 'node:path';
import { batchFromEpisodes, type CreditExplanation, type StepBatch } from '../../credit/index.ts';
import { type EpisodeFile, type IdentifiedEpisode, readEpisodeFile, type TrackedRun } from '../../database/index.ts';
import type { GroupGraph } from './group-graph.ts';

/** Steps whose episodes are kept for the next question, of all files together. */
const KEPT_STEPS = 200_000;

/** The episodes of a file, without prompts and log-probabilities. */
export interface IterationEpisodes {
  readonly file: EpisodeFile;
  readonly episodes: readonly IdentifiedEpisode[];
  /** Those that credit can be assigned to. */
  readonly usable: readonly IdentifiedEpisode[];
  readonly steps: number;
  /** By name of the algorithm: what explaining it over the whole file gave. */
  readonly explanations: Map<string, CreditExplanation>;
  /** By group: its graph, which is the same for every algorithm. */
  readonly graphs: Map<string, GroupGraph>;
}

/** Reads files of episodes whole, and keeps those that were asked for last. */
export class IterationCache {
  /** In the order they were asked for. */
  private readonly known = new Map<string, { readonly read: Promise<IterationEpisodes>; steps: number }>();

  async read(run: TrackedRun, file: EpisodeFile): Promise<IterationEpisodes> {
    const key = `${run.path} ${file.file} ${file.signature}`;
    const entry = this.known.get(key) ?? { read: readIteration(run, file), steps: 0 };
    this.known.delete(key);
    this.known.set(key, entry);
    try {
      const iteration = await entry.read;
      entry.steps = iteration.steps;
      this.shrink();
      return iteration;
    } catch (error) {
      this.known.delete(key);
      throw error;
    }
  }

  private shrink(): void {
    let sum = 0;
    for (const [i, [key, { steps }]] of [...this.known].reverse().entries()) {
      sum += steps;
      if (i > 0 && sum > KEPT_STEPS) this.known.delete(key);
    }
  }
}

async function readIteration(run: TrackedRun, file: EpisodeFile): Promise<IterationEpisodes> {
  const episodes: IdentifiedEpisode[] = [];
  for await (const e of readEpisodeFile(join(run.path, file.file), { withoutPrompts: true })) episodes.push(e);
  return {
    file,
    episodes,
    // As training chooses them.
    usable: episodes.filter((e) => e.end !== 'error' && e.steps.length > 0),
    steps: episodes.reduce((sum, e) => sum + e.steps.length, 0),
    explanations: new Map(),
    graphs: new Map(),
  };
}

/** Some episodes of a file with all that is stored of them, in the order asked. */
export async function readWhole(
  run: TrackedRun,
  file: EpisodeFile,
  wanted: readonly IdentifiedEpisode[],
): Promise<IdentifiedEpisode[]> {
  const whole = new Map<number, IdentifiedEpisode>();
  const lines = new Set(wanted.map((e) => e.line));
  for await (const e of readEpisodeFile(join(run.path, file.file), { lines })) whole.set(e.line, e);
  // Where the file was written anew meanwhile, what was read before.
  return wanted.map((e) => ({ ...(whole.get(e.line) ?? e), id: e.id }));
}

/** The columns that training makes of episodes. */
export function creditBatch(episodes: readonly IdentifiedEpisode[]): StepBatch {
  return batchFromEpisodes(
    episodes.map(({ group, id, success, end, truncated, steps, finalState, finalObservation }) => ({
      group,
      id,
      ...(success === undefined ? {} : { success }),
      truncated: end === undefined ? (truncated ?? false) : end === 'step-limit',
      steps,
      ...(finalState === undefined ? {} : { finalState }),
      ...(finalObservation === undefined ? {} : { finalObservation }),
    })),
  );
}
