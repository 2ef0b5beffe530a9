/** Ids that are decoded together at most; what came before them is settled. */
const WINDOW = 64;
/** Ids that remain of a full window: many more than a character has bytes, since some ids have no text. */
const KEPT = 32;
const REPLACEMENT = '\ufffd';

/**
 * The text of tokens that come one by one. A character whose bytes are spread over several tokens is told when its last byte is
 * there; put together, the pieces are the text of all tokens decoded at once.
 */
export class TokenText {
  private readonly decode: (ids: readonly number[]) => string;
  private window: number[] = [];
  /** UTF-16 units of the window's text that were told. */
  private told = 0;

  constructor(decode: (ids: readonly number[]) => string) {
    this.decode = decode;
  }

  /** What is certain of the text now and was not before. */
  push(id: number): string {
    this.window.push(id);
    const text = this.decode(this.window);
    const settled = settledLength(text);
    const piece = text.slice(this.told, settled);
    this.told = Math.max(this.told, settled);
    if (this.window.length > WINDOW) {
      this.window = this.window.slice(-KEPT);
      this.told = settledLength(this.decode(this.window));
    }
    return piece;
  }

  /** The rest: bytes that never became a character. */
  end(): string {
    const text = this.decode(this.window);
    const piece = text.slice(this.told);
    this.told = text.length;
    return piece;
  }
}

/** A character whose bytes are not all there is one replacement character, at the end. */
function settledLength(text: string): number {
  return text.endsWith(REPLACEMENT) ? text.length - 1 : text.length;
}
