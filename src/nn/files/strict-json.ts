/**
 * JSON for data that must not be ambiguous: a key that occurs twice in an object is refused, where JSON.parse would silently
 * keep the last. Objects come back as Maps, so no key can touch a prototype.
 */
export type StrictJson = null | boolean | number | string | StrictJson[] | Map<string, StrictJson>;

/** The text is not the JSON it must be; `at` is the index of the character where that shows. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError';
  readonly at: number;

  constructor(problem: string, at: number) {
    super(`${problem} at character ${at}`);
    this.at = at;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;

/**
 * @param maxDepth deepest nesting of objects and lists
 * @throws StrictJsonError on syntax errors, repeated keys and deeper nesting
 */
export function parseStrictJson(text: string, maxDepth = 16): StrictJson {
  const reader = new Reader(text, maxDepth);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  private readonly text: string;
  private readonly maxDepth: number;
  private at = 0;

  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  value(depth: number): StrictJson {
    if (depth > this.maxDepth) throw new StrictJsonError(`nesting deeper than ${this.maxDepth}`, this.at);
    this.skipSpace();
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.list(depth);
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return Number(this.match(NUMBER, 'a value'));
    }
  }

  end(): void {
    this.skipSpace();
    if (this.at < this.text.length) throw new StrictJsonError('more text after the value', this.at);
  }

  private object(depth: number): Map<string, StrictJson> {
    const entries = new Map<string, StrictJson>();
    this.at++;
    if (this.skip('}')) return entries;
    do {
      this.skipSpace();
      const start = this.at;
      const key = this.string();
      if (entries.has(key)) throw new StrictJsonError(`the key ${JSON.stringify(key)} occurs twice`, start);
      if (!this.skip(':')) throw new StrictJsonError('expected ":"', this.at);
      entries.set(key, this.value(depth + 1));
    } while (this.skip(','));
    if (!this.skip('}')) throw new StrictJsonError('expected "," or "}"', this.at);
    return entries;
  }

  private list(depth: number): StrictJson[] {
    const items: StrictJson[] = [];
    this.at++;
    if (this.skip(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.skip(','));
    if (!this.skip(']')) throw new StrictJsonError('expected "," or "]"', this.at);
    return items;
  }

  private string(): string {
    const start = this.at;
    if (this.text[start] !== '"') throw new StrictJsonError('expected a string', start);
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    this.at = end + 1;
    try {
      return JSON.parse(this.text.slice(start, this.at));
    } catch {
      throw new StrictJsonError('a malformed string', start);
    }
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw new StrictJsonError('expected a value', this.at);
    this.at += word.length;
    return value;
  }

  /** Steps over `mark`, and the space before it, if it comes next. */
  private skip(mark: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  private skipSpace(): void {
    SPACE.lastIndex = this.at;
    SPACE.test(this.text);
    this.at = SPACE.lastIndex;
  }

  private match(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) throw new StrictJsonError(`expected ${what}`, this.at);
    this.at = pattern.lastIndex;
    return found[0];
  }
}
