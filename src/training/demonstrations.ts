import type { AgentKind } from '../agents/agent.ts';
import type { Suite, Task } from '../environments/environment.ts';
import { Random } from '../text/random.ts';

/** One turn of an expert: what an agent would have been asked, and what it should have answered. */
export interface DemonstratedTurn {
  readonly prompt: string;
  readonly response: string;
}

export interface DemonstrationOptions {
  readonly suite: Suite;
  readonly agent: AgentKind;
  readonly tasks: readonly Task[];
  readonly expert: 'explore' | 'plan';
  /**
   * Probability of a slip per turn: another command is carried out than the expert's, which is still the one to be learned, so that
   * the student sees how to go on after a mistake.
   */
  readonly slips: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

export interface DemonstratedEpisode {
  readonly task: Task;
  readonly success: boolean;
  readonly turns: readonly DemonstratedTurn[];
}

/** Lets the expert play every task once, yielding each episode with the prompts the agent would have seen. */
export async function* demonstrate(options: DemonstrationOptions): AsyncGenerator<DemonstratedEpisode> {
  for (const [index, task] of options.tasks.entries()) {
    options.signal?.throwIfAborted();
    yield await playExpert(options, task, index);
  }
}

async function playExpert(o: DemonstrationOptions, task: Task, index: number): Promise<DemonstratedEpisode> {
  const expert = o.suite.expert?.(task, o.expert);
  if (!expert) throw new Error(`environment ${o.suite.name} has no expert that can be imitated (${o.expert})`);
  const random = Random.of(o.seed, 'slips', index);
  const environment = o.suite.create();
  const agent = o.agent.create();
  let turn = await environment.reset(task, index);
  agent.begin(task, turn);
  const turns: DemonstratedTurn[] = [];
  const given: string[] = [];
  for (;;) {
    const right = expert.act(turn);
    turns.push({ prompt: agent.prompt(), response: agent.demonstrate(right) });
    const action = random.next() < o.slips ? slip(random, right, turn.admissible, given) : right;
    given.push(action);
    const result = await environment.step(action);
    agent.observe(action, result);
    turn = result;
    if (result.done) {
      await environment.close?.();
      return { task, success: result.success, turns };
    }
  }
}

/**
 * A command somebody might give by mistake: the right one with a wrong number or name in it, one given before, or one that works but is
 * beside the point. The first two are mostly refused.
 */
function slip(random: Random, right: string, admissible: readonly string[], before: readonly string[]): string {
  const kind = random.next();
  if (kind < 0.4) return garbled(random, right, admissible);
  if (kind < 0.7 && before.length > 0) return random.pick(before);
  return admissible.length > 0 ? random.pick(admissible) : right;
}

/** The command with its last number changed, or with its end taken from another command. */
function garbled(random: Random, command: string, others: readonly string[]): string {
  const number = /\d+(?=\D*$)/.exec(command);
  if (number && random.next() < 0.5) {
    const wrong = String(Number(number[0]) + 1 + random.below(2));
    return command.slice(0, number.index) + wrong + command.slice(number.index + number[0].length);
  }
  if (others.length === 0) return command;
  const words = command.split(' ');
  const tail = random.pick(others).split(' ').slice(-2);
  return [...words.slice(0, Math.max(1, words.length - 2)), ...tail].join(' ');
}
