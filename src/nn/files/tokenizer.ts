import { join } from 'node:path';
import { TextDecoder } from 'node:util';
import type { AddedTokenJson } from './added-tokens.ts';
import { fromByteCharacters } from './byte-alphabet.ts';
import { BytePairs } from './byte-pairs.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { parseJsonObject, readModelFile } from './model-file.ts';
import { normalFormC } from './normal-form.ts';
import { type Piecewise, piecewise, type TokenizerJson } from './piecewise.ts';
import { type LibraryTokenizer, openWithLibrary } from './tokenizers-library.ts';

/** The texts of the two files that make a tokenizer. */
export interface TokenizerFiles {
  /** `tokenizer.json` */
  readonly json: string;
  /** `tokenizer_config.json` */
  readonly config: string;
}

/** A token that stands for a text as a whole, such as `<|im_end|>` or `<tool_call>`. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** It is a mark, no text. */
  readonly special: boolean;
}

/** Pieces whose ids are remembered; beyond that the memory starts over. */
const REMEMBERED = 1 << 16;

/** Longest piece that is remembered, UTF-16 units. */
const LONGEST_REMEMBERED = 64;

/**
 * A Hugging Face tokenizer. Encoding gives what the `tokenizers` library gives. For byte-level BPE as Qwen2 and Llama 3 do it
 * the ids of every piece of text are remembered, which makes it many times faster; other kinds go through the library's
 * JavaScript port.
 *
 * What is a letter or a digit follows the Unicode version of Node: a character that is in Unicode 17 only is a letter with
 * Node 20.20 and none with `tokenizers` 0.23, which has Unicode 16.
 */
export class Tokenizer {
  /** The files as they were read, to be written beside a model's weights. */
  readonly files: TokenizerFiles;
  /** One more than the largest id. */
  readonly vocabSize: number;
  /** What is cut out of a text before everything else. */
  readonly addedTokens: readonly AddedToken[];
  private readonly file: string;
  private readonly ids: ReadonlyMap<string, number>;
  /** One of the two is there. */
  private readonly byPieces: ByPieces | undefined;
  private readonly library: LibraryTokenizer | undefined;
  private readonly pieces = new Map<string, readonly number[]>();
  /** Only for byte-level tokenizers. */
  private readonly tokens: TokenTexts | undefined;
  private buffer = new Int32Array(1024);
  private length = 0;

  /**
   * @param folder where the files come from, for messages
   * @throws CheckpointError when the files are no tokenizer
   */
  constructor(files: TokenizerFiles, folder: string) {
    this.files = files;
    this.file = join(folder, 'tokenizer.json');
    const json = parseJsonObject(files.json, this.file) as unknown as TokenizerJson;
    const config = parseJsonObject(files.config, join(folder, 'tokenizer_config.json'));
    try {
      const cut = piecewise(json, config);
      if (cut === undefined) {
        this.library = openWithLibrary(json, config);
        // The library lists ids that no token has as well, without a name.
        this.ids = new Map([...this.library.get_vocab()].filter((e): e is [string, number] => e[0] !== undefined));
      } else {
        this.ids = allTokens(json);
        this.byPieces = { cut, pairs: new BytePairs(this.ids, json.model) };
      }
    } catch (error) {
      const problem = `it describes no tokenizer that is supported (${(error as Error).message}).`;
      throw new CheckpointError(problem, { file: this.file }, { cause: error });
    }
    const added = json.added_tokens ?? [];
    this.addedTokens = added.map(({ content, special = false }) => ({ id: this.ids.get(content)!, content, special }));
    this.vocabSize = 0;
    for (const id of this.ids.values()) if (id >= this.vocabSize) this.vocabSize = id + 1;
    this.tokens =
      json.decoder?.type === 'ByteLevel' ? new TokenTexts(this.ids, new Set(added.map((t) => t.content))) : undefined;
  }

  /** Token ids of a text. No special tokens are added; those written out in the text become their ids. */
  encode(text: string): Int32Array {
    if (this.byPieces === undefined) return this.encodeByLibrary(text);
    const { cut } = this.byPieces;
    this.length = 0;
    for (const part of cut.added?.cut(text) ?? [text]) {
      if (typeof part === 'number') {
        this.push(part);
        continue;
      }
      const normal = cut.nfc ? normalFormC(part) : part;
      for (const rest of cut.addedToNormal?.cut(normal) ?? [normal]) {
        if (typeof rest === 'number') this.push(rest);
        else this.append(rest, this.byPieces);
      }
    }
    return this.buffer.slice(0, this.length);
  }

  /**
   * Token ids of a text in which nothing but text is meant: a special token written out in it is a few characters like any
   * others.
   *
   * @throws CheckpointError when the tokenizer is no byte-level BPE as Qwen2 and Llama 3 have it
   */
  encodePlain(text: string): Int32Array {
    if (this.byPieces === undefined) {
      const problem = 'special tokens cannot be taken for plain text with a tokenizer of this kind.';
      throw new CheckpointError(`${problem} Byte-level BPE as of Qwen2 or Llama 3 can.`, { file: this.file });
    }
    this.length = 0;
    this.append(this.byPieces.cut.nfc ? normalFormC(text) : text, this.byPieces);
    return this.buffer.slice(0, this.length);
  }

