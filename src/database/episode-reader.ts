import { join } from 'node:path';
import { DuckDBBitValue } from '@duckdb/node-api';
import type { StoredStep } from '../runs/index.ts';
import { episodeFacts, episodeRow, searchText, stepRow } from './episode-rows.ts';
import { type FileProblem, ProblemList } from './problem-list.ts';
import { type IdentifiedEpisode, readEpisodeFile } from './read-episode-file.ts';
import type { RowWriter } from './row-writer.ts';
import type { Store } from './store.ts';
import { textSignature } from './text-signature.ts';
import type { EpisodeFile, TrackedRun } from './tracked-run.ts';

/**
 * What is kept of the steps of an episode.
 *
 * - `steps`: a row for each, with its token ids and log-probabilities where they are stored
 * - `search`: one text for all, in which can be searched; much faster to read in
 * - `nothing`
 */
export type StepDetail = 'steps' | 'search' | 'nothing';

/** Reads files of episodes into the store. What was read is there to be asked for after `flush`. */
export class EpisodeReader {
  private readonly store: Store;
  private readonly detail: StepDetail;
  private readonly files: RowWriter;
  private readonly episodes: RowWriter;
  private readonly steps: RowWriter;
  private readonly texts: RowWriter;
  private gatheredSteps = 0;
  private readCharacters = 0;
  private nextFile = 0;
  private nextEpisode = 0;
  private readonly gathered = new Map<EpisodeFile, { readonly run: TrackedRun; readonly file: EpisodeFile }>();
  private begun: BegunFile | undefined;

  private constructor(store: Store, detail: StepDetail, writers: readonly RowWriter[]) {
    this.store = store;
    this.detail = detail;
    [this.files, this.episodes, this.steps, this.texts] = writers;
  }

  static async open(store: Store, detail: StepDetail): Promise<EpisodeReader> {
    const writers: RowWriter[] = [];
    for (const table of ['files', 'episodes', 'steps', 'texts']) writers.push(await store.rows(table));
    return new EpisodeReader(store, detail, writers);
  }

  /** Steps that wait for `flush`. */
  get waiting(): number {
    return this.gatheredSteps;
  }

  /** Characters of all texts that were read so far. */
  get characters(): number {
    return this.readCharacters;
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
    const options = {
      signal,
      onProblem: (p: FileProblem) => problems.add(p),
      withoutPrompts: this.detail === 'search',
    };
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
        if (this.detail === 'search') {
          const text = searchText(episode);
          this.readCharacters += text.length;
          this.texts.add([number, key, new DuckDBBitValue(textSignature(text)), text]);
        }
        if (this.detail === 'steps') {
          for (const [t, step] of episode.steps.entries()) {
            this.readCharacters += lengthOf(step);
            this.steps.add(stepRow(number, key, t, step, facts.advantages[t]));
          }
        }
        this.gatheredSteps += episode.steps.length;
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
    for (const writer of this.writers) writer.flush();
    this.gatheredSteps = 0;
    const runs = new Set<TrackedRun>();
    for (const { run, file } of this.gathered.values()) {
      run.read(file);
      runs.add(run);
    }
    this.gathered.clear();
    return [...runs];
  }

  /** Files last, since with them the others are seen. */
  private get writers(): readonly RowWriter[] {
    return [this.texts, this.steps, this.episodes, this.files];
  }

  private leave(): void {
    this.begun?.episodes.return(undefined).catch(() => undefined);
    this.begun = undefined;
  }

  close(): void {
    this.leave();
    for (const writer of this.writers) writer.close();
  }
}

interface BegunFile {
  readonly file: EpisodeFile;
  readonly problems: ProblemList;
  readonly episodes: AsyncGenerator<IdentifiedEpisode>;
  readonly first: Promise<IteratorResult<IdentifiedEpisode>>;
}

function lengthOf({ observation, state, action, completion }: StoredStep): number {
  return [observation, state, action, completion].reduce((sum, text) => sum + (text?.length ?? 0), 0);
}

/** Removes what was read of files, by their numbers. */
export async function forgetFiles(store: Store, numbers: readonly number[]): Promise<void> {
  if (numbers.length === 0) return;
  for (const table of ['files', 'episodes', 'steps', 'texts']) {
    await store.run(`DELETE FROM store.${table} WHERE file IN (${numbers.join(', ')})`);
  }
}
