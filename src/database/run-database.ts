import { mapValue } from '@duckdb/node-api';
import { EpisodeReader, forgetFiles, type StepDetail } from './episode-reader.ts';
import { type FoundRun, findRuns, resolveFolders } from './find-runs.ts';
import type { RowWriter } from './row-writer.ts';
import { Store } from './store.ts';
import { metricsWide } from './tables.ts';
import { type EpisodeFile, type RunNews, TrackedRun } from './tracked-run.ts';

/** Steps that are gathered before they are told to the database. */
const GATHERED = 10_000;
/** Characters of texts after which what came in is compressed, which takes about as long as to read it. */
const COMPRESSED = 400e6;

export interface RunDatabaseOptions {
  /** What is kept of the steps of episodes. Default: `steps`. */
  readonly detail?: StepDetail;
  /** A folder that queries may write files into. Default: none. */
  readonly writable?: string;
}

/** What a look at the disk found, or a file that was read in. */
export interface DatabaseChange {
  /** Ids of runs that have something new. */
  readonly runs: readonly string[];
  /** Whether runs came or went. */
  readonly list: boolean;
}

export interface ReadProgress {
  /** Files read, and to be read in all. */
  readonly done: number;
  readonly files: number;
  readonly episodes: number;
}

export interface ReadEpisodesOptions {
  readonly signal?: AbortSignal;
  /** Told after every file. */
  readonly onProgress?: (progress: ReadProgress) => void;
  /** Told when episodes of runs are there to be asked for. */
  readonly onRead?: (runs: readonly string[]) => void;
}

/**
 * Run folders as tables (tables.ts). Every file is read once, and again when it changed; what is gone from the disk is gone
 * from the tables. What cannot be read is in `problems`, and keeps nothing else from being read. Any number of databases may
 * look at one run.
 */
export class RunDatabase {
  readonly store: Store;
  /** Real paths of the folders that runs are looked for in. */
  readonly folders: readonly string[];
  private readonly detail: StepDetail;
  private known = new Map<string, TrackedRun>();
  private names: ReadonlySet<string> | undefined;
  private nextRun = 0;
  private reader: EpisodeReader | undefined;
  private preferred: string | undefined;
  /** Characters of texts that are. */
  private compressed = 0;
  /** The last of those who change the store, one after the other. */
  private busy: Promise<unknown> = Promise.resolve();
  private closed = false;

  private constructor(store: Store, folders: readonly string[], detail: StepDetail) {
    this.store = store;
    this.folders = folders;
    this.detail = detail;
  }

  /**
   * Finds the runs in or below some folders and reads all of them but their episodes.
   *
   * @throws RunDatabaseError where a folder is missing
   */
  static async open(folders: readonly string[], options: RunDatabaseOptions = {}): Promise<RunDatabase> {
    const real = resolveFolders(folders);
    const database = new RunDatabase(await Store.open(options.writable), real, options.detail ?? 'steps');
    try {
      await database.refresh();
    } catch (error) {
      await database.close();
      throw error;
    }
    return database;
  }

  /** By id. */
  get runs(): ReadonlyMap<string, TrackedRun> {
    return this.known;
  }

  /** Reads the episodes of this run before those of others. */
  prefer(run: string): void {
    this.preferred = run;
  }

  /** Looks at the disk again. What changed is in the tables after it, but for episodes, which `readEpisodes` reads. */
  refresh(): Promise<DatabaseChange> {
    return this.alone(async () => {
      // What was read since the last flush is there to be asked for from now on, which nobody else tells.
      const changed = new Set(await this.flush());
      const found = await findRuns(this.folders);
      const list = await this.compare(found);
      for (const run of this.known.values()) {
        const news = await run.look();
        if (await this.apply(run, news)) changed.add(run.id);
      }
      await this.nameMetrics();
      return { runs: [...changed], list };
    });
  }

