import * as tokenizers from '@huggingface/tokenizers';

// The package's type declarations import each other without file endings, which Node's module resolution does not
// follow; these are the parts that are used here.

export interface LibraryTokenizer {
  readonly model: { encode(pieces: readonly string[]): string[] };
  encode(text: string, options: { add_special_tokens: boolean }): { ids: (number | undefined)[]; tokens: string[] };
  decode(ids: readonly number[], options: { clean_up_tokenization_spaces: boolean }): string;
  get_vocab(): Map<string | undefined, number>;
}

interface Exports {
  readonly Tokenizer: new (json: object, config: object) => LibraryTokenizer;
  readonly SplitPreTokenizer: new (config: object) => { readonly pattern: RegExp | null };
}

const library = tokenizers as unknown as Exports;

/** Opens a tokenizer with the library; throws plain errors when the files do not describe one. */
export function openWithLibrary(json: object, config: object): LibraryTokenizer {
  const optional = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };
  return new library.Tokenizer({ ...optional, ...json }, config);
}

/** A pattern in the syntax of tokenizer.json (Oniguruma) as a global regular expression. */
export function compilePattern(regex: string): RegExp {
  const config = { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false };
  const { pattern } = new library.SplitPreTokenizer(config);
  if (pattern === null) throw new SyntaxError(`not a pattern: ${regex}`);
  return regex.includes('(?i:') ? new RegExp(withFoldedLetters(pattern.source), pattern.flags) : pattern;
}

/** Where case does not matter, Oniguruma takes the long s for an s and the sign of kelvin for a k; the library does not. */
function withFoldedLetters(source: string): string {
  return source.replaceAll('[sS]', '[sS\\u017f]').replaceAll('[kK]', '[kK\\u212a]');
}
