import type { RunDatabase, TrackedRun } from '../../database/index.ts';
import type { EpisodeFile } from '../api.ts';
import { ViewerError } from '../data/viewer-error.ts';

/** Groups that an exported page holds of a run, and the iterations they are of. */
export const GROUPS = 8;
const ITERATIONS = 4;

export interface ChosenGroup extends EpisodeFile {
  readonly group: string;
}

/** What a person asked for; without anything, some groups from the whole run. */
export interface Wanted {
  /** `train`, or the name of an evaluation. Default: `train`. */
  readonly kind?: string;
  readonly iteration?: number;
  readonly group?: string;
  /** Id of an episode: its group. */
  readonly episode?: string;
}

/**
 * The groups of a run that tell most: of some iterations from the first to the last, rather those where some episodes
 * succeeded and some did not. Asked for by name, all that are.
 *
 * @throws ViewerError where an episode is asked for whose name is not one episode's alone
 */
export async function chooseGroups(
  database: RunDatabase,
  run: TrackedRun,
  { kind = 'train', iteration, group, episode }: Wanted,
  most: number,
): Promise<ChosenGroup[]> {
  const where = ['f.run = $1', 'f.kind = $2'];
  const values: (string | number)[] = [run.number, kind];
  const add = (column: string, value: string | number | undefined): void => {
    if (value !== undefined) where.push(`${column} = $${values.push(value)}`);
  };
  add('f.iteration', iteration);
  add('e.group_id', group);
  const rows = (await database.store.query(
    `SELECT f.iteration, e.group_id, avg(e.success::INT) AS share, min(e.position) AS position,
      bool_or(e.id = ${episode === undefined ? 'NULL' : `$${values.push(episode)}`}) AS wanted
    FROM store.episodes e JOIN store.files f USING (file) WHERE ${where.join(' AND ')}
    GROUP BY ALL ORDER BY f.iteration, abs(share - 0.5), position`,
    values,
  )) as { iteration: number; group_id: string; wanted: boolean | null }[];
  const named = (chosen: typeof rows): ChosenGroup[] =>
    chosen.map((row) => ({ kind, iteration: row.iteration, group: row.group_id }));
  if (episode !== undefined) {
    const of = rows.filter((row) => row.wanted);
    if (of.length > 1) {
      const iterations = of.map((row) => row.iteration).join(', ');
      throw new ViewerError(
        `${run.id} has an episode ${episode} in each of several iterations (${iterations}). Add --iteration to say which.`,
      );
    }
    return named(of);
  }
  if (group !== undefined) return named(rows.slice(0, most));
  const iterations = spread([...new Set(rows.map((row) => row.iteration))], Math.min(ITERATIONS, most));
  const each = Math.ceil(most / Math.max(1, iterations.length));
  return named(iterations.flatMap((i) => rows.filter((row) => row.iteration === i).slice(0, each))).slice(0, most);
}

/** Up to `count` items, the first and the last among them. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  if (count === 1) return items.slice(-1);
  return Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / (count - 1))]);
}
