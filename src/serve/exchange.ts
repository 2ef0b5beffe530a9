import type { ServerResponse } from 'node:http';
import type { Admission } from './admission.ts';
import { clientGone } from './api-error.ts';
import { type CompletionTask, complete, type FinishedCompletion, type Piece } from './complete.ts';
import type { TokenLimits } from './fit-prompt.ts';
import type { ServedModel } from './served-model.ts';

/** A request that is being answered. */
export interface Exchange {
  readonly model: ServedModel;
  readonly limits: TokenLimits;
  readonly admission: Admission;
  readonly response: ServerResponse;
  /** Raised when the client has gone or the server ends; its reason is an ApiError then. */
  readonly signal: AbortSignal;
}

/**
 * Samples the completions of one request side by side.
 *
 * @throws ApiError when there is no room for them, or the request was given up; whatever the policy throws
 */
export async function completeAll(
  { model, admission, signal }: Exchange,
  tasks: readonly CompletionTask[],
  on: {
    /** All were admitted. */
    readonly start?: () => void;
    readonly piece?: (place: number, piece: Piece) => void;
    readonly finish?: (place: number, finished: FinishedCompletion) => void;
  } = {},
): Promise<FinishedCompletion[]> {
  const leave = admission.enter(tasks.length);
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const one = async (task: CompletionTask, place: number): Promise<FinishedCompletion> => {
    try {
      const finished = await complete(model, task, either, (piece) => on.piece?.(place, piece));
      if (finished.finish !== 'cancelled') on.finish?.(place, finished);
      return finished;
    } catch (error) {
      failed.abort();
      throw error;
    }
  };
  try {
    on.start?.();
    const settled = await Promise.allSettled(tasks.map(one));
    const problem = settled.find((s) => s.status === 'rejected');
    if (problem) throw problem.reason;
    const all = settled.map((s) => (s as PromiseFulfilledResult<FinishedCompletion>).value);
    if (all.some((f) => f.finish === 'cancelled')) throw signal.reason ?? clientGone();
    return all;
  } finally {
    leave();
  }
}

/** The header that tells how many tokens prompts lost, where they did. */
export function tellDropped(response: ServerResponse, dropped: number): void {
  if (dropped > 0) response.setHeader('x-turnwise-prompt-tokens-dropped', dropped);
}

/** Token counts, as OpenAI tells them. */
export function usageOf(promptTokens: number, finished: readonly FinishedCompletion[]): object {
  const completionTokens = finished.reduce((sum, f) => sum + f.ids.length, 0);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
