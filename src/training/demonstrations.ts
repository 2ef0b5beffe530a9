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
   * the student sees how to go on after a mistake. Half the slips are commands that do nothing.
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
  for (;;) {
    const right = expert.act(turn);
    turns.push({ prompt: agent.prompt(), response: agent.demonstrate(right) });
    const action = random.next() < o.slips ? slip(random, turn.admissible, turns) : right;
    const result = await environment.step(action);
    agent.observe(action, result);
    turn = result;
    if (result.done) {
      await environment.close?.();
      return { task, success: result.success, turns };
    }
  }
}

/** A command somebody might give by mistake: one that works but is beside the point, or one that worked elsewhere. */
function slip(random: Random, admissible: readonly string[], before: readonly DemonstratedTurn[]): string {
  if (before.length > 1 && random.next() < 0.5) return random.pick(before).response;
  return admissible.length > 0 ? random.pick(admissible) : 'look';
}
