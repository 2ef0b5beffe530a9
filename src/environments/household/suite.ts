/** The household as a suite of tasks. */

import type { Environment, Expert, Suite, Task } from '../environment.ts';
import { Game, TextEnvironment } from '../textgame/index.ts';
import { DIFFICULTIES, type Difficulty, LEVELS } from './difficulty.ts';
import { HOUSEHOLD_DOMAIN, householdGrammar } from './domain.ts';
import { ExploreExpert } from './explore.ts';
import { planWorld } from './plan.ts';
import { householdNames, problemText } from './problem.ts';
import { UnknownSplitError } from './unknown-split.ts';
import { familyOf, generateWorld, parseTaskId, SPLIT_SIZES, SPLITS, type Split, taskId, type World } from './world.ts';

export interface HouseholdOptions {
  /** How large and cluttered the rooms are; `mixed` takes turns. Default medium. */
  readonly difficulty?: Difficulty | 'mixed';
  /** Steps after which an episode is cut; default: by difficulty 20, 30, 50. */
  readonly maxSteps?: number;
  /** Reward of the step that reaches the goal; every other step has 0. Default 10. */
  readonly successReward?: number;
}

/** Opens the generated household. Needs no data; equal task ids give equal games on every machine. */
export function openHousehold(options: HouseholdOptions = {}): HouseholdSuite {
  return new HouseholdSuite(options);
}

/** Compiled games kept for the next episodes of the same task. */
const KEPT = 256;

export class HouseholdSuite implements Suite {
  readonly name = 'household';
  readonly description = 'Household chores in generated rooms: six families of tasks, three difficulties.';
  readonly splits = SPLITS;
  readonly defaults: Suite['defaults'];
  private readonly options: Required<Omit<HouseholdOptions, 'maxSteps'>>;
  private readonly bySplit = new Map<string, readonly Task[]>();
  private readonly games = new Map<string, Game>();

  constructor(options: HouseholdOptions) {
    this.options = { difficulty: options.difficulty ?? 'medium', successReward: options.successReward ?? 10 };
    const levels = this.options.difficulty === 'mixed' ? DIFFICULTIES : [this.options.difficulty];
    const longest = Math.max(...levels.map((d) => LEVELS[d].maxSteps));
    this.defaults = { train: 'train', evaluate: 'test', maxSteps: options.maxSteps ?? longest };
  }

  /** 20,000 tasks to train on, 240 each to validate and test; families take turns. @throws UnknownSplitError */
  tasks(split: string): readonly Task[] {
    let tasks = this.bySplit.get(split);
    if (!tasks) {
      const known = SPLITS.find((s) => s === split);
      if (!known) throw new UnknownSplitError(split, SPLITS);
      tasks = Array.from({ length: SPLIT_SIZES[known] }, (_, index) => this.task(known, index));
      this.bySplit.set(split, tasks);
    }
    return tasks;
  }

  create(options: { readonly maxSteps?: number } = {}): Environment {
    return new TextEnvironment({
      load: (task) => this.game(task),
      maxSteps: options.maxSteps ?? this.defaults.maxSteps,
      successReward: this.options.successReward,
    });
  }

  expert(task: Task, kind: 'explore' | 'plan'): Expert {
    return kind === 'explore' ? new ExploreExpert() : new PlannedExpert(planWorld(generateWorld(parseTaskId(task.id))));
  }

  /** @throws UnknownTaskError */
  game(task: Task): Game {
    let game = this.games.get(task.id);
    if (!game) {
      game = gameOf(generateWorld(parseTaskId(task.id)));
      if (this.games.size >= KEPT) this.games.delete(this.games.keys().next().value!);
      this.games.set(task.id, game);
    }
    return game;
  }

  private task(split: Split, index: number): Task {
    const { difficulty } = this.options;
    // Families cycle with the index, so difficulties change once per round of families.
    const level = difficulty === 'mixed' ? DIFFICULTIES[Math.floor(index / 6) % DIFFICULTIES.length] : difficulty;
    return { id: taskId({ split, difficulty: level, index }), type: familyOf(index), split };
  }
}

/** A world as the interpreter plays it. */
export function gameOf(world: World): Game {
  return new Game({
    domain: HOUSEHOLD_DOMAIN,
    grammar: householdGrammar(world.sentence),
    problem: problemText(world),
    names: householdNames,
  });
}

class PlannedExpert implements Expert {
  private readonly commands: readonly string[];
  private next = 0;

  constructor(commands: readonly string[]) {
    this.commands = commands;
  }

  act(): string {
    return this.commands[this.next++] ?? 'look';
  }
}
