import { join } from 'node:path';
import { episodeFacts, episodeRow, stepRow } from './episode-rows.ts';
import { type FileProblem, ProblemList } from './problem-list.ts';
import { type IdentifiedEpisode, readEpisodeFile } from './read-episode-file.ts';
import type { RowWriter } from './row-writer.ts';
import type { Store } from './store.ts';
import type { EpisodeFile, TrackedRun } from './tracked-run.ts';

/** Reads files of episodes into the store. What was read is there to be asked for after `flush`. */
export class EpisodeReader {
  private readonly store: Store;
  private readonly tokens: boolean;
  private readonly files: RowWriter;
  private readonly episodes: RowWriter;
  private readonly steps: RowWriter;
  private nextFile = 0;
  private nextEpisode = 0;
  private readonly gathered = new Map<EpisodeFile, { readonly run: TrackedRun; readonly file: EpisodeFile }>();
  private begun: BegunFile | undefined;

  private constructor(store: Store, tokens: boolean, writers: readonly [RowWriter, RowWriter, RowWriter]) {
    this.store = store;
    this.tokens = tokens;
    [this.files, this.episodes, this.steps] = writers;
  }

  /** @param tokens whether token ids and log-probabilities are wanted */
  static async open(store: Store, tokens: boolean): Promise<EpisodeReader> {
    const writers = [await store.rows('files'), await store.rows('episodes'), await store.rows('steps')] as const;
    return new EpisodeReader(store, tokens, writers);
  }

  /** Steps that wait for `flush`. */
  get waiting(): number {
    return this.steps.waiting;
  }

  /** Files that do. */
  get gatheredFiles(): number {
    return this.gathered.size;
  }

  /** Whether a file was read and waits for `flush`. */
  has(file: EpisodeFile): boolean {
    return this.gathered.has(file);
  }

  /** Begins to read a file, so that its first episodes are there when `read` asks for them. */
  begin(run: TrackedRun, file: EpisodeFile, signal?: AbortSignal): void {
    this.leave();
    const problems = new ProblemList();
    const options = { signal, onProblem: (p: FileProblem) => problems.add(p), withoutPrompts: !this.tokens };
    const episodes = readEpisodeFile(join(run.path, file.file), options);
    const first = episodes.next();
    // Told when it is asked for.
    first.catch(() => undefined);
    this.begun = { file, problems, episodes, first };
  }

  /**
   * Reads a file.
   *
   * @returns how many episodes it has
   * @throws the reason of the signal; nothing of the file is left then
   */
  async read(run: TrackedRun, file: EpisodeFile, signal?: AbortSignal): Promise<number> {
    if (this.begun?.file !== file) this.begin(run, file, signal);
    const { problems, episodes, first } = this.begun!;
    this.begun = undefined;
    const number = this.nextFile++;
    let count = 0;
    try {
      for (let next = await first; !next.done; next = await episodes.next()) {
        const { value: episode } = next;
        const facts = episodeFacts(episode);
        const key = this.nextEpisode++;
        this.episodes.add(episodeRow(number, key, count++, episode, facts));
        for (const [t, step] of episode.steps.entries()) {
          this.steps.add(stepRow(number, key, t, step, facts.advantages[t], this.tokens));
        }
      }
    } catch (error) {
      this.flush();
      await forgetFiles(this.store, [number]);
      throw error;
    }
    this.files.add([number, run.number, file.kind, file.iteration]);
    this.gathered.set(file, { run, file: { ...file, number, episodes: count, problems: problems.all } });
    return count;
  }

  /** @returns the runs that have more episodes now */
  flush(): TrackedRun[] {
    this.steps.flush();
    this.episodes.flush();
    this.files.flush();
    const runs = new Set<TrackedRun>();
    for (const { run, file } of this.gathered.values()) {
      run.read(file);
      runs.add(run);
    }
    this.gathered.clear();
    return [...runs];
  }

  private leave(): void {
    this.begun?.episodes.return(undefined).catch(() => undefined);
    this.begun = undefined;
  }

  close(): void {
    this.leave();
    for (const writer of [this.steps, this.episodes, this.files]) writer.close();
  }
}

interface BegunFile {
  readonly file: EpisodeFile;
  readonly problems: ProblemList;
  readonly episodes: AsyncGenerator<IdentifiedEpisode>;
  readonly first: Promise<IteratorResult<IdentifiedEpisode>>;
}

/** Removes what was read of files, by their numbers. */
export async function forgetFiles(store: Store, numbers: readonly number[]): Promise<void> {
  if (numbers.length === 0) return;
  for (const table of ['files', 'episodes', 'steps']) {
    await store.run(`DELETE FROM store.${table} WHERE file IN (${numbers.join(', ')})`);
  }
}
