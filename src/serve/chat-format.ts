/** A message of a conversation, as OpenAI has it; the content's parts are joined. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string | null;
  readonly name?: string;
  /** What the model thought before it answered, for templates that show it. */
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly ChatToolCall[];
  readonly tool_call_id?: string;
}

/** A call of a tool; `arguments` is JSON. */
export interface ChatToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

/** A tool the model may call. */
export interface ChatTool {
  readonly type: 'function';
  readonly function: {
    readonly name: string;
    readonly description?: string;
    /** JSON schema. */
    readonly parameters?: Readonly<Record<string, unknown>>;
  };
}

export interface EncodeOptions {
  readonly tools?: readonly ChatTool[];
  /** Further variables of the template: `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** A completion with its tool calls taken out. */
export interface ParsedAnswer {
  readonly content: string;
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[];
}

/** How a model writes conversations. */
export interface ChatFormat {
  /**
   * The prompt for the assistant's next message.
   *
   * @throws ApiError 400 when the template does not take the messages
   */
  encode(messages: readonly ChatMessage[], options: EncodeOptions): Int32Array;
  /** Finds the tool calls of a completion. */
  parse(text: string): ParsedAnswer;
  /**
   * UTF-16 units at the beginning of an unfinished answer that are content, whatever comes: no tool call may have begun in them.
   */
  certainContent(answer: string): number;
}
