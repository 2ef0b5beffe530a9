import type { Agent, AgentKind } from '../agents/agent.ts';
import type { Environment, Suite, Task, Turn } from '../environments/environment.ts';
import type { Policy } from '../policies/policy.ts';
import { deriveSeed } from '../text/random.ts';
import type { Episode, StepRecord } from './episode.ts';

/** An episode to be played. */
export interface Attempt {
  readonly group: string;
  readonly id: string;
  readonly task: Task;
  /** Decides what the environment leaves to chance; equal within a group. */
  readonly environmentSeed: number;
  /** Seed of the episode's own sampling streams. */
  readonly samplingSeed: number;
}

export interface CollectOptions {
  readonly suite: Suite;
  readonly agent: AgentKind;
  readonly policy: Policy;
  readonly maxSteps?: number;
  /** Response tokens a turn, stop token included. */
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  /** Episodes played at the same time; a finished one gives its place to the next. */
  readonly inFlight: number;
  readonly signal?: AbortSignal;
  /** What becomes of a prompt that leaves no room for its response: an error that ends the run (default), or it loses its beginning. */
  readonly overflow?: Overflow;
  readonly onProgress?: (progress: CollectProgress) => void;
}

export type Overflow = 'refuse' | 'truncate';

export interface CollectProgress {
  readonly finished: number;
  readonly successes: number;
  readonly total: number;
  readonly steps: number;
}

/** Tasks × groupSize attempts with seeds derived from (seed, purpose, iteration, index). */
export function attemptGroups(
  tasks: readonly Task[],
  groupSize: number,
  seed: number,
  purpose: string,
  iteration: number,
): Attempt[] {
  return tasks.flatMap((task, g) => {
    const group = `g${String(g).padStart(3, '0')}`;
    return Array.from({ length: groupSize }, (_, e) => ({
      group,
      id: `${group}t${String(e).padStart(3, '0')}`,
      task,
      environmentSeed: deriveSeed(seed, `${purpose}/environment`, iteration, g),
      samplingSeed: deriveSeed(seed, `${purpose}/sampling`, iteration, g, e),
    }));
  });
}

/**
 * Plays every attempt and returns the episodes in the order of `attempts`. All running episodes are sampled in one batch; one that
 * ends leaves the batch at once. An environment that throws costs its episode, never the run.
 *
 * @throws the signal's reason when aborted
 */
export async function collectEpisodes(attempts: readonly Attempt[], options: CollectOptions): Promise<Episode[]> {
  const episodes: Episode[] = new Array(attempts.length);
  const progress = { finished: 0, successes: 0, total: attempts.length, steps: 0 };
  let running: Running[] = [];
  let next = 0;
  const settle = (r: Running): void => {
    const episode = r.finish();
    episodes[r.index] = episode;
    progress.finished++;
    if (episode.success) progress.successes++;
  };
  while (running.length > 0 || next < attempts.length) {
    options.signal?.throwIfAborted();
    while (running.length < options.inFlight && next < attempts.length) {
      const started = new Running(next, attempts[next++], options);
      await started.start();
      if (started.ended) settle(started);
      else running.push(started);
    }
    const completions = await options.policy.sample(
      running.map((r) => ({
        prompt: r.promptIds(),
        maxTokens: options.maxTokens,
        temperature: options.temperature,
        topP: options.topP,
        seed: r.turnSeed(),
      })),
    );
    for (let i = 0; i < running.length; i++) {
      const c = completions[i];
      await running[i].play(c.ids, c.logprobs, c.finish === 'stop');
      progress.steps++;
      if (running[i].ended) settle(running[i]);
    }
    running = running.filter((r) => !r.ended);
    options.onProgress?.({ ...progress });
  }
  return episodes;
}

/** An episode in flight. */
class Running {
  readonly index: number;
  ended = false;
  private readonly attempt: Attempt;
  private readonly options: CollectOptions;
  private readonly agent: Agent;
  private environment: Environment | undefined;
  private readonly steps: StepRecord[] = [];
  private turn: Turn | undefined;
  private prompt: Int32Array | undefined;
  private dropped = 0;
  private end: Episode['end'] = 'error';
  private error: string | undefined;
  private score: number | undefined;

  constructor(index: number, attempt: Attempt, options: CollectOptions) {
    this.index = index;
    this.attempt = attempt;
    this.options = options;
    this.agent = options.agent.create();
  }

  async start(): Promise<void> {
    await this.guarded(async () => {
      const { suite, maxSteps } = this.options;
      this.environment = suite.create(maxSteps === undefined ? {} : { maxSteps });
      this.turn = await this.environment.reset(this.attempt.task, this.attempt.environmentSeed);
      this.agent.begin(this.attempt.task, this.turn);
    });
  }

  promptIds(): Int32Array {
    const { policy, maxTokens, overflow } = this.options;
    const whole = policy.codec.encodePrompt(this.agent.prompt());
    const room = (policy.maxTokens ?? Number.POSITIVE_INFINITY) - maxTokens;
    const dropped = overflow === 'truncate' && room > 0 ? Math.max(0, whole.length - room) : 0;
    this.dropped = dropped;
    this.prompt = dropped > 0 ? whole.slice(dropped) : whole;
    return this.prompt;
  }

  turnSeed(): number {
    return deriveSeed(this.attempt.samplingSeed, 'turn', this.steps.length);
  }

  async play(response: Int32Array, logprobs: Float32Array, stopped: boolean): Promise<void> {
    await this.guarded(async () => {
      const state = this.agent.state();
      const completion = this.options.policy.codec.decode(stopped ? response.subarray(0, -1) : response);
      const { action, valid } = this.agent.project(completion);
      const result = await this.environment!.step(action);
      this.steps.push({
        observation: this.turn!.observation,
        state,
        prompt: this.prompt!,
        response,
        logprobs,
        completion,
        action,
        valid,
        reward: result.reward,
        stopped,
        ...(this.dropped > 0 && { droppedTokens: this.dropped }),
      });
      this.agent.observe(action, result);
      this.turn = result;
      if (result.done) {
        this.score = result.score;
        this.end = result.end ?? (result.success ? 'success' : 'failure');
        this.ended = true;
      }
    });
    if (this.ended) await this.environment?.close?.();
  }

  finish(): Episode {
    const { group, id, task } = this.attempt;
    return {
      group,
      id,
      task,
      steps: this.steps,
      success: this.end === 'success',
      ...(this.score === undefined ? {} : { score: this.score }),
      end: this.end,
      ...(this.error === undefined ? {} : { error: this.error }),
      finalState: this.end === 'error' ? '' : this.agent.state(),
    };
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.end = 'error';
      this.error = `task ${this.attempt.task.id}, step ${this.steps.length + 1}: ${error instanceof Error ? error.message : String(error)}`;
      this.ended = true;
    }
  }
}
