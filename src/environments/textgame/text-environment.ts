import type { EndReason, Environment, MaybePromise, StepResult, Task, Turn } from '../environment.ts';
import { GamePlayError, GameTextError } from './errors.ts';
import type { Game } from './game.ts';
import { GameState } from './state.ts';

export interface TextEnvironmentOptions {
  /** The game of a task. */
  readonly load: (task: Task) => MaybePromise<Game>;
  /** Commands after which an episode is cut. */
  readonly maxSteps: number;
  /** Reward of the winning step; every other step has 0. */
  readonly successReward: number;
}

/** Plays text games one at a time: the step limit, the reward, and the last result again once it is over. */
export class TextEnvironment implements Environment {
  private readonly options: TextEnvironmentOptions;
  private state: GameState | undefined;
  private task = '';
  private steps = 0;
  private last: StepResult | undefined;

  constructor(options: TextEnvironmentOptions) {
    this.options = options;
  }

  /** @throws GamePlayError where the game's texts turn out to be broken */
  reset(task: Task): MaybePromise<Turn> {
    const game = this.options.load(task);
    this.task = task.id;
    return game instanceof Promise ? game.then((g) => this.begin(g)) : this.begin(game);
  }

  /** @throws GamePlayError */
  step(action: string): StepResult {
    return this.placed(() => this.play(action));
  }

  private play(action: string): StepResult {
    if (!this.state) throw new Error('step was called before reset');
    if (this.last?.done) return { ...this.last, reward: 0 };
    this.state.apply(action.trim());
    this.steps++;
    const success = this.state.won;
    const end: EndReason | undefined = success
      ? 'success'
      : this.steps >= this.options.maxSteps
        ? 'step-limit'
        : undefined;
    this.last = {
      ...this.turn(this.state),
      reward: success ? this.options.successReward : 0,
      done: end !== undefined,
      success,
      ...(end ? { end } : {}),
    };
    return this.last;
  }

  private begin(game: Game): Turn {
    return this.placed(() => {
      this.state = new GameState(game);
      this.steps = 0;
      this.last = undefined;
      return this.turn(this.state);
    });
  }

  /** Says which game is broken. */
  private placed<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw error instanceof GameTextError ? new GamePlayError(this.task, error) : error;
    }
  }

  private turn(state: GameState): Turn {
    return { observation: state.observation, admissible: state.admissible, stateKey: state.stateKey };
  }
}
