import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type StoredEpisode, type WriteEpisodesOptions, writeEpisodes } from './episodes.ts';
import { RunExistsError, RunFolderError, RunWriteError } from './errors.ts';
import { type Machine, thisMachine } from './machine.ts';
import { cutMetrics, MetricsWriter } from './metrics.ts';
import { LEFTOVER, replaceFile, replaceJson } from './replace-file.ts';

/**
 * What a run leaves behind:
 *
 *     config.json                       the resolved configuration
 *     status.json                       running, finished, interrupted or failed; see status.ts
 *     metadata.json                     versions, machine, seed, command line, start, resumptions
 *     metrics.jsonl                     see metrics.ts
 *     episodes/000001.jsonl.gz          the training episodes of iteration 1, see episodes.ts
 *     evaluations/000010-held-out.json  an evaluation after iteration 10, and its episodes beside it (.jsonl.gz)
 *     checkpoints/000010/               the model after iteration 10
 *     latest                            the checkpoint to resume from
 *     loggers/wandb.json                what a metric logger remembers of the run, see loggers/
 *     tensorboard/, wandb/              what loggers write for TensorBoard, and for W&B where it is offline
 *
 * Every file is written all or nothing, except that the last line of metrics.jsonl may be cut off by a kill. One process at
 * a time may write a run folder.
 */

/** What a run says of itself; nothing here decides results but the versions and the seed. */
export interface RunOrigin {
  /** Version of Turnwise. */
  readonly turnwise: string;
  /** Versions of the packages that compute: `onnxruntime-node`. */
  readonly packages: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly commandLine: readonly string[];
}

export interface RunMetadata extends RunOrigin {
  readonly machine: Machine;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly resumptions: readonly {
    readonly at: string;
    /** Iterations done before. */
    readonly iteration: number;
    readonly machine: Machine;
    readonly commandLine: readonly string[];
  }[];
}

const FOLDERS = ['episodes', 'evaluations', 'checkpoints'] as const;

/** A run folder open for writing. */
export class RunFolder {
  readonly path: string;
  private metrics: MetricsWriter | undefined;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Begins a run in a folder that is missing or empty.
   *
   * @param config the resolved configuration, plain data
   * @throws RunExistsError when the folder holds something; RunWriteError when it cannot be written
   */
  static async create(path: string, config: unknown, origin: RunOrigin): Promise<RunFolder> {
    const present = await list(path);
    if (present.includes('config.json')) throw new RunExistsError(path, 'holds a run already');
    if (present.length > 0) throw new RunExistsError(path, `is not empty (it holds ${present[0]})`);
    try {
      await mkdir(path, { recursive: true });
      // Of two that begin at a time one alone makes the folder.
      for (const folder of FOLDERS) await mkdir(join(path, folder));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new RunExistsError(path, 'holds a run already');
      throw RunWriteError.from(error, path);
    }
    const metadata: RunMetadata = {
      ...origin,
      machine: thisMachine(),
      startedAt: new Date().toISOString(),
      resumptions: [],
    };
    await replaceJson(join(path, 'metadata.json'), metadata);
    await replaceFile(join(path, 'metrics.jsonl'), '');
    // Last, since a folder with it is a run.
    await replaceJson(join(path, 'config.json'), config);
    return new RunFolder(path);
  }

  /**
   * Opens an existing run.
   *
   * @throws RunFolderError when the folder holds no run
   */
  static async open(path: string): Promise<RunFolder> {
    if (!(await list(path)).includes('config.json')) {
      throw new RunFolderError(path, 'there is no run here (no config.json). Give the folder of a run.');
    }
    return new RunFolder(path);
  }

  /** The configuration the run was begun with, or was last changed to. */
  async config(): Promise<unknown> {
    return readJson(join(this.path, 'config.json'));
  }

  /** Replaces the configuration by one that the iterations to come follow. */
  async changeConfig(config: unknown): Promise<void> {
    await replaceJson(join(this.path, 'config.json'), config);
  }

  async metadata(): Promise<RunMetadata> {
    return (await readJson(join(this.path, 'metadata.json'))) as RunMetadata;
  }

  get metricsFile(): string {
    return join(this.path, 'metrics.jsonl');
  }

  /** Path of the training episodes of an iteration, whether there or not. */
  episodesFile(iteration: number): string {
    return join(this.path, 'episodes', `${padded(iteration)}.jsonl.gz`);
  }

  /** Path of an evaluation after an iteration, without its ending. */
  evaluationFile(iteration: number, name: string): string {
    return join(this.path, 'evaluations', `${padded(iteration)}-${name}`);
  }

