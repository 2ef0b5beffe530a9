/**
 * The two files of a byte-level BPE tokenizer in the form Qwen2's have, which Hugging Face `tokenizers` and transformers open.
 * Normal form and pattern are Qwen2's own because transformers 5 takes those for every model of type qwen2, whatever the
 * files say.
 */

/** How Qwen2 cuts text into words before merging: every digit stands alone, a word takes the space before it. */
export const QWEN2_PATTERN = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

/** Ends a text, and fills batches. */
export const END_OF_TEXT = '<|endoftext|>';

/** The special tokens, in the order of their ids, which follow those of the other tokens. */
export const SPECIAL_TOKENS = [END_OF_TEXT, '<|im_start|>', '<|im_end|>'] as const;

/** A merge of two neighbouring tokens; its place in the list is its rank. */
export type Merge = readonly [left: string, right: string];

/** A special token and its id. */
export interface SpecialToken {
  readonly id: number;
  readonly content: string;
}

/** `tokenizer.json` */
export function formatTokenizer(
  vocabulary: Readonly<Record<string, number>>,
  merges: readonly Merge[],
  special: readonly SpecialToken[],
): string {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
  return `${JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map(({ id, content }) => ({ id, ...describe(content) })),
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: QWEN2_PATTERN }, behavior: 'Isolated', invert: false },
        byteLevel,
      ],
    },
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: vocabulary,
      merges: merges.map(([left, right]) => `${left} ${right}`),
    },
  })}\n`;
}

/** `tokenizer_config.json` */
export function formatTokenizerConfig(special: readonly SpecialToken[], maxLength: number): string {
  return `${JSON.stringify(
    {
      tokenizer_class: 'Qwen2Tokenizer',
      add_prefix_space: false,
      added_tokens_decoder: Object.fromEntries(special.map(({ id, content }) => [id, describe(content)])),
      additional_special_tokens: special.map((t) => t.content).filter((content) => content !== END_OF_TEXT),
      bos_token: null,
      clean_up_tokenization_spaces: false,
      eos_token: END_OF_TEXT,
      model_max_length: maxLength,
      pad_token: END_OF_TEXT,
      split_special_tokens: false,
      unk_token: null,
    },
    undefined,
    2,
  )}\n`;
}

function describe(content: string): Record<string, unknown> {
  return { content, lstrip: false, normalized: false, rstrip: false, single_word: false, special: true };
}
