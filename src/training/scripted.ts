import { type Expert, isAdmissible, type Suite, type Task } from '../environments/environment.ts';
import { randomCommand } from '../environments/random-command.ts';
import type { Episode } from '../rollouts/episode.ts';
import { nearestName } from '../text/nearest-name.ts';
import { Random } from '../text/random.ts';
import { type Evaluation, summarize } from './evaluate.ts';

const PLAYERS = ['random', 'explore', 'plan'] as const;

/** There is no such player. */
export class PlayerError extends Error {
  readonly code = 'TURNWISE_PLAYER';
  override readonly name = 'PlayerError';
}

/** Players that need no model: what a learned policy is compared with. */
export class ScriptedPlayers {
  private readonly suite: Suite;
  private readonly kind: (typeof PLAYERS)[number];
  private readonly maxSteps: number | undefined;

  /** @throws PlayerError */
  constructor(suite: Suite, kind: string, maxSteps?: number) {
    const known = PLAYERS.find((p) => p === kind);
    if (!known) {
      const all = ['model', ...PLAYERS];
      const near = nearestName(kind, all);
      const hint = near === undefined ? '.' : `; did you mean ${near}?`;
      throw new PlayerError(`there is no player ${kind}${hint} There are ${all.join(', ')}.`);
    }
    if (known !== 'random' && !suite.expert) throw new PlayerError(`${suite.name} has no expert`);
    this.suite = suite;
    this.kind = known;
    this.maxSteps = maxSteps;
  }

  async evaluate(tasks: readonly Task[], seed: number, signal?: AbortSignal): Promise<Evaluation> {
    const episodes: Episode[] = [];
    for (const [index, task] of tasks.entries()) {
      signal?.throwIfAborted();
      episodes.push(await this.play(task, index, seed));
    }
    return summarize(episodes);
  }

  private async play(task: Task, index: number, seed: number): Promise<Episode> {
    const environment = this.suite.create(this.maxSteps === undefined ? {} : { maxSteps: this.maxSteps });
    const player =
      this.kind === 'random'
        ? randomPlayer(Random.of(seed, 'random player', index))
        : this.suite.expert!(task, this.kind);
    const steps: Episode['steps'][number][] = [];
    let turn = await environment.reset(task, index);
    for (;;) {
      const action = player.act(turn);
      const result = await environment.step(action);
      steps.push({
        observation: turn.observation,
        state: turn.observation,
        prompt: NONE,
        response: NONE,
        logprobs: NO_NUMBERS,
        completion: action,
        action,
        valid: (turn.admissible.length === 0 && turn.templates === undefined) || isAdmissible(turn, action),
        reward: result.reward,
        stopped: true,
      });
      turn = result;
      if (!result.done) continue;
      await environment.close?.();
      const group = `g${String(index).padStart(3, '0')}`;
      return {
        group,
        id: `${group}t000`,
        task,
        steps,
        success: result.success,
        ...(result.score === undefined ? {} : { score: result.score }),
        end: result.end ?? 'failure',
        finalState: result.observation,
      };
    }
  }
}

const NONE = new Int32Array(0);
const NO_NUMBERS = new Float32Array(0);

function randomPlayer(random: Random): Expert {
  return { act: (turn) => randomCommand(turn, random) };
}
