import { randomUUID } from 'node:crypto';
import type { ChatFormat, ChatToolCall } from './chat-format.ts';
import { StopStrings } from './stop-strings.ts';

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
  private readonly marks: StopStrings;
  private text = '';
  private told = '';
  /** White space that may turn out to stand before a tool call, and then is no content. */
  private space = '';

  /** @param chat knows what tool calls look like; absent where there are no tools */
  constructor(chat: ChatFormat | undefined) {
    this.chat = chat;
    this.marks = new StopStrings(chat?.toolCallMarks ?? []);
  }

  /** Content that is certain now and was not before. */
  push(piece: string): string {
    this.text += piece;
    if (!this.chat) {
      this.told += piece;
      return piece;
    }
    const open = this.space + this.marks.push(piece);
    const content = open.trimEnd();
    this.space = open.slice(content.length);
    this.told += content;
    return content;
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