  /**
   * The text of token ids, special tokens written out. Bytes that are no UTF-8 become U+FFFD; ids without a token (models often
   * have a few more rows than their tokenizer has tokens) have no text.
   */
  decode(ids: ArrayLike<number>): string {
    if (ids.length === 0) return '';
    if (this.tokens !== undefined) return this.tokens.decode(ids);
    return this.library!.decode(Array.from(ids), { clean_up_tokenization_spaces: false });
  }

  /** Id of a token, written as in the vocabulary (`<|endoftext|>`, `Ġthe`); undefined where it has none. */
  findId(token: string): number | undefined {
    return this.ids.get(token);
  }

  /**
   * Id of a token that is needed.
   *
   * @throws CheckpointError when the vocabulary lacks it
   */
  idOf(token: string): number {
    const id = this.ids.get(token);
    if (id === undefined) {
      throw new CheckpointError(
        `the vocabulary has no token ${JSON.stringify(token)}, which is needed here. Use the tokenizer the model was trained with.`,
        { file: this.file },
      );
    }
    return id;
  }

  /** Appends the ids of a normalized text without added tokens to the buffer. */
  private append(text: string, { cut, pairs }: ByPieces): void {
    for (const piece of text.match(cut.pattern) ?? []) {
      const ids = this.pieces.get(piece) ?? this.learn(piece, pairs);
      this.reserve(ids.length);
      for (let i = 0; i < ids.length; i++) this.buffer[this.length++] = ids[i];
    }
  }

  private learn(piece: string, pairs: BytePairs): readonly number[] {
    const ids = pairs.encode(piece);
    if (piece.length > LONGEST_REMEMBERED) return ids;
    if (this.pieces.size >= REMEMBERED) this.pieces.clear();
    this.pieces.set(piece, ids);
    return ids;
  }

  private push(id: number): void {
    this.reserve(1);
    this.buffer[this.length++] = id;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const larger = new Int32Array(2 * (this.length + more));
    larger.set(this.buffer);
    this.buffer = larger;
  }

  private encodeByLibrary(text: string): Int32Array {
    const { ids, tokens } = this.library!.encode(text, { add_special_tokens: false });
    return Int32Array.from(ids, (id, i) => {
      if (id !== undefined) return id;
      throw new CheckpointError(`the vocabulary has no token for ${JSON.stringify(tokens[i])}.`, { file: this.file });
    });
  }
}

/**
 * Reads `tokenizer.json` and `tokenizer_config.json` of a model folder.
 *
 * @throws CheckpointError when one is missing or they are no tokenizer
 */
export async function readTokenizer(folder: string): Promise<Tokenizer> {
  const json = await readModelFile(folder, 'tokenizer.json');
  const config = await readModelFile(folder, 'tokenizer_config.json');
  return new Tokenizer({ json, config }, folder);
}

/** How byte-level BPE encodes: cut, then merge inside every piece. */
interface ByPieces {
  readonly cut: Piecewise;
  readonly pairs: BytePairs;
}

/** Ids of the vocabulary and of the added tokens it lacks. */
function allTokens({ model, added_tokens: added = [] }: TokenizerJson): ReadonlyMap<string, number> {
  const ids = new Map(Object.entries(model.vocab));
  for (const { content, id } of added as readonly AddedTokenJson[]) if (!ids.has(content)) ids.set(content, id);
  for (const [token, id] of ids) {
    if (!Number.isInteger(id) || id < 0) throw new Error(`the id of ${JSON.stringify(token)} is ${id}`);
  }
  return ids;
}

/** What a token stands for. */
interface TokenText {
  readonly bytes: Uint8Array;
  /** Present where the bytes are whole characters. */
  readonly text: string | undefined;
}

/** What the tokens of a byte-level vocabulary stand for. */
class TokenTexts {
  private readonly names: string[] = [];
  private readonly added: ReadonlySet<string>;
  /** By id, as they are asked for. */
  private readonly known: TokenText[] = [];
  private readonly strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  private readonly lenient = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(ids: ReadonlyMap<string, number>, added: ReadonlySet<string>) {
    for (const [token, id] of ids) this.names[id] = token;
    this.added = added;
  }

  decode(ids: ArrayLike<number>): string {
    let text = '';
    for (let i = 0; i < ids.length; i++) {
      const token = this.at(ids[i]);
      if (token === undefined) continue;
      if (token.text === undefined) return this.decodeBytes(ids);
      text += token.text;
    }
    return text;
  }

  private decodeBytes(ids: ArrayLike<number>): string {
    return this.lenient.decode(Buffer.concat(Array.from(ids, (id) => this.at(id)?.bytes ?? new Uint8Array())));
  }

  /** Undefined for an id without a token. */
  private at(id: number): TokenText | undefined {
    const known = this.known[id];
    if (known !== undefined) return known;
    const name = this.names[id];
    if (name === undefined) return undefined;
    const bytes = this.added.has(name) ? undefined : fromByteCharacters(name);
    const token =
      bytes === undefined
        ? { bytes: new TextEncoder().encode(name), text: name }
        : { bytes, text: this.wholeCharacters(bytes) };
    this.known[id] = token;
    return token;
  }

  private wholeCharacters(bytes: Uint8Array): string | undefined {
    try {
      return this.strict.decode(bytes);
    } catch {
      return undefined;
    }
  }
}
