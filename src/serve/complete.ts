import { TokenText } from '../nn/files/token-text.ts';
import type { SampledToken } from '../policies/policy.ts';
import type { ServedModel } from './served-model.ts';
import { StopStrings } from './stop-strings.ts';

/** One completion that is wanted. */
export interface CompletionTask {
  /** Prompt token ids, at least one. */
  readonly prompt: Int32Array;
  /** At most this many tokens, one that ends the text included. */
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  /** 32-bit seed of this completion's own random stream. */
  readonly seed: number;
  /** The text ends before the first of these strings. */
  readonly stop: readonly string[];
  /** So many of the likeliest tokens are named for every token; 0: none. */
  readonly topLogprobs: number;
}

/** A token that has a part in the text. */
export interface TextToken extends SampledToken {
  /** Where its text begins in the completion's text, UTF-16 units. */
  readonly offset: number;
}

/** What has become certain of a completion. */
export interface Piece {
  readonly text: string;
  /** The tokens that begin in the text told so far, each once. */
  readonly tokens: readonly TextToken[];
  /** Ids sampled since the last piece. */
  readonly ids: readonly number[];
}

export interface FinishedCompletion {
  readonly text: string;
  readonly tokens: readonly TextToken[];
  /** All sampled ids: the one that ended the text, or the last of the stop string, included. */
  readonly ids: readonly number[];
  /** `cancelled`: the signal was raised before it was over. */
  readonly finish: 'stop' | 'length' | 'cancelled';
}

/**
 * Samples one completion, beside whatever else is sampled. Put together, the pieces are the finished completion.
 *
 * @param onPiece called when there is more text, and once at the end with what is left
 */
export async function complete(
  model: ServedModel,
  task: CompletionTask,
  signal: AbortSignal,
  onPiece: (piece: Piece) => void = () => {},
): Promise<FinishedCompletion> {
  const enough = new AbortController();
  const reader = new CompletionReader(model, task.stop, onPiece);
  const { stop: _, ...request } = task;
  const { finish, aborted } = await model.policy.generate(request, {
    onToken: (token) => {
      reader.push(token);
      if (reader.stopped) enough.abort();
    },
    signal: AbortSignal.any([signal, enough.signal]),
  });
  const { text, tokens, ids } = reader.end();
  return { text, tokens, ids, finish: reader.stopped ? 'stop' : aborted ? 'cancelled' : finish };
}

/** Makes text of tokens, up to a stop string. */
class CompletionReader {
  private readonly model: ServedModel;
  private readonly stopIds: ReadonlySet<number>;
  private readonly onPiece: (piece: Piece) => void;
  private readonly decoder: TokenText;
  private readonly stops: StopStrings;
  private readonly whole = { text: '', tokens: [] as TextToken[], ids: [] as number[] };
  private waitingTokens: TextToken[] = [];
  private waitingIds: number[] = [];
  /** UTF-16 units of text the tokens so far have, held back or not. */
  private position = 0;

  constructor(model: ServedModel, stop: readonly string[], onPiece: (piece: Piece) => void) {
    const { codec } = model.policy;
    this.model = model;
    this.stopIds = new Set(codec.stopIds);
    this.onPiece = onPiece;
    this.decoder = new TokenText((ids) => codec.decode(ids));
    this.stops = new StopStrings(stop);
  }

  /** Whether a stop string was found. */
  get stopped(): boolean {
    return this.stops.found !== undefined;
  }

  push(token: SampledToken): void {
    // Tokens that were under way when the stop string was found.
    if (this.stopped) return;
    this.waitingIds.push(token.id);
    if (this.stopIds.has(token.id)) return;
    this.waitingTokens.push({ ...token, offset: this.position });
    if (this.model.special.has(token.id)) return;
    const text = this.decoder.push(token.id);
    this.position += text.length;
    const certain = this.stops.push(text);
    if (certain !== '') this.tell(certain, false);
  }

  end(): { text: string; tokens: readonly TextToken[]; ids: readonly number[] } {
    const rest = this.stopped ? '' : this.stops.push(this.decoder.end()) + this.stops.end();
    this.tell(rest, true);
    return this.whole;
  }

  private tell(text: string, last: boolean): void {
    const { whole } = this;
    whole.text += text;
    const all = last && !this.stopped;
    const tokens = this.waitingTokens.filter((t) => all || t.offset < whole.text.length);
    const ids = this.waitingIds;
    this.waitingTokens = this.waitingTokens.slice(tokens.length);
    this.waitingIds = [];
    whole.tokens.push(...tokens);
    whole.ids.push(...ids);
    if (text !== '' || tokens.length > 0 || ids.length > 0) this.onPiece({ text, tokens, ids });
  }
}
