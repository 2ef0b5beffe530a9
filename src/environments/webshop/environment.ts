import type { Environment, MaybePromise, StepResult, Task, Turn } from '../environment.ts';
import type { Goal } from './goals.ts';
import { parseAction } from './pages/actions.ts';
import type { ShopSession } from './pages/session.ts';

export type ObservationMode = 'text' | 'text_rich';

export interface WebShopEnvironmentOptions {
  /** Opens the shop for a task; `seed` decides what a random search finds. */
  readonly open: (task: Task, seed: number) => MaybePromise<ShopSession>;
  readonly mode: ObservationMode;
  readonly maxSteps: number;
  /** `success`: `successReward` where the score is 1, else 0, as verl-agent has it. `score`: the score itself, as the original has it. */
  readonly reward: 'success' | 'score';
  readonly successReward: number;
  /** Earlier observations and actions put before each observation, as the original's `num_prev_obs` and `num_prev_actions`. */
  readonly previousObservations: number;
  readonly previousActions: number;
  /** Who tagged the nouns, and whether they are exact; goes into the info of a purchase. */
  readonly nouns: string;
}

const SEARCH = 'search[<your query>]';

/** Plays one goal at a time; the episode ends with the first purchase. */
export class WebShopEnvironment implements Environment {
  private readonly options: WebShopEnvironmentOptions;
  private session: ShopSession | undefined;
  private steps = 0;
  private last: StepResult | undefined;
  private observations: string[] = [];
  private actions: string[] = [];

  constructor(options: WebShopEnvironmentOptions) {
    this.options = options;
  }

  /** The goal being played, for those who may know it. */
  get goal(): Goal | undefined {
    return this.session?.goal;
  }

  async reset(task: Task, seed = 0): Promise<Turn> {
    this.session = await this.options.open(task, seed);
    this.steps = 0;
    this.last = undefined;
    this.actions = [];
    const turn = this.turn();
    this.observations = [turn.observation];
    return turn;
  }

  step(action: string): StepResult {
    if (this.session === undefined) throw new Error('step before reset');
    if (this.last?.done) return { ...this.last, reward: 0 };
    this.steps++;
    const { reward: score, done, details } = this.session.step(action);
    const turn = this.turn();
    const observation = this.withPast(turn.observation, action);
    const { maxSteps, reward, successReward, nouns } = this.options;
    const success = done && score === 1;
    const cut = !done && this.steps >= maxSteps;
    const end = success ? 'success' : done ? 'failure' : 'step-limit';
    this.last = {
      ...turn,
      observation,
      reward: reward === 'score' ? score : success ? successReward : 0,
      done: done || cut,
      success,
      ...((done || cut) && { end, score }),
      ...(details && { info: { score, ...details, nouns } }),
    };
    return this.last;
  }

  private turn(): Turn {
    const session = this.session as ShopSession;
    const { hasSearchBar, clickables } = session.available;
    const clicks = clickables.map((text) => `click[${text}]`);
    const canBeClicked = clickables.filter(isClickable).map((text) => `click[${text}]`);
    return {
      observation: session.observation(this.options.mode),
      admissible: canBeClicked.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
      templates: [SEARCH],
      menu: hasSearchBar ? [SEARCH, ...clicks] : clicks,
      stateKey: session.stateKey,
    };
  }

  /** Follows the original to the letter, which counts its own observations without what was put before them. */
  private withPast(observation: string, action: string): string {
    const { previousObservations, previousActions } = this.options;
    const parts = [observation];
    this.actions.push(action);
    for (let i = 1; i <= Math.max(previousObservations, previousActions); i++) {
      if (i <= previousActions && i <= this.actions.length) parts.push(this.actions[this.actions.length - i]);
      if (i <= previousObservations && i <= this.observations.length)
        parts.push(this.observations[this.observations.length - i]);
    }
    this.observations.push(observation);
    return parts.reverse().join(' [SEP] ');
  }
}

/** The button of the search bar does nothing, and some texts cannot be written between brackets. */
function isClickable(text: string): boolean {
  return text !== 'search' && parseAction(`click[${text}]`).argument?.toLowerCase() === text;
}
