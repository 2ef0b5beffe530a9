import type { Codec } from '../policies/policy.ts';
import type { TextToken } from './complete.ts';

/** JSON has no −∞; OpenAI says this. */
const LEAST = -9999;

/** Log-probabilities as chat completions tell them, nats. */
export function chatLogprobs(codec: Codec, tokens: readonly TextToken[]): object {
  const entry = ({ id, logprob }: { id: number; logprob: number }): object => {
    const token = codec.decode([id]);
    // A part of a character has no text of its own.
    const bytes = token.includes('\ufffd') ? null : [...Buffer.from(token)];
    return { token, logprob: Math.max(LEAST, logprob), bytes };
  };
  return { content: tokens.map((t) => ({ ...entry(t), top_logprobs: (t.top ?? []).map(entry) })), refusal: null };
}

/** Log-probabilities as plain completions tell them, nats; offsets count UTF-16 units of the completion's text. */
export function textLogprobs(codec: Codec, tokens: readonly TextToken[]): object {
  const text = (id: number): string => codec.decode([id]);
  return {
    tokens: tokens.map((t) => text(t.id)),
    token_logprobs: tokens.map((t) => Math.max(LEAST, t.logprob)),
    top_logprobs: tokens.map((t) =>
      Object.fromEntries((t.top ?? [t]).map((e) => [text(e.id), Math.max(LEAST, e.logprob)])),
    ),
    text_offset: tokens.map((t) => t.offset),
  };
}
