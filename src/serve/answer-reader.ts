import { randomUUID } from 'node:crypto';
import type { ChatFormat, ChatToolCall } from './chat-format.ts';

/** What an answer was, when it is over. */
export interface Answer {
  readonly content: string;
  /** The end of the content that `push` did not tell. */
  readonly rest: string;
  readonly toolCalls: readonly ChatToolCall[];
}

/**
 * Tells content from tool calls in an answer that comes in pieces: content goes through until a tool call may have begun; from there on
 * everything waits for the end.
 */
export class AnswerReader {
  private readonly chat: ChatFormat | undefined;
  private text = '';
  private told = '';

  /** @param chat knows what tool calls look like; absent where there are no tools */
  constructor(chat: ChatFormat | undefined) {
    this.chat = chat;
  }

  /** Content that is certain now and was not before. */
  push(piece: string): string {
    this.text += piece;
    const { chat, text, told } = this;
    // White space before a tool call is no content.
    const certain = chat ? text.slice(0, chat.certainContent(text)).trimEnd() : text;
    this.told = certain.length > told.length ? certain : told;
    return this.told.slice(told.length);
  }

  end(): Answer {
    const { chat, text, told } = this;
    const parsed = chat?.parse(text);
    if (!parsed || parsed.toolCalls.length === 0)
      return { content: text, rest: text.slice(told.length), toolCalls: [] };
    const { content } = parsed;
    const toolCalls = parsed.toolCalls.map(
      (call): ChatToolCall => ({
        id: `call_${randomUUID().replaceAll('-', '')}`,
        type: 'function',
        function: { ...call },
      }),
    );
    // What was told cannot be taken back.
    if (!content.startsWith(told)) return { content: told, rest: '', toolCalls };
    return { content, rest: content.slice(told.length), toolCalls };
  }
}
