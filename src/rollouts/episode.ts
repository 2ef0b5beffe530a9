import type { EndReason, Task } from '../environments/environment.ts';

/** One turn as it was played: what was seen, sampled, done and earned. */
export interface StepRecord {
  readonly observation: string;
  /** Anchor state, see Agent.state. */
  readonly state: string;
  /** Prompt and response token ids exactly as sampled; training uses these and never tokenizes the text again. */
  readonly prompt: Int32Array;
  readonly response: Int32Array;
  /** The sampler's log-probability of every response token. */
  readonly logprobs: Float32Array;
  readonly completion: string;
  readonly action: string;
  readonly valid: boolean;
  readonly reward: number;
  /** Tokens that the prompt lost at its beginning, since it would not have fit; see CollectOptions.overflow. */
  readonly droppedTokens?: number;
  /** False when the response hit its token limit before a stop token. */
  readonly stopped: boolean;
}

/** One attempt at a task. */
export interface Episode {
  /** Episodes of a group share it: same task, same start. */
  readonly group: string;
  readonly id: string;
  readonly task: Task;
  readonly steps: readonly StepRecord[];
  readonly success: boolean;
  /** How good it was, 0 to 1, where the environment grades finer than success. */
  readonly score?: number;
  /** `error`: the environment threw; the episode is counted and not trained on. */
  readonly end: EndReason | 'error';
  readonly error?: string;
  /** Anchor state reached after the last step. */
  readonly finalState: string;
}

/** Σ of the step rewards. */
export function episodeReward(e: Episode): number {
  return e.steps.reduce((sum, s) => sum + s.reward, 0);
}
