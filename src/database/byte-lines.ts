/** Bytes of a line, at most; a longer one is skipped. A JavaScript text can have twice as many. */
export const LONGEST_LINE = 2 ** 28;

/** One line as it came. */
export interface ByteLine {
  /** Counted from 1. */
  readonly number: number;
  /** Without the line feed; undefined where it was longer than allowed. */
  readonly bytes: Buffer | undefined;
}

/** Cuts chunks of bytes into lines. Nothing is copied but the line that spans two chunks. */
export class ByteLines {
  private readonly longest: number;
  private rest: Buffer[] = [];
  private restLength = 0;
  private skipping = false;
  private number: number;

  /** @param before lines that came before, which are not counted again */
  constructor({ longest = LONGEST_LINE, before = 0 }: { readonly longest?: number; readonly before?: number } = {}) {
    this.longest = longest;
    this.number = before;
  }

  /** Lines that ended. */
  get count(): number {
    return this.number;
  }

  /** The lines that end in this chunk. */
  *push(chunk: Buffer): Generator<ByteLine> {
    let from = 0;
    for (let to = chunk.indexOf(10); to >= 0; to = chunk.indexOf(10, from)) {
      yield this.line(chunk.subarray(from, to));
      from = to + 1;
    }
    if (from < chunk.length) this.keep(chunk.subarray(from));
  }

  /** What no line feed ended, if there is something. */
  end(): ByteLine | undefined {
    return this.restLength > 0 || this.skipping ? this.line(Buffer.alloc(0)) : undefined;
  }

  private keep(part: Buffer): void {
    if (this.skipping) return;
    this.rest.push(part);
    this.restLength += part.length;
    if (this.restLength > this.longest) {
      this.skipping = true;
      this.rest = [];
      this.restLength = 0;
    }
  }

  private line(tail: Buffer): ByteLine {
    if (this.restLength > 0 || this.skipping) this.keep(tail);
    const bytes = this.skipping ? undefined : this.restLength > 0 ? Buffer.concat(this.rest) : tail;
    this.rest = [];
    this.restLength = 0;
    this.skipping = false;
    this.number++;
    return { number: this.number, bytes: bytes !== undefined && bytes.length > this.longest ? undefined : bytes };
  }
}
