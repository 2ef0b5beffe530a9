import { deriveSeed } from '../text/random.ts';
import type { ChatMessage } from './chat-format.ts';
import { complete, type FinishedCompletion } from './complete.ts';
import { fitPrompt, type TokenLimits } from './fit-prompt.ts';
import type { ServedModel } from './served-model.ts';

/** A conversation of one person with a model. A model without a chat template continues each text by itself. */
export class Conversation {
  private readonly model: ServedModel;
  private readonly limits: TokenLimits;
  private messages: ChatMessage[] = [];
  private answers = 0;
  /** What the model is told before everything. */
  system: string | undefined;
  temperature: number;
  /** Every answer draws from a stream of its own derived from this. */
  seed: number;

  constructor(model: ServedModel, seed: number, limits: TokenLimits = { truncatePrompts: false }) {
    this.model = model;
    this.limits = limits;
    this.seed = seed;
    this.temperature = model.defaults.temperature;
  }

  /** Forgets what was said; the system text stays. */
  reset(): void {
    this.messages = [];
    this.answers = 0;
  }

  /**
   * Answers a text. An answer that was stopped is remembered as far as it went.
   *
   * @param onText called with every piece of the answer
   * @throws ApiError when the conversation no longer fits; CheckpointError when the template refuses it; it is then as before
   */
  async ask(text: string, onText: (piece: string) => void, signal: AbortSignal): Promise<FinishedCompletion> {
    const messages: ChatMessage[] = [...this.messages, { role: 'user', content: text }];
    const fitted = fitPrompt(this.model, this.encode(messages, text), undefined, this.limits);
    const task = {
      prompt: fitted.prompt,
      maxTokens: fitted.maxTokens,
      temperature: this.temperature,
      topP: this.model.defaults.topP,
      seed: deriveSeed(this.seed, 'answer', this.answers),
      stop: [],
      topLogprobs: 0,
    };
    const finished = await complete(this.model, task, signal, (piece) => onText(piece.text));
    this.messages = [...messages, answered(finished.text)];
    this.answers++;
    return finished;
  }

  private encode(messages: readonly ChatMessage[], text: string): Int32Array {
    const { chat, policy } = this.model;
    if (!chat) return policy.codec.encode(text);
    const system: ChatMessage[] = this.system === undefined ? [] : [{ role: 'system', content: this.system }];
    return chat.encode([...system, ...messages], {});
  }
}

const THOUGHT = /^\s*(?:<think>)?([\s\S]*?)<\/think>\s*([\s\S]*)$/;

/** What the model thought aloud is given back to its template as such. */
function answered(text: string): ChatMessage {
  const thought = THOUGHT.exec(text);
  if (!thought) return { role: 'assistant', content: text };
  return { role: 'assistant', content: thought[2], reasoning_content: thought[1].trim() };
}
