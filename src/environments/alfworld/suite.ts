import { Random } from '../../text/random.ts';
import type { Environment, Expert, Suite, Task } from '../environment.ts';
import type { Inspection, InspectOptions } from '../inspection.ts';
import { Game, GameTextError, TextEnvironment } from '../textgame/index.ts';
import { type Archive, openArchive } from './archive.ts';
import { AlfworldDataError } from './errors.ts';
import { AlfworldExplorer } from './explore.ts';
import { inspectAlfworld } from './inspect.ts';
import { alfworldNames } from './names.ts';

export interface AlfworldOptions {
  /** The official zip, or the folder it unpacks to. */
  readonly data: string;
  /** Commands after which an episode is cut. Default 50, as in the papers. */
  readonly maxSteps?: number;
  /** Reward of the winning step; every other step has 0. Default 10. */
  readonly successReward?: number;
  /**
   * Numbers things of a kind in an order drawn from this seed and the task, in the training splits only, so that "cabinet 1" is not always
   * the same corner of a room (the original's domain randomization). Default: not shuffled.
   */
  readonly shuffleNames?: number;
}

/** A task and where its game lies in the archive. */
interface StoredTask extends Task {
  readonly file: string;
}

const SPLITS = ['train', 'valid_seen', 'valid_unseen', 'valid_train'];

/** Folder name of a trial → family, see the six task types of ALFRED. */
const TYPES: readonly [string, string][] = [
  ['pick_and_place_simple', 'pick'],
  ['look_at_obj_in_light', 'look'],
  ['pick_clean_then_place_in_recep', 'clean'],
  ['pick_heat_then_place_in_recep', 'heat'],
  ['pick_cool_then_place_in_recep', 'cool'],
  ['pick_two_obj_and_place', 'two'],
];

/** A game file as it is stored. */
export interface StoredGame {
  readonly pddl_domain: string;
  readonly grammar: string;
  readonly pddl_problem: string;
  readonly solvable?: boolean;
  readonly walkthrough?: readonly string[];
}

/** How many compiled games are kept for the next episode of the same task. */
const KEPT = 128;

/**
 * Opens the official text games (ALFWorld, Shridhar et al. 2021, arXiv 2010.03768). Tasks whose path says "movable" or "Sliced" are left
 * out, as the original does.
 *
 * @throws AlfworldDataError
 */
export async function openAlfworld(options: AlfworldOptions): Promise<AlfworldSuite> {
  const archive = await openArchive(options.data);
  const tasks = archive.files
    .filter((file) => file.endsWith('/game.tw-pddl') && !/movable|Sliced/.test(file))
    .flatMap((file): StoredTask[] => {
      const folders = file.split('/');
      const split = SPLITS.find((s) => folders.includes(s));
      const type = TYPES.find(([name]) => file.includes(name))?.[1];
      // The id begins at the split, so that it is the same for zip, folder and subfolder.
      return split && type ? [{ id: folders.slice(folders.indexOf(split)).join('/'), type, split, file }] : [];
    })
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  if (tasks.length === 0) {
    archive.close();
    throw new AlfworldDataError(
      options.data,
      'it holds no game.tw-pddl under train, valid_seen or valid_unseen. It should be the text-game release, json_2.1.x_tw-pddl.',
    );
  }
  return new AlfworldSuite(archive, tasks, options);
}

export class AlfworldSuite implements Suite {
  readonly name = 'alfworld';
  readonly description = 'The official ALFWorld text games: six families of household tasks in 120 rooms.';
  readonly splits: readonly string[];
  readonly defaults: Suite['defaults'];
  private readonly archive: Archive;
  private readonly bySplit: ReadonlyMap<string, readonly StoredTask[]>;
  private readonly files: ReadonlyMap<string, string>;
  private readonly games = new Map<string, Promise<{ game: Game; stored: StoredGame }>>();
  private readonly successReward: number;
  private readonly shuffleNames: number | undefined;

  constructor(archive: Archive, tasks: readonly StoredTask[], options: AlfworldOptions) {
    this.archive = archive;
    this.splits = SPLITS.filter((s) => tasks.some((t) => t.split === s));
    this.bySplit = new Map(this.splits.map((s) => [s, tasks.filter((t) => t.split === s)]));
    this.files = new Map(tasks.map((t) => [t.id, t.file]));
    this.successReward = options.successReward ?? 10;
    this.shuffleNames = options.shuffleNames;
    const evaluate = ['valid_unseen', 'valid_seen'].find((s) => this.splits.includes(s)) ?? this.splits[0];
    this.defaults = { train: this.splits[0], evaluate, maxSteps: options.maxSteps ?? 50 };
  }

