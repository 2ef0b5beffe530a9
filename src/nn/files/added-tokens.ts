/** A token of `added_tokens` in tokenizer.json: text that is one token wherever it stands, cut out before everything else. */
export interface AddedTokenJson {
  readonly id: number;
  readonly content: string;
  /** Only where no word character stands beside it. */
  readonly single_word?: boolean;
  /** White space before it belongs to it. */
  readonly lstrip?: boolean;
  /** White space after it belongs to it. */
  readonly rstrip?: boolean;
  /** It is looked for in normalized text; otherwise in the text as it is. Default: where it is not special. */
  readonly normalized?: boolean;
  /** It is no text but a mark, such as the end of a turn. */
  readonly special?: boolean;
}

/** Text, or the id of an added token. */
export type TextOrId = string | number;

const SPACE = /\p{White_Space}/u;
const WORD = String.raw`[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]`;
const WORD_AT_END = new RegExp(`${WORD}$`, 'u');
const WORD_AT_START = new RegExp(`^${WORD}`, 'u');

/** Finds added tokens as Hugging Face `tokenizers` does: of those that start leftmost the longest. */
export class AddedTokens {
  private readonly pattern: RegExp;
  private readonly byContent: ReadonlyMap<string, AddedTokenJson>;

  /** @param tokens at least one */
  constructor(tokens: readonly AddedTokenJson[]) {
    this.pattern = anyOf(tokens.map((t) => t.content));
    this.byContent = new Map(tokens.map((t) => [t.content, t]));
  }

  /** Cuts the tokens out of a text: text and ids in their order, without empty texts. */
  cut(text: string): TextOrId[] {
    if (text.search(this.pattern) < 0) return text === '' ? [] : [text];
    const parts: TextOrId[] = [];
    let at = 0;
    for (const { 0: content, index } of text.matchAll(this.pattern)) {
      const token = this.byContent.get(content)!;
      const end = index + content.length;
      if (token.single_word && touchesWord(text, index, end)) continue;
      const start = token.lstrip ? Math.max(at, spaceStart(text, index)) : index;
      if (start > at) parts.push(text.slice(at, start));
      parts.push(token.id);
      at = token.rstrip ? spaceEnd(text, end) : end;
    }
    if (at < text.length) parts.push(text.slice(at));
    return parts;
  }
}

function touchesWord(text: string, start: number, end: number): boolean {
  return WORD_AT_END.test(text.slice(Math.max(0, start - 2), start)) || WORD_AT_START.test(text.slice(end, end + 2));
}

/** Where the white space begins that ends at an index. */
function spaceStart(text: string, end: number): number {
  let start = end;
  while (start > 0 && SPACE.test(text[start - 1])) start--;
  return start;
}

/** Where the white space ends that begins at an index. */
function spaceEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && SPACE.test(text[end])) end++;
  return end;
}

/** A pattern that matches exactly one of the texts. */
export function anyOf(texts: readonly string[]): RegExp {
  const longestFirst = [...texts].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((t) => t.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'gu');
}
