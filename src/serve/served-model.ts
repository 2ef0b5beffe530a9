import type { GeneratingPolicy } from '../policies/policy.ts';
import type { ChatFormat } from './chat-format.ts';

/** A model as it is offered to clients. */
export interface ServedModel {
  /** What clients call it. */
  readonly name: string;
  readonly policy: GeneratingPolicy;
  /** Tokens that prompt and completion may have together. */
  readonly positions: number;
  /** Token ids are smaller than this. */
  readonly vocabSize: number;
  /** Ids of special tokens, which are left out of the text of a completion. */
  readonly special: ReadonlySet<number>;
  /** How messages become a prompt; absent where the model has no chat template. */
  readonly chat?: ChatFormat;
  /** Sampling settings of requests that name none. */
  readonly defaults: { readonly temperature: number; readonly topP: number };
}