  tasks(split: string): readonly Task[] {
    const tasks = this.bySplit.get(split);
    if (!tasks)
      throw new AlfworldDataError(this.archive.path, `it has no split ${split}; it has ${this.splits.join(', ')}`);
    return tasks;
  }

  /** By any path that ends in the task's id: `json_2.1.1/train/…/game.tw-pddl`, or its folder. */
  find(path: string): Task | undefined {
    const file = path.endsWith('/game.tw-pddl') ? path : `${path.replace(/\/$/, '')}/game.tw-pddl`;
    const folders = file.split('/');
    const from = folders.findIndex((folder) => SPLITS.includes(folder));
    const id = folders.slice(from).join('/');
    return this.bySplit.get(folders[from])?.find((task) => task.id === id);
  }

  create(options: { readonly maxSteps?: number } = {}): Environment {
    return new TextEnvironment({
      load: async (task) => (await this.load(task)).game,
      maxSteps: options.maxSteps ?? this.defaults.maxSteps,
      successReward: this.successReward,
    });
  }

  expert(task: Task, kind: 'explore' | 'plan'): Expert {
    return kind === 'explore' ? new AlfworldExplorer() : new Walkthrough(this, task);
  }

  inspect(options: InspectOptions = {}): Promise<Inspection> {
    const files = this.splits.flatMap((split) =>
      this.tasks(split).map(({ id }) => ({ id, split, read: () => this.archive.read(this.files.get(id) as string) })),
    );
    const all = this.archive.files.filter((file) => file.endsWith('/game.tw-pddl')).length;
    return inspectAlfworld(this.archive.path, files, all - files.length, options);
  }

  close(): void {
    this.archive.close();
  }

  /** The compiled game of a task. @throws AlfworldDataError naming file and reason */
  load(task: Task): Promise<{ game: Game; stored: StoredGame }> {
    let loading = this.games.get(task.id);
    if (!loading) {
      loading = this.read(task);
      if (this.games.size >= KEPT) this.games.delete(this.games.keys().next().value!);
      this.games.set(task.id, loading);
      loading.catch(() => this.games.delete(task.id));
    }
    return loading;
  }

  private shuffle({ id, split }: Task): Random | undefined {
    return this.shuffleNames === undefined || !split.includes('train')
      ? undefined
      : Random.of(this.shuffleNames, `names ${id}`);
  }

  private async read(task: Task): Promise<{ game: Game; stored: StoredGame }> {
    const file = `${this.archive.path}: ${task.id}`;
    const inside = this.files.get(task.id);
    if (inside === undefined) throw new AlfworldDataError(file, 'there is no such game in the data');
    const text = await this.archive.read(inside);
    let stored: StoredGame;
    try {
      stored = JSON.parse(text) as StoredGame;
    } catch (error) {
      throw new AlfworldDataError(file, `it is not JSON (${(error as Error).message})`, { cause: error });
    }
    for (const key of ['pddl_domain', 'grammar', 'pddl_problem'] as const) {
      if (typeof stored?.[key] !== 'string') throw new AlfworldDataError(file, `it has no text ${key}`);
    }
    try {
      const game = new Game({
        domain: stored.pddl_domain,
        grammar: stored.grammar,
        problem: stored.pddl_problem,
        names: (ids) => alfworldNames(ids, this.shuffle(task)),
      });
      return { game, stored: this.shuffleNames === undefined ? stored : renamed(stored, game) };
    } catch (error) {
      if (error instanceof GameTextError) throw new AlfworldDataError(file, error.message, { cause: error });
      throw error;
    }
  }
}

/** The stored solution in the names of a game whose names were shuffled. */
function renamed(stored: StoredGame, { ids, names }: Game): StoredGame {
  const official = alfworldNames(ids);
  const now = new Map(ids.map((id, i) => [official.get(id), names[i]]));
  const translate = (command: string): string => command.replace(/[a-z]+ \d+/g, (name) => now.get(name) ?? name);
  return { ...stored, walkthrough: stored.walkthrough?.map(translate) };
}

/** Plays the stored solution, which knows where everything is. */
class Walkthrough implements Expert {
  private readonly suite: AlfworldSuite;
  private readonly task: Task;
  private commands: readonly string[] | undefined;
  private next = 0;

  constructor(suite: AlfworldSuite, task: Task) {
    this.suite = suite;
    this.task = task;
    // The game is read before its first turn can exist.
    void suite.load(task).then(
      ({ stored }) => {
        this.commands = stored.walkthrough;
      },
      () => {},
    );
  }

  act(): string {
    if (!this.commands)
      throw new AlfworldDataError(
        `${this.task.id}`,
        `it has no stored walkthrough in ${this.suite.name}; use the exploring expert`,
      );
    return this.commands[this.next++] ?? 'look';
  }
}
