import type { ChatTemplate } from '../nn/files/chat-template.ts';
import { CheckpointError } from '../nn/files/checkpoint-error.ts';
import { encodeChat } from '../nn/files/encode-chat.ts';
import type { Tokenizer } from '../nn/files/tokenizer.ts';
import { parseToolCalls, type ToolCallStyle } from '../text/tool-calls.ts';
import { badParameter } from './api-error.ts';
import type { ChatFormat, ChatMessage, EncodeOptions, ParsedAnswer } from './chat-format.ts';

export interface TemplateFormatOptions {
  /** Special tokens written out in a message become those tokens; otherwise they are plain text. */
  readonly trustSpecialTokens?: boolean;
}

/** Conversations as a model's own chat template writes them. */
export class TemplateFormat implements ChatFormat {
  private readonly tokenizer: Tokenizer;
  private readonly template: ChatTemplate;
  private readonly trust: boolean;
  private readonly style: ToolCallStyle | undefined;

  constructor(tokenizer: Tokenizer, template: ChatTemplate, options: TemplateFormatOptions = {}) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.trust = options.trustSpecialTokens ?? false;
    this.style = styleOf(template.literals({ tools: [] }).join('\0'));
  }

  /** @throws ApiError 400 when the template does not take the messages */
  encode(messages: readonly ChatMessage[], { tools, variables }: EncodeOptions): Int32Array {
    if (tools && !this.style) {
      throw badParameter('tools', 'tool calls as this model writes them are not supported.', 'unsupported_parameter');
    }
    try {
      return encodeChat(this.tokenizer, this.template, messages, {
        addGenerationPrompt: true,
        escapeSpecialTokens: !this.trust,
        ...(tools && { tools }),
        ...(variables && { variables }),
      });
    } catch (error) {
      // Where the file lies is none of the client's business.
      if (error instanceof CheckpointError)
        throw badParameter('messages', error.message.slice(`${error.file}: `.length));
      if (error instanceof RangeError) throw badParameter('messages', error.message);
      throw error;
    }
  }

  parse(answer: string): ParsedAnswer {
    const thought = thoughtLength(answer);
    if (!this.style) return { content: answer, toolCalls: [] };
    const { content, calls } = parseToolCalls(answer.slice(thought), this.style);
    if (calls.length === 0) return { content: answer, toolCalls: [] };
    return { content: (answer.slice(0, thought) + content).trimEnd(), toolCalls: calls };
  }

  certainContent(answer: string): number {
    const thought = thoughtLength(answer);
    const rest = answer.slice(thought);
    if (this.style === 'hermes') return thought + before(rest, '<tool_call>');
    if (this.style === 'llama3') return mayBeginLlamaCall(rest) ? thought : answer.length;
    return answer.length;
  }
}

/** How the model was taught to write calls, as its template tells. */
function styleOf(literals: string): ToolCallStyle | undefined {
  if (literals.includes('<function=')) return undefined;
  if (literals.includes('<tool_call>')) return 'hermes';
  return literals.includes('{"name":') && literals.includes('"parameters":') ? 'llama3' : undefined;
}

const PYTHON_TAG = '<|python_tag|>';

/** Llama's calls stand at the very beginning. */
function mayBeginLlamaCall(text: string): boolean {
  const start = text.trimStart();
  return start.startsWith('{') || start.startsWith(PYTHON_TAG) || PYTHON_TAG.startsWith(start);
}

const OPEN = '<think>';
const CLOSE = '</think>';

/** UTF-16 units of what the model only thought; calls in there do not count. */
function thoughtLength(answer: string): number {
  const end = answer.indexOf(CLOSE);
  if (end >= 0) return end + CLOSE.length;
  const start = answer.trimStart();
  return start.startsWith(OPEN) ? answer.length : 0;
}

/** Length of a text before a mark, or before what could become one. */
function before(text: string, mark: string): number {
  const at = text.indexOf(mark);
  if (at >= 0) return at;
  for (let n = Math.min(mark.length - 1, text.length); n > 0; n--) {
    if (text.endsWith(mark.slice(0, n))) return text.length - n;
  }
  return text.length;
}
