import { anyOf } from './added-tokens.ts';
import type { ChatMessage, ChatOptions, ChatTemplate } from './chat-template.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface EncodeChatOptions extends ChatOptions {
  /** Special tokens written out in messages, tools and variables are plain text. Default false. */
  readonly escapeSpecialTokens?: boolean;
}

/** Characters for private use, around what is to be plain text. */
const START = '\u{f0000}';
const END = '\u{f0001}';

/**
 * Token ids of a conversation: what `apply_chat_template` of transformers gives.
 *
 * A special token written out in a message becomes that token, as it does with transformers and vLLM: whoever writes
 * `<|im_end|>` into a text the model reads, a web page or a tool's answer, can end that message and begin another in any role.
 * With `escapeSpecialTokens` only the template writes special tokens; those of the conversation, and added tokens that the
 * template uses as marks (`<tool_call>`, `<think>`), become the tokens of their characters. This is `sanitize_control_tokens` of
 * transformers 5.23, to the id. It holds for answers of the assistant too, so a model's own `<tool_call>` or `<think>` in
 * `content` becomes plain text: give these as `tool_calls` and `reasoning_content`. It does not hold for names of fields in
 * tools and arguments, nor for tokens that a template puts together from pieces of a message.
 *
 * @throws what `ChatTemplate.render` throws; CheckpointError when special tokens cannot be escaped with such a tokenizer
 */
export function encodeChat(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: EncodeChatOptions = {},
): Int32Array {
  if (!options.escapeSpecialTokens) return tokenizer.encode(template.render(messages, options));
  const literals = template.literals(options).join('\0');
  const controls = tokenizer.addedTokens
    .filter(({ content, special }) => special || (content.trim() !== '' && literals.includes(content)))
    .map(({ content }) => content);
  if (controls.length === 0) return tokenizer.encode(template.render(messages, options));
  const control = anyOf(controls);
  // Marks that are there already go, so that nobody can forge one.
  const mark = (text: string): string => text.replace(MARKS, '').replace(control, `${START}$&${END}`);
  return encodeMarked(tokenizer, template.renderWith(messages, options, mark), control);
}

const MARKS = new RegExp(`[${START}${END}]`, 'gu');

/** Ids of a text in which what is between marks is plain text. */
function encodeMarked(tokenizer: Tokenizer, text: string, control: RegExp): Int32Array {
  const marked = new RegExp(`${START}(${control.source})${END}|[${START}${END}]`, 'u');
  // Text and what was marked in turn; undefined where a template has cut the marks apart.
  const pieces = text.split(marked) as (string | undefined)[];
  const parts = pieces.map((piece = '', i) => (i % 2 === 0 ? tokenizer.encode(piece) : plain(tokenizer, piece)));
  const ids = new Int32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    ids.set(part, at);
    at += part.length;
  }
  return ids;
}

/** Ids of a special token as plain text. */
function plain(tokenizer: Tokenizer, token: string): Int32Array {
  const ids = tokenizer.encodePlain(token);
  if (token !== '' && ids.includes(tokenizer.idOf(token))) {
    throw new RangeError(
      `${JSON.stringify(token)} cannot be plain text: the tokenizer makes the token of its characters.`,
    );
  }
  return ids;
}
