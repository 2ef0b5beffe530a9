import { ApiError, badParameter } from './api-error.ts';
import type { ServedModel } from './served-model.ts';

export interface TokenLimits {
  /** Tokens of one completion at most; default: what the model has room for. */
  readonly maxTokens?: number;
  /** Whether a prompt that is too long loses its beginning instead of being refused. */
  readonly truncatePrompts: boolean;
}

export interface FittedPrompt {
  readonly prompt: Int32Array;
  readonly maxTokens: number;
  /** Tokens the prompt lost at its beginning. */
  readonly dropped: number;
}

/** Share of the positions that is kept free for the completion of a prompt that loses its beginning. */
const ROOM = 1 / 4;

/**
 * How many tokens a completion may have.
 *
 * @param wanted what the request asks for; without it, all that is left
 * @throws ApiError 400 when prompt and completion need more positions than the model has
 */
export function fitPrompt(
  model: ServedModel,
  prompt: Int32Array,
  wanted: number | undefined,
  { maxTokens: most = model.positions, truncatePrompts }: TokenLimits,
): FittedPrompt {
  const { positions } = model;
  if (prompt.length === 0) throw badParameter('prompt', 'the prompt has no token. A completion needs at least one.');
  if (wanted !== undefined && wanted > most) {
    throw badParameter('max_tokens', `\`max_tokens\` is ${wanted}; this server gives at most ${most} (--max-tokens).`);
  }
  const needed = prompt.length + (wanted ?? 1);
  if (needed <= positions) {
    return { prompt, maxTokens: wanted ?? Math.min(most, positions - prompt.length), dropped: 0 };
  }
  const room = wanted ?? Math.min(most, Math.ceil(positions * ROOM));
  if (!truncatePrompts || room >= positions) {
    throw new ApiError(
      `the model has ${positions} positions; the prompt has ${prompt.length} tokens and the completion may have ${wanted ?? 'at least 1'}. Shorten the prompt or lower max_tokens.`,
      { status: 400, reason: 'context_length_exceeded' },
    );
  }
  const dropped = prompt.length + room - positions;
  return { prompt: prompt.subarray(dropped), maxTokens: room, dropped };
}