  /** Path of the checkpoint after an iteration, whether there or not. */
  checkpointFolder(iteration: number): string {
    return join(this.path, 'checkpoints', padded(iteration));
  }

  /** Appends metrics of an iteration; the ones that follow may be of the same iteration or of a later one. */
  async appendMetrics(iteration: number, metrics: Readonly<Record<string, number>>): Promise<void> {
    this.metrics ??= await MetricsWriter.open(this.metricsFile);
    await this.metrics.append(iteration, metrics);
  }

  /** Writes the training episodes of an iteration. */
  async writeEpisodes(
    iteration: number,
    episodes: Iterable<StoredEpisode>,
    options?: WriteEpisodesOptions,
  ): Promise<void> {
    await writeEpisodes(this.episodesFile(iteration), episodes, options);
  }

  /** Writes what an evaluation found, plain data, and its episodes. */
  async writeEvaluation(
    iteration: number,
    name: string,
    summary: unknown,
    episodes: Iterable<StoredEpisode>,
    options?: WriteEpisodesOptions,
  ): Promise<void> {
    const file = this.evaluationFile(iteration, name);
    await writeEpisodes(`${file}.jsonl.gz`, episodes, options);
    await replaceJson(`${file}.json`, summary);
  }

  /** What an evaluation found, as it was written; undefined where there was none. */
  async evaluation(iteration: number, name: string): Promise<unknown> {
    try {
      return await readJson(`${this.evaluationFile(iteration, name)}.json`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Iterations that have a checkpoint, ascending. */
  async checkpoints(): Promise<number[]> {
    const names = await list(join(this.path, 'checkpoints'));
    return names
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  }

  /**
   * The iteration to resume from; undefined when no checkpoint was written yet.
   *
   * @throws RunFolderError when `latest` is not what this program writes
   */
  async latest(): Promise<number | undefined> {
    const file = join(this.path, 'latest');
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const found = /^checkpoints\/(\d+)\n?$/.exec(text);
    if (found === null) {
      throw new RunFolderError(
        file,
        `it reads ${JSON.stringify(text.slice(0, 60))}; it must name a checkpoint: checkpoints/000010.`,
      );
    }
    return Number(found[1]);
  }

  /** Makes a checkpoint, completely written before, the one to resume from. */
  async setLatest(iteration: number): Promise<void> {
    await replaceFile(join(this.path, 'latest'), `checkpoints/${padded(iteration)}\n`);
  }

  /** Removes all checkpoints but those of the given iterations and the latest. */
  async pruneCheckpoints(keep: Iterable<number>): Promise<void> {
    const kept = new Set(keep);
    const latest = await this.latest();
    for (const iteration of await this.checkpoints()) {
      if (!kept.has(iteration) && iteration !== latest) await remove(this.checkpointFolder(iteration));
    }
  }

  /**
   * Goes back to the state after `iteration`, from which a checkpoint has been loaded: removes metrics, episodes, evaluations and
   * checkpoints of later iterations, so that the resumed run leaves what an uninterrupted one would have left. May be
   * repeated after a crash in the middle.
   */
  async resumeFrom(iteration: number, commandLine: readonly string[]): Promise<void> {
    await this.close();
    // First, so that a crash in the middle is followed by a resumption from the same iteration.
    if (iteration > 0 || (await this.latest()) !== undefined) await this.setLatest(iteration);
    for (const folder of FOLDERS) {
      for (const name of await list(join(this.path, folder))) {
        // A leading dot: what a crash left of a checkpoint that was being written.
        const number = /^\.?(\d+)/.exec(name)?.[1];
        if (LEFTOVER.test(name) || (number !== undefined && Number(number) > iteration)) {
          await remove(join(this.path, folder, name));
        }
      }
    }
    for (const name of await list(this.path)) if (LEFTOVER.test(name)) await remove(join(this.path, name));
    await cutMetrics(this.metricsFile, iteration);
    const metadata = await this.metadata();
    const resumption = { at: new Date().toISOString(), iteration, machine: thisMachine(), commandLine };
    await replaceJson(join(this.path, 'metadata.json'), {
      ...metadata,
      resumptions: [...metadata.resumptions, resumption],
    });
  }

  async close(): Promise<void> {
    await this.metrics?.close();
    this.metrics = undefined;
  }
}

/** Six digits, so that names sort as numbers; more when there are more. */
function padded(iteration: number): string {
  return String(iteration).padStart(6, '0');
}

/** Names in a folder, sorted; none when it is missing. */
async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR')
      throw new RunFolderError(folder, 'it is a file; a run needs a folder. Choose another path.');
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw RunWriteError.from(error, path);
  }
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RunFolderError(file, `it is not JSON (${(error as Error).message}).`, { cause: error });
  }
}
