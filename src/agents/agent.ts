import type { StepResult, Task, Turn } from '../environments/environment.ts';

/** What an agent made of a completion. */
export interface Projection {
  /** The line handed to the environment. */
  readonly action: string;
  /** False when the completion broke the format (or, where the agent checks it, named no admissible command). */
  readonly valid: boolean;
}

/**
 * Stands between environment and policy for one episode: turns observation and memory into a prompt, and a completion
 * into an action. Never sees hidden state.
 */
export interface Agent {
  /** Starts an episode. */
  begin(task: Task, turn: Turn): void;
  /** The prompt for the next action, as text. */
  prompt(): string;
  /** Reads a completion (text after the prompt, without the stop token). */
  project(completion: string): Projection;
  /** Takes in what the environment answered to the action. */
  observe(action: string, result: StepResult): void;
  /**
   * Anchor state of the turn about to be played, for credit assignment; equal keys mean "the same situation".
   * By default the raw observation.
   */
  state(): string;
  /** The completion an expert's action should have been: the target of imitation. */
  demonstrate(action: string): string;
}

/** Makes agents; one agent plays one episode. */
export interface AgentKind {
  readonly name: string;
  /** One sentence for lists. */
  readonly description: string;
  create(): Agent;
}
