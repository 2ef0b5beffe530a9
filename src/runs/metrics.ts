import { readFile } from 'node:fs/promises';
import { AppendFile } from './append-file.ts';
import { RecordError } from './errors.ts';
import { replaceFile } from './replace-file.ts';

/**
 * Metric files are JSON Lines: `{"iteration":3,"episode/success_rate":0.5,"actor/pg_loss":null,"nonfinite":["actor/pg_loss"]}`. JSON has no
 * NaN and no infinity: such a value is null and its name is in `nonfinite`. Lines are in the order of their iterations; several
 * lines of one iteration are one record, in which the later value of a name counts.
 */
export interface MetricRecord {
  readonly iteration: number;
  /** By name, `actor/pg_loss`; null where the value was no finite number. */
  readonly values: Readonly<Record<string, number | null>>;
  /** Names of the values that were no finite numbers. */
  readonly nonfinite: readonly string[];
}

export interface MetricsFile {
  readonly records: readonly MetricRecord[];
  /** The last line was cut off in the middle of writing and is left out. */
  readonly partial: boolean;
}

const RESERVED: ReadonlySet<string> = new Set(['iteration', 'nonfinite']);

/** The line of one record, without its end. */
export function formatMetrics(iteration: number, metrics: Readonly<Record<string, number>>): string {
  const values: Record<string, number | null> = {};
  const nonfinite: string[] = [];
  for (const [name, value] of Object.entries(metrics)) {
    if (RESERVED.has(name)) throw new RangeError(`a metric cannot be named "${name}"`);
    values[name] = Number.isFinite(value) ? value : null;
    if (!Number.isFinite(value)) nonfinite.push(name);
  }
  return JSON.stringify({ iteration, ...values, ...(nonfinite.length === 0 ? {} : { nonfinite }) });
}

/**
 * Reads a metrics file; a missing one is empty.
 *
 * @throws RecordError with file, line and field where a line other than a cut-off last one is broken
 */
export async function readMetrics(path: string): Promise<MetricsFile> {
  const { lines, partial } = await readLines(path);
  const records = new Map<number, MetricRecord>();
  for (const { record } of lines) {
    records.set(record.iteration, mergeRecords(records.get(record.iteration), record));
  }
  return { records: [...records.values()], partial };
}

/** Two lines of one iteration as one record. */
export function mergeRecords(before: MetricRecord | undefined, after: MetricRecord): MetricRecord {
  if (before === undefined) return after;
  const values = { ...before.values, ...after.values };
  const names = new Set([...before.nonfinite, ...after.nonfinite]);
  return { iteration: after.iteration, values, nonfinite: [...names].filter((name) => values[name] === null) };
}

/** Removes the lines of iterations after `iteration`, and a cut-off last line, in one step. */
export async function cutMetrics(path: string, iteration: number): Promise<void> {
  const { lines } = await readLines(path);
  const kept = lines.filter((line) => line.record.iteration <= iteration);
  await replaceFile(path, kept.map((line) => `${line.text}\n`).join(''));
}

/** Appends lines to a metrics file; every line is on the disk when its promise is settled. */
export class MetricsWriter {
  private readonly file: AppendFile;
  private last: number;

  private constructor(file: AppendFile, last: number) {
    this.file = file;
    this.last = last;
  }

  /**
   * Opens a metrics file, or begins one. A last line that was cut off in the middle of writing is removed.
   *
   * @throws RecordError when another line is broken; RunWriteError when the file cannot be written
   */
  static async open(path: string): Promise<MetricsWriter> {
    const { lines } = await readLines(path);
    const last = lines.at(-1)?.record.iteration ?? 0;
    await cutMetrics(path, last);
    return new MetricsWriter(await AppendFile.open(path, 'r+'), last);
  }

  /**
   * Appends the metrics of an iteration; more of the same iteration may follow.
   *
   * @throws RangeError when the iteration lies before the last one written
   * @throws RunWriteError when the disk is full; what was written before is whole, and the call may be repeated
   */
  async append(iteration: number, metrics: Readonly<Record<string, number>>): Promise<void> {
    if (!Number.isSafeInteger(iteration) || iteration < this.last) {
      throw new RangeError(`metrics of iteration ${iteration} cannot follow those of iteration ${this.last}`);
    }
    await this.file.append(Buffer.from(`${formatMetrics(iteration, metrics)}\n`));
    this.last = iteration;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

interface Line {
  readonly text: string;
  readonly record: MetricRecord;
}

async function readLines(path: string): Promise<{ lines: Line[]; partial: boolean }> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { lines: [], partial: false };
    throw error;
  }
  const texts = text.split('\n');
  const rest = texts.pop()!;
  const lines = texts.map((line, i) => ({ text: line, record: parseMetrics(line, path, i + 1) }));
  if (rest === '') return { lines, partial: false };
  // No proper beginning of a JSON object is JSON itself: if it parses, only the line's end is missing.
  if (!isJson(rest)) return { lines, partial: true };
  return { lines: [...lines, { text: rest, record: parseMetrics(rest, path, lines.length + 1) }], partial: false };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * One line of a metrics file.
 *
 * @throws RecordError with file, line and field
 */
export function parseMetrics(text: string, file: string, line: number): MetricRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RecordError(`it is not JSON (${(error as Error).message}).`, { file, line }, { cause: error });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new RecordError('a line must be a JSON object.', { file, line });
  }
  const { iteration, nonfinite = [], ...values } = value as Record<string, unknown>;
  if (!Number.isSafeInteger(iteration) || (iteration as number) < 0) {
    const problem = `it is ${JSON.stringify(iteration) ?? 'missing'}; it must be an integer, 0 or more.`;
    throw new RecordError(problem, { file, line, field: 'iteration' });
  }
  if (!Array.isArray(nonfinite) || !nonfinite.every((name) => typeof name === 'string' && values[name] === null)) {
    throw new RecordError('it must list names whose value is null.', { file, line, field: 'nonfinite' });
  }
  for (const [field, v] of Object.entries(values)) {
    if (typeof v !== 'number' && v !== null) {
      throw new RecordError(`it is ${JSON.stringify(v)}; it must be a number or null.`, { file, line, field });
    }
  }
  return { iteration: iteration as number, values: values as Record<string, number | null>, nonfinite };
}