  /**
   * Reads the episodes that were found and not read yet. One call at a time.
   *
   * @throws the reason of the signal
   */
  async readEpisodes({ signal, onProgress, onRead }: ReadEpisodesOptions = {}): Promise<void> {
    let done = 0;
    let episodes = 0;
    for (let more = true; more; ) {
      signal?.throwIfAborted();
      more = await this.alone(async () => {
        const next = this.closed ? undefined : this.next();
        if (next !== undefined) {
          this.reader ??= await EpisodeReader.open(this.store, this.detail);
          const reading = this.reader.read(next.run, next.file, signal);
          // Unpacked by another thread meanwhile.
          const after = this.next(next.file);
          if (after !== undefined) this.reader.begin(after.run, after.file, signal);
          episodes += await reading;
          done++;
        }
        if (next === undefined || this.reader!.waiting >= GATHERED) {
          const runs = await this.flush();
          if (runs.length > 0) onRead?.(runs);
        }
        return next !== undefined;
      });
      if (more) onProgress?.({ done, files: done + this.pending() - (this.reader?.gatheredFiles ?? 0), episodes });
      // Whoever asks the database meanwhile is answered.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Files of episodes that are not read yet: of a run, or of all. */
  pending(run?: string): number {
    const runs = run === undefined ? [...this.known.values()] : [this.known.get(run)].filter((r) => r !== undefined);
    return runs.reduce((sum, r) => sum + r.waiting.length, 0);
  }

  /** Takes back what it has on the disk. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.busy.catch(() => undefined);
    this.reader?.close();
    this.store.close();
  }

  /** Runs something after whatever else changes the store. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.busy.catch(() => undefined).then(work);
    this.busy = result;
    return result;
  }

  private async compare(found: readonly FoundRun[]): Promise<boolean> {
    let changed = false;
    const runs = new Map<string, TrackedRun>();
    for (const run of found) {
      const before = this.known.get(run.id);
      const same = before !== undefined && before.path === run.path;
      if (!same || before.name !== run.name) changed = true;
      if (same && before.name !== run.name) {
        // Another run came whose path ends alike: what was read of this one stays.
        before.name = run.name;
      }
      runs.set(run.id, same ? before : new TrackedRun(run, this.nextRun++));
    }
    for (const run of this.known.values()) {
      if (runs.get(run.id) === run) continue;
      changed = true;
      await forgetFiles(this.store, numbersOf(run.files.values()));
      for (const table of ['runs', 'metrics', 'evaluations', 'problems']) {
        await this.store.run(`DELETE FROM store.${table} WHERE run = $1`, [run.number]);
      }
    }
    this.known = runs;
    return changed;
  }

  /** @returns whether there was something new */
  private async apply(run: TrackedRun, news: RunNews): Promise<boolean> {
    await forgetFiles(this.store, numbersOf(news.gone));
    if (news.metricsFrom !== undefined) await this.writeMetrics(run, news.metricsFrom);
    if (news.evaluations) await this.writeEvaluations(run);
    const changed =
      news.facts || news.metricsFrom !== undefined || news.evaluations || news.gone.length + news.come.length > 0;
    if (changed) {
      await this.writeRun(run);
      await this.writeProblems(run);
    }
    return changed;
  }

  private async writeRun(run: TrackedRun): Promise<void> {
    const { facts, status, metrics } = run;
    const { settings } = facts;
    const text = (key: string): string | null => (settings[key] == null ? null : String(settings[key]));
    const whole = (key: string): number | null =>
      Number.isSafeInteger(settings[key]) ? (settings[key] as number) : null;
    const seed = whole('seed');
    await this.replace('runs', run, [
      [
        run.number,
        run.id,
        run.path,
        status.status,
        status.error,
        text('environment.name'),
        text('credit.algorithm'),
        seed === null ? null : BigInt(seed),
        facts.startedAt,
        metrics.at(-1)?.iteration ?? 0,
        isCount(settings['iterations']) ? settings['iterations'] : null,
        facts.experiment,
        facts.config === undefined ? null : JSON.stringify(facts.config),
        mapValue(
          Object.entries(settings).map(([key, value]) => ({ key, value: value === null ? null : String(value) })),
        ),
      ],
    ]);
  }

  private async writeProblems(run: TrackedRun): Promise<void> {
    const rows = run.problems.map(({ file, line, problem }) => [run.number, file, line, problem]);
    await this.replace('problems', run, rows);
  }

  private async writeMetrics(run: TrackedRun, from: number): Promise<void> {
    await this.store.run('DELETE FROM store.metrics WHERE run = $1 AND iteration >= $2', [run.number, from]);
    const rows = await this.store.rows('metrics');
    for (const { iteration, values } of run.metrics) {
      if (iteration < from) continue;
      for (const [name, value] of Object.entries(values)) rows.add([run.number, iteration, name, value]);
    }
    rows.close();
  }

  private async writeEvaluations(run: TrackedRun): Promise<void> {
    const rows = [...run.evaluations.values()].map(({ iteration, kind, content }) => {
      const number = (field: string): number | null =>
        Number.isFinite(content[field]) ? (content[field] as number) : null;
      const count = (field: string): number | null => (isCount(content[field]) ? content[field] : null);
      const byType = content['byType'] === undefined ? null : JSON.stringify(content['byType']);
      const rates = ['successRate', 'score', 'length', 'invalidShare', 'truncatedShare'].map(number);
      return [run.number, iteration, kind, ...rates, count('errors'), count('episodes'), byType];
    });
    await this.replace('evaluations', run, rows);
  }

  private async replace(table: string, run: TrackedRun, rows: Parameters<RowWriter['add']>[0][]): Promise<void> {
    await this.store.run(`DELETE FROM store.${table} WHERE run = $1`, [run.number]);
    const writer = await this.store.rows(table);
    for (const row of rows) writer.add(row);
    writer.close();
  }

  /** A column for every metric that any run has. */
  private async nameMetrics(): Promise<void> {
    const names = new Set<string>();
    for (const run of this.known.values())
      for (const { values } of run.metrics) for (const name of Object.keys(values)) names.add(name);
    const { names: before } = this;
    if (before?.size === names.size && [...names].every((name) => before.has(name))) return;
    this.names = names;
    await this.store.run(metricsWide([...names].sort()));
  }

  /** The file to be read next: of the run that is looked at, or of the first that has one. */
  private next(but?: EpisodeFile): { run: TrackedRun; file: EpisodeFile } | undefined {
    const preferred = this.preferred === undefined ? undefined : this.known.get(this.preferred);
    for (const run of [...(preferred ? [preferred] : []), ...this.known.values()]) {
      for (const file of run.files.values()) {
        if (file.number === undefined && file !== but && !this.reader?.has(file)) return { run, file };
      }
    }
    return undefined;
  }

  /** Makes what was read there to be asked for. @returns ids of the runs that have more episodes now */
  private async flush(): Promise<string[]> {
    if (this.closed || this.reader === undefined) return [];
    const runs = this.reader.flush();
    for (const run of runs) if (run.problems.length > 0) await this.writeProblems(run);
    if (this.reader.characters - this.compressed > COMPRESSED) {
      this.compressed = this.reader.characters;
      await this.store.compress();
    }
    return runs.map((run) => run.id);
  }
}

function numbersOf(files: Iterable<EpisodeFile>): number[] {
  return [...files].map((f) => f.number).filter((n) => n !== undefined);
}

/** Whether a value is a whole number that a column of 32 bits holds. */
function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
}
