import { type AddedTokenJson, AddedTokens } from './added-tokens.ts';
import { BYTE_CHARACTERS } from './byte-alphabet.ts';
import type { BytePairModel } from './byte-pairs.ts';
import { normalFormC } from './normal-form.ts';
import { compilePattern } from './tokenizers-library.ts';

/**
 * Byte-level BPE as Qwen2 and Llama 3 do it works piece by piece: a regular expression cuts the text, and the ids of a piece
 * depend on nothing outside it. So they can be remembered. This file decides whether a tokenizer is of that kind.
 */

/** The parts of tokenizer.json that decide. */
export interface TokenizerJson {
  readonly normalizer?: { readonly type: string } | null;
  readonly pre_tokenizer?: PreTokenizerJson | null;
  readonly decoder?: { readonly type: string } | null;
  readonly added_tokens?: readonly AddedTokenJson[];
  readonly model: BytePairModel & {
    readonly type?: string;
    readonly continuing_subword_prefix?: string | null;
    readonly end_of_word_suffix?: string | null;
  };
}

interface PreTokenizerJson {
  readonly type: string;
  readonly pretokenizers?: readonly PreTokenizerJson[];
  readonly pattern?: { readonly Regex?: string; readonly String?: string };
  readonly behavior?: string;
  readonly invert?: boolean;
  readonly add_prefix_space?: boolean;
  readonly use_regex?: boolean;
}

/** How a piecewise tokenizer cuts a text. */
export interface Piecewise {
  /** Every match is a piece; global. */
  readonly pattern: RegExp;
  /** Added tokens to look for in the text as it is; undefined where there are none. */
  readonly added: AddedTokens | undefined;
  /** What is left is brought to normal form C. */
  readonly nfc: boolean;
  /** Added tokens to look for in what is then left; undefined where there are none. */
  readonly addedToNormal: AddedTokens | undefined;
}

/** How to cut texts, or undefined where ids of a piece may depend on its surroundings. */
export function piecewise(json: TokenizerJson, config: Readonly<Record<string, unknown>>): Piecewise | undefined {
  const { model, normalizer } = json;
  if (model.type !== 'BPE' || model.continuing_subword_prefix || model.end_of_word_suffix) return undefined;
  if (!BYTE_CHARACTERS.every((c) => Object.hasOwn(model.vocab, c))) return undefined;
  if (normalizer != null && normalizer.type !== 'NFC') return undefined;
  if (json.decoder?.type !== 'ByteLevel') return undefined;
  if (config['remove_space'] || config['do_lowercase_and_remove_accent']) return undefined;
  const pattern = splitPattern(json.pre_tokenizer);
  if (pattern === undefined) return undefined;
  const nfc = normalizer != null;
  const [raw, normal] = [false, true].map((normalized) =>
    (json.added_tokens ?? []).filter((t) => t.content !== '' && (t.normalized ?? !t.special) === normalized),
  );
  const inNormalForm = nfc ? normal.map((t) => ({ ...t, content: normalFormC(t.content) })) : normal;
  return { pattern, added: finder(raw), nfc, addedToNormal: finder(inNormalForm) };
}

function finder(tokens: readonly AddedTokenJson[]): AddedTokens | undefined {
  return tokens.length === 0 ? undefined : new AddedTokens(tokens);
}

function splitPattern(pre: PreTokenizerJson | null | undefined): RegExp | undefined {
  if (pre?.type !== 'Sequence' || pre.pretokenizers?.length !== 2) return undefined;
  const [split, bytes] = pre.pretokenizers;
  if (split.type !== 'Split' || split.behavior !== 'Isolated' || split.invert || split.pattern?.Regex === undefined) {
    return undefined;
  }
  if (bytes.type !== 'ByteLevel' || bytes.add_prefix_space || bytes.use_regex !== false) return undefined;
  return compilePattern(split.pattern.Regex);
}
