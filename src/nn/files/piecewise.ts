import { BYTE_CHARACTERS } from './byte-alphabet.ts';
import { compilePattern } from './tokenizers-library.ts';

/**
 * Byte-level BPE as Qwen2 does it works piece by piece: a regular expression cuts the text, and the ids of a piece depend on
 * nothing outside it. So they can be remembered. This file decides whether a tokenizer is of that kind.
 */

/** The parts of tokenizer.json that decide. */
export interface TokenizerJson {
  readonly normalizer?: { readonly type: string } | null;
  readonly pre_tokenizer?: PreTokenizerJson | null;
  readonly decoder?: { readonly type: string } | null;
  readonly added_tokens?: readonly AddedTokenJson[];
  readonly model: {
    readonly type?: string;
    readonly vocab: Readonly<Record<string, number>>;
    readonly continuing_subword_prefix?: string | null;
    readonly end_of_word_suffix?: string | null;
  };
}

export interface AddedTokenJson {
  readonly id: number;
  readonly content: string;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly normalized?: boolean;
  readonly special?: boolean;
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
  /** Text is brought to normal form C first. */
  readonly nfc: boolean;
  /** Matches the added tokens, which are cut out before everything else; undefined where there are none. */
  readonly added: RegExp | undefined;
}

/** How to cut texts, or undefined where ids of a piece may depend on its surroundings. */
export function piecewise(json: TokenizerJson, config: Readonly<Record<string, unknown>>): Piecewise | undefined {
  const { model, normalizer, added_tokens = [] } = json;
  if (model.type !== 'BPE' || model.continuing_subword_prefix || model.end_of_word_suffix) return undefined;
  if (!BYTE_CHARACTERS.every((c) => Object.hasOwn(model.vocab, c))) return undefined;
  if (normalizer != null && normalizer.type !== 'NFC') return undefined;
  if (config['remove_space'] || config['do_lowercase_and_remove_accent']) return undefined;
  if (added_tokens.some((t) => t.single_word || t.lstrip || t.rstrip || (t.normalized ?? !t.special))) return undefined;
  const pattern = splitPattern(json.pre_tokenizer);
  if (pattern === undefined) return undefined;
  const added = added_tokens.length === 0 ? undefined : anyOf(added_tokens.map((t) => t.content));
  return { pattern, nfc: normalizer != null, added };
}

/** Cuts out whatever `pattern` matches: [text, match, text, match, …, text]; the texts may be empty. */
export function cutOut(text: string, pattern: RegExp): string[] {
  const parts: string[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    parts.push(text.slice(at, match.index), match[0]);
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return parts;
}

/** A pattern that matches exactly one of the texts. */
export function anyOf(texts: readonly string[]): RegExp {
  const longestFirst = [...texts].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((t) => t.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'gu');
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
