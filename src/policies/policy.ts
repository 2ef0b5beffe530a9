import type { AdamwOptions } from '../nn/adamw.ts';
import type { SampledToken } from '../nn/generator.ts';
import type { Objective } from '../objectives/objective.ts';

/**
 * A policy answers prompts with completions. A trainable policy can also be asked for log-probabilities and be
 * updated. The trainer does not know which kind it has.
 *
 * Tokens are passed as ids, never as text: what was sampled is what is trained on.
 */

export type { SampledToken } from '../nn/generator.ts';

export type FinishReason =
  /** A stop token was sampled; it is the last of `ids`. */
  | 'stop'
  /** The token limit came first. */
  | 'length';

export interface SampleRequest {
  /** Prompt token ids, at least one. */
  readonly prompt: Int32Array;
  /** At most this many tokens are sampled, the stop token included. */
  readonly maxTokens: number;
  /** Logits are divided by this; 0 takes the most likely token (log-probabilities are then those of temperature 1). */
  readonly temperature: number;
  /** Nucleus: the smallest set of most likely tokens whose probability reaches this. 1 keeps all. */
  readonly topP: number;
  /** 32-bit seed of this completion's own random stream; equal seeds give equal samples whatever the batch. */
  readonly seed: number;
}

export interface Completion {
  /** Sampled token ids, the stop token included where one was sampled. */
  readonly ids: Int32Array;
  /** log π(token) of every sampled token under the temperature (before any nucleus), nats. Same length as `ids`. */
  readonly logprobs: Float32Array;
  readonly finish: FinishReason;
}

/** One prompt with the completion to be scored or trained on. */
export interface Sequence {
  readonly prompt: Int32Array;
  readonly response: Int32Array;
}

/** A sequence with everything the objective needs. */
export interface TrainingSequence extends Sequence {
  /** log π_old of every response token. Ignored by imitation. */
  readonly oldLogprobs: Float32Array;
  /** log π_ref of every response token; required when the KL coefficient is not 0. */
  readonly refLogprobs?: Float32Array;
  /** One advantage for all tokens of the response. For imitation: the weight of the sequence, usually 1. */
  readonly advantage: number;
}

/** Named numbers, averaged over the update. */
export type Metrics = Record<string, number>;

/** Text to ids and back. */
export interface Codec {
  encode(text: string): Int32Array;
  /** Ids of a prompt as the model reads it: of a chat model, the user's message and the beginning of the answer. */
  encodePrompt(text: string): Int32Array;
  decode(ids: ArrayLike<number>): string;
  /** Ids that end a completion. */
  readonly stopIds: readonly number[];
}

export interface Policy {
  readonly kind: string;
  readonly codec: Codec;
  /** Tokens that prompt and completion may have together; absent where there is no bound. */
  readonly maxTokens?: number;
  sample(requests: readonly SampleRequest[]): Promise<Completion[]>;
  close(): Promise<void>;
}

export interface GenerateOptions {
  readonly onToken?: (token: SampledToken) => void;
  /** Ends the completion early; what was sampled so far is the answer. */
  readonly signal?: AbortSignal;
}

/** A policy that can be asked for one completion at a time, many at once, and tells of every token. */
export interface GeneratingPolicy extends Policy {
  generate(
    request: SampleRequest & { readonly topLogprobs?: number },
    options?: GenerateOptions,
  ): Promise<Completion & { readonly aborted: boolean }>;
}

export interface UpdateOptions {
  readonly objective: Objective;
  /** The temperature the responses were sampled at: the loss is that of the same distribution. */
  readonly temperature: number;
  readonly optimizer: AdamwOptions;
}

/** A token sequence to be imitated. */
export interface Demonstration {
  readonly prompt: Int32Array;
  readonly response: Int32Array;
  /** Weight of every response token, and of every prompt token but the first (0: they are read, not learned). */
  readonly responseWeight: number;
  readonly promptWeight: number;
}

/** A policy with weights. */
export interface TrainablePolicy extends Policy {
  /** log π of every response token under softmax(logits / temperature), with the present or the reference weights. */
  logprobs(
    sequences: readonly Sequence[],
    temperature: number,
    weights?: 'current' | 'reference',
  ): Promise<Float32Array[]>;
  /**
   * One optimizer step on the whole batch.
   *
   * @throws NonFiniteUpdateError when loss or gradient is not finite; the weights are then unchanged
   */
  update(batch: readonly TrainingSequence[], options: UpdateOptions): Promise<Metrics>;
  /** One optimizer step on the weighted mean negative log-likelihood of the demonstrations. */
  imitate(batch: readonly Demonstration[], optimizer: AdamwOptions): Promise<Metrics>;
  /** Makes the present weights the reference policy. */
  freezeReference(): Promise<void>;
  /** Writes everything that decides further sampling and training into a folder, all or nothing. */
  save(folder: string, extra?: Readonly<Record<string, string>>): Promise<void>;
}

/** An update whose loss or gradient was not a finite number. */
export class NonFiniteUpdateError extends Error {
  readonly code = 'TURNWISE_NON_FINITE';
  override readonly name = 'NonFiniteUpdateError';
}
