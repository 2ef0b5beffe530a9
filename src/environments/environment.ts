/**
 * The nouns of this room.
 *
 * A **suite** is a family of tasks (ALFWorld, household, …) with splits. A **task** is one thing to do from one start.
 * An **environment** plays one task at a time: `reset` gives the first turn, `step` takes one action (one line of text)
 * and gives the next turn with its reward, until `done`. An **expert** plays well enough to be imitated.
 *
 * Everything may be synchronous or a promise: a text world answers at once, a search server does not.
 */

import type { Inspection, InspectOptions } from './inspection.ts';

export type MaybePromise<T> = T | Promise<T>;

/** One thing to do from one start. Two tasks of a suite are the same task exactly when their ids are equal. */
export interface Task {
  /** Unique within the suite and stable across machines: a path inside the data, or a generator's seed. */
  readonly id: string;
  /** The family of the task, for per-type metrics: `pick`, `heat`, … */
  readonly type: string;
  /** The split it belongs to: `train`, `valid_unseen`, … */
  readonly split: string;
}

/** What the agent sees before it acts. */
export interface Turn {
  /** The raw observation text, exactly as the environment says it. */
  readonly observation: string;
  /** Every command that would do something now, sorted by code point; empty when the environment cannot list them. */
  readonly admissible: readonly string[];
  /**
   * Commands with a free part that would do something now besides `admissible`, with what stands for it in angle brackets:
   * `search[<your query>]`. Absent where there are none.
   */
  readonly templates?: readonly string[];
  /** The commands as the environment itself presents them, in its order, where that differs from `admissible`. */
  readonly menu?: readonly string[];
  /** A key that is equal exactly when the environment's full hidden state is equal; absent where there is none. */
  readonly stateKey?: string;
}

/** Why an episode ended. */
export type EndReason =
  /** The goal holds. */
  | 'success'
  /** The environment ended the episode and the goal does not hold. */
  | 'failure'
  /** The step limit was reached first: the episode is truncated, not failed. */
  | 'step-limit';

/** The answer to one action. */
export interface StepResult extends Turn {
  /** Reward of this step alone (not the return so far). */
  readonly reward: number;
  readonly done: boolean;
  readonly success: boolean;
  /** Present exactly when `done`. */
  readonly end?: EndReason;
  /** How good the episode was, 0 to 1, where that is finer than success: present when `done` in environments that grade. */
  readonly score?: number;
  /** What else is known of this step: how the score came about. */
  readonly info?: Readonly<Record<string, string | number | boolean>>;
}

/** Plays one task at a time. After `done`, further steps repeat the last result with reward 0. */
export interface Environment {
  /** Starts the task from its beginning; `seed` decides whatever the task itself leaves to chance. */
  reset(task: Task, seed?: number): MaybePromise<Turn>;
  step(action: string): MaybePromise<StepResult>;
  close?(): MaybePromise<void>;
}

/** A player worth imitating. One object plays one episode. */
export interface Expert {
  /** The next action, given the turn the environment just answered with (the first call gets the reset's turn). */
  act(turn: Turn): string;
}

/** A family of tasks. */
export interface Suite {
  readonly name: string;
  /** One sentence for lists. */
  readonly description: string;
  readonly splits: readonly string[];
  /** Split to train on, and split to evaluate on, when the user names none. */
  readonly defaults: { readonly train: string; readonly evaluate: string; readonly maxSteps: number };
  /** Tasks of a split, always in the same order. */
  tasks(split: string): readonly Task[];
  /** The task of that path inside the data, where a task can be named so beside its id. */
  find?(path: string): Task | undefined;
  /** A fresh environment; cheap, so that thousands can be in flight. */
  create(options?: { readonly maxSteps?: number }): Environment;
  /**
   * A player for one episode of `task`. `explore` sees only what an agent sees; `plan` knows the hidden state or the
   * stored solution. Absent where the suite has none.
   */
  expert?(task: Task, kind: 'explore' | 'plan'): Expert;
  /** Examines the data for what would make results wrong or not comparable. Absent where there is no data. */
  inspect?(options?: InspectOptions): Promise<Inspection>;
  close?(): MaybePromise<void>;
}

/** Whether a command would do something now: it is listed, or fills a template. */
export function isAdmissible({ admissible, templates }: Turn, command: string): boolean {
  return (
    admissible.includes(command) ||
    (templates ?? []).some((template) => {
      const [before, after] = template.split(/<[^>]*>/);
      return command.length > before.length + after.length && command.startsWith(before) && command.endsWith(after);
    })
  );
}
