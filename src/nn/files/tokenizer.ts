import { join } from 'node:path';
import { TextDecoder } from 'node:util';
import { fromByteCharacters, toByteCharacters } from './byte-alphabet.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { parseJsonObject, readModelFile } from './model-file.ts';
import { cutOut, type Piecewise, piecewise, type TokenizerJson } from './piecewise.ts';
import { type LibraryTokenizer, openWithLibrary } from './tokenizers-library.ts';

/** The texts of the two files that make a tokenizer. */
export interface TokenizerFiles {
  /** `tokenizer.json` */
  readonly json: string;
  /** `tokenizer_config.json` */
  readonly config: string;
}

/** Pieces whose ids are remembered; beyond that the memory starts over. */
const REMEMBERED = 1 << 16;

/**
 * A Hugging Face tokenizer. Encoding gives what the `tokenizers` library gives; for byte-level BPE as Qwen2 does it the ids of
 * every piece of text are remembered, which makes it many times faster.
 */
export class Tokenizer {
  /** The files as they were read, to be written beside a model's weights. */
  readonly files: TokenizerFiles;
  /** One more than the largest id. */
  readonly vocabSize: number;
  private readonly file: string;
  private readonly library: LibraryTokenizer;
  private readonly ids: ReadonlyMap<string, number>;
  private readonly cut: Piecewise | undefined;
  private readonly pieces = new Map<string, readonly number[]>();
  /** By id; only for byte-level tokenizers. */
  private readonly tokens: readonly (TokenBytes | undefined)[] | undefined;
  private buffer = new Int32Array(1024);

  /**
   * @param folder where the files come from, for messages
   * @throws CheckpointError when the files are no tokenizer
   */
  constructor(files: TokenizerFiles, folder: string) {
    this.files = files;
    this.file = join(folder, 'tokenizer.json');
    const json = parseJsonObject(files.json, this.file);
    const config = parseJsonObject(files.config, join(folder, 'tokenizer_config.json'));
    try {
      this.library = openWithLibrary(json, config);
      // The library lists ids that no token has as well, without a name.
      this.ids = new Map([...this.library.get_vocab()].filter((e): e is [string, number] => e[0] !== undefined));
    } catch (error) {
      const problem = `it describes no tokenizer that is supported (${(error as Error).message}).`;
      throw new CheckpointError(problem, { file: this.file }, { cause: error });
    }
    const checked = json as unknown as TokenizerJson;
    this.vocabSize = [...this.ids.values()].reduce((max, id) => Math.max(max, id + 1), 0);
    this.cut = piecewise(checked, config);
    const added = new Set(checked.added_tokens?.map((t) => t.content));
    this.tokens = checked.decoder?.type === 'ByteLevel' ? tokenBytes(this.ids, added) : undefined;
  }

  /** Token ids of a text. No special tokens are added; those written out in the text become their ids. */
  encode(text: string): Int32Array {
    if (this.cut === undefined) return this.encodeByLibrary(text);
    const { added } = this.cut;
    const parts = added === undefined || text.search(added) < 0 ? [text] : cutOut(text, added);
    let length = 0;
    for (let i = 0; i < parts.length; i += 2) {
      length = this.append(parts[i], this.cut, length);
      if (i + 1 < parts.length) {
        this.reserve(length + 1);
        this.buffer[length++] = this.idOf(parts[i + 1]);
      }
    }
    return this.buffer.slice(0, length);
  }

  /**
   * The text of token ids, special tokens written out. Bytes that are no UTF-8 become U+FFFD; ids without a token (models often
   * have a few more rows than their tokenizer has tokens) have no text.
   */
  decode(ids: ArrayLike<number>): string {
    if (ids.length === 0) return '';
    if (this.tokens === undefined) {
      return this.library.decode(Array.from(ids), { clean_up_tokenization_spaces: false });
    }
    let text = '';
    for (let i = 0; i < ids.length; i++) {
      const token = this.tokens[ids[i]];
      if (token === undefined) continue;
      if (token.text === undefined) return decodeBytes(ids, this.tokens);
      text += token.text;
    }
    return text;
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

  /** Appends the ids of a text without added tokens to the buffer; returns the new length. */
  private append(text: string, cut: Piecewise, start: number): number {
    const normal = cut.nfc ? text.normalize('NFC') : text;
    let length = start;
    for (const piece of normal.match(cut.pattern) ?? []) {
      const ids = this.pieces.get(piece) ?? this.learn(piece);
      this.reserve(length + ids.length);
      for (let i = 0; i < ids.length; i++) this.buffer[length++] = ids[i];
    }
    return length;
  }

  private learn(piece: string): readonly number[] {
    const characters = toByteCharacters(piece);
    const tokens = this.library.model.encode([characters]);
    if (tokens.join('') !== characters) {
      throw new CheckpointError(`its merges make tokens of ${JSON.stringify(piece)} that the vocabulary lacks.`, {
        file: this.file,
      });
    }
    const ids = tokens.map((token) => this.ids.get(token)!);
    if (this.pieces.size >= REMEMBERED) this.pieces.clear();
    this.pieces.set(piece, ids);
    return ids;
  }

  private reserve(length: number): void {
    if (length <= this.buffer.length) return;
    const larger = new Int32Array(2 * length);
    larger.set(this.buffer);
    this.buffer = larger;
  }

  private encodeByLibrary(text: string): Int32Array {
    const { ids, tokens } = this.library.encode(text, { add_special_tokens: false });
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

/** What a token stands for. */
interface TokenBytes {
  readonly bytes: Uint8Array;
  /** Present where the bytes are whole characters. */
  readonly text: string | undefined;
}

function tokenBytes(ids: ReadonlyMap<string, number>, added: ReadonlySet<string>): (TokenBytes | undefined)[] {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const tokens: (TokenBytes | undefined)[] = [];
  for (const [token, id] of ids) {
    const bytes = added.has(token) ? undefined : fromByteCharacters(token);
    tokens[id] =
      bytes === undefined
        ? { bytes: new TextEncoder().encode(token), text: token }
        : { bytes, text: decoded(bytes, strict) };
  }
  return tokens;
}

function decoded(bytes: Uint8Array, decoder: TextDecoder): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function decodeBytes(ids: ArrayLike<number>, tokens: readonly (TokenBytes | undefined)[]): string {
  const parts = Array.from(ids, (id) => tokens[id]?.bytes ?? new Uint8Array());
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(parts));
}
