import type { DuckDBValue } from '@duckdb/node-api';
import { type RunDatabase, signatureBits, type TrackedRun, textSignature } from '../../database/index.ts';
import type {
  EpisodeFacets,
  EpisodeFile,
  EpisodePage,
  EpisodeQuery,
  EpisodeRow,
  EpisodeSort,
  IterationRange,
} from '../api.ts';

/** As they were played: the episodes of an iteration, then those of the evaluations after it. */
const ORDER = ['f.iteration', "f.kind <> 'train'", 'f.kind', 'e.position'];

const COLUMNS: Readonly<Record<Exclude<EpisodeSort, 'order'>, string>> = {
  iteration: 'f.iteration',
  task: 'e.task',
  taskType: 'e.task_type',
  success: 'e.success',
  score: 'e.score',
  reward: 'e.reward',
  steps: 'e.steps',
  end: 'e.end_reason',
  invalid: 'e.invalid',
  tokens: 'e.response_tokens',
  advantageMean: 'e.advantage_mean',
  advantageMin: 'e.advantage_min',
  advantageMax: 'e.advantage_max',
};

/** One page of a run's episodes. */
export async function episodePage(database: RunDatabase, run: TrackedRun, query: EpisodeQuery): Promise<EpisodePage> {
  const begin = performance.now();
  const pending = database.pending(run.id);
  const { where, values } = conditions(run, query);
  const from = `FROM store.episodes e JOIN store.files f USING (file) WHERE ${where.join(' AND ')}`;
  const rows = await database.store.query(
    `SELECT count(*) OVER () AS total, f.kind, f.iteration, e.* ${from}
    ORDER BY ${orderOf(query)} LIMIT ${query.limit} OFFSET ${query.offset}`,
    values,
  );
  // Behind the last row there is none to say how many there are.
  const counted =
    rows.length > 0 || query.offset === 0
      ? rows
      : await database.store.query(`SELECT count(*) AS total ${from}`, values);
  return {
    total: Number(counted[0]?.total ?? 0),
    rows: rows.map(episodeRow),
    milliseconds: performance.now() - begin,
    pending,
  };
}

/** All episodes of some groups, in the order they were played. */
export async function episodesOfGroups(
  database: RunDatabase,
  run: TrackedRun,
  groups: readonly { readonly kind: string; readonly iteration: number; readonly group: string }[],
): Promise<EpisodeRow[]> {
  const found: EpisodeRow[] = [];
  const base = { run: run.id, sort: 'order', descending: false, offset: 0, limit: 1_000_000 } as const;
  for (const { kind, iteration, group } of groups) {
    const query = { ...base, kind, group, iterationFrom: iteration, iterationTo: iteration };
    found.push(...(await episodePage(database, run, query)).rows);
  }
  return found;
}

function orderOf({ sort, descending }: EpisodeQuery): string {
  const direction = descending ? 'DESC' : 'ASC';
  if (sort === 'order') return ORDER.map((column) => `${column} ${direction}`).join(', ');
  // What is not there comes last either way.
  return [`${COLUMNS[sort]} ${direction} NULLS LAST`, ...ORDER].join(', ');
}

function conditions(run: TrackedRun, query: EpisodeQuery): { where: string[]; values: DuckDBValue[] } {
  const where: string[] = [];
  const values: DuckDBValue[] = [];
  const add = (condition: string, value: DuckDBValue | undefined): void => {
    if (value === undefined) return;
    values.push(value);
    where.push(condition.replaceAll('?', `$${values.length}`));
  };
  add('f.run = ?', run.number);
  add('f.kind = ?', query.kind);
  add('f.iteration >= ?', query.iterationFrom);
  add('f.iteration <= ?', query.iterationTo);
  add('e.success = ?', query.success);
  add('e.end_reason = ?', query.end);
  add('e.task_type = ?', query.taskType);
  add('e.task = ?', query.task);
  add('e.group_id = ?', query.group);
  add('e.steps >= ?', query.stepsFrom);
  add('e.steps <= ?', query.stepsTo);
  if (query.text !== undefined && query.text !== '') {
    // Episodes of a file lie together, so that those of other files are not even looked at.
    const text = query.text.toLowerCase();
    // Most episodes that do not hold a text are passed over by their signatures; one of nothing is held by all.
    const bits = `$${values.push(signatureBits(textSignature(text)))}::BIT`;
    const sql = `SELECT episode FROM store.texts WHERE ${withinFiles(run, query)} AND (signature & ${bits}) = ${bits}
      AND contains(folded, ?)`;
    add(`e.episode IN (${sql})`, text);
  }
  return { where, values };
}

function withinFiles(run: TrackedRun, { kind, iterationFrom, iterationTo }: EpisodeQuery): string {
  let least = Number.POSITIVE_INFINITY;
  let most = -1;
  for (const file of run.files.values()) {
    const { number } = file;
    if (number === undefined || (kind !== undefined && file.kind !== kind)) continue;
    if (file.iteration < (iterationFrom ?? 0) || file.iteration > (iterationTo ?? file.iteration)) continue;
    least = Math.min(least, number);
    most = Math.max(most, number);
  }
  return most < 0 ? 'false' : `file BETWEEN ${least} AND ${most}`;
}

type Row = Awaited<ReturnType<RunDatabase['store']['query']>>[number];

function episodeRow(row: Row): EpisodeRow {
  const r = row as Record<string, never>;
  return {
    kind: r['kind'],
    iteration: r['iteration'],
    group: r['group_id'],
    id: r['id'],
    task: r['task'],
    taskType: r['task_type'],
    success: r['success'],
    score: r['score'],
    reward: r['reward'],
    steps: r['steps'],
    invalid: r['invalid'],
    end: r['end_reason'],
    tokens: r['response_tokens'],
    advantageMean: r['advantage_mean'],
    advantageMin: r['advantage_min'],
    advantageMax: r['advantage_max'],
  };
}

/** What the filters of a run's episodes can be set to. */
export async function episodeFacets(database: RunDatabase, run: TrackedRun): Promise<EpisodeFacets> {
  const from = 'FROM store.episodes e JOIN store.files f USING (file) WHERE f.run = $1';
  const list = async (column: string): Promise<string[]> => {
    const sql = `SELECT DISTINCT ${column} AS value ${from} AND ${column} IS NOT NULL ORDER BY 1`;
    return (await database.store.query(sql, [run.number])).map((row) => row.value as string);
  };
  const files = [...run.files.values()];
  const [sizes] = await database.store.query(`SELECT coalesce(max(e.steps), 0) AS longest ${from}`, [run.number]);
  const iterations = iterationRanges(files);
  return {
    kinds: iterations.map(({ kind }) => kind),
    ends: await list('e.end_reason'),
    taskTypes: await list('e.task_type'),
    iterations,
    longest: sizes.longest as number,
  };
}

/** The kinds of episodes that there are, training first, and which iterations each is of. */
export function iterationRanges(files: readonly EpisodeFile[]): IterationRange[] {
  const ranges = new Map<string, IterationRange>();
  for (const { kind, iteration } of files) {
    const { from, to } = ranges.get(kind) ?? { from: iteration, to: iteration };
    ranges.set(kind, { kind, from: Math.min(from, iteration), to: Math.max(to, iteration) });
  }
  const place = ({ kind }: IterationRange) => (kind === 'train' ? `0` : `1${kind}`);
  return [...ranges.values()].sort((a, b) => (place(a) < place(b) ? -1 : 1));
}
