import { z } from 'zod';
import { badParameter } from './api-error.ts';
import type { ChatMessage, ChatTool } from './chat-format.ts';
import { MOST_LOGPROBS, samplingParameters, tokenCount } from './sampling-parameters.ts';

const textPart = z.strictObject({ type: z.literal('text', 'only parts of type text are supported'), text: z.string() });

const content = z.union([z.string(), z.array(textPart).min(1)], 'a string or a list of parts of type text');

/** Fields that clients send back as they got them, and that mean nothing here. */
const leftovers = {
  refusal: z.null().optional(),
  audio: z.null().optional(),
  function_call: z.null().optional(),
  annotations: z.array(z.unknown()).max(0).nullish(),
};

const toolCall = z.object({
  id: z.string(),
  type: z.literal('function').default('function'),
  function: z.strictObject({ name: z.string().min(1), arguments: z.string() }),
});

const message = z.discriminatedUnion(
  'role',
  [
    z.strictObject({ role: z.enum(['system', 'developer', 'user']), content, name: z.string().optional() }),
    z.strictObject({
      role: z.literal('assistant'),
      content: content.nullish(),
      name: z.string().optional(),
      reasoning_content: z.string().nullish(),
      tool_calls: z.array(toolCall).nullish(),
      ...leftovers,
    }),
    z.strictObject({ role: z.literal('tool'), content, tool_call_id: z.string(), name: z.string().optional() }),
  ],
  'must be system, developer, user, assistant or tool',
);

const tool = z.strictObject({
  type: z.literal('function', 'only tools of type function are supported'),
  function: z.strictObject({
    name: z.string().min(1).max(64),
    description: z.string().optional(),
    parameters: z.record(z.string(), z.unknown()).optional(),
    strict: z.literal(false, 'strict schemas are not supported: the model is not held to them').nullish(),
  }),
});

/** The body of `POST /v1/chat/completions`. */
export const chatParameters = z.strictObject({
  ...samplingParameters,
  messages: z.array(message).min(1),
  tools: z.array(tool).optional(),
  tool_choice: z
    .enum(['none', 'auto'], 'only none and auto are supported: the model is not forced to call a tool')
    .optional(),
  max_tokens: tokenCount.optional(),
  max_completion_tokens: tokenCount.optional(),
  logprobs: z.boolean().default(false),
  top_logprobs: z.int().min(0).max(MOST_LOGPROBS).optional(),
  chat_template_kwargs: z.record(z.string(), z.unknown()).optional(),
});

export type ChatParameters = z.infer<typeof chatParameters>;

/** Variables that the server gives the template itself. */
const OWN_VARIABLES = ['messages', 'tools', 'add_generation_prompt'];

/** @throws ApiError 400 for parameters that do not go together */
export function checkTogether(p: ChatParameters): void {
  if (p.stream_options && !p.stream) {
    throw badParameter('stream_options', '`stream_options` is for streams; set `stream` to true.');
  }
  if (p.top_logprobs && !p.logprobs) {
    throw badParameter('top_logprobs', '`top_logprobs` needs `logprobs` set to true.');
  }
  if (p.max_tokens !== undefined && p.max_completion_tokens !== undefined && p.max_tokens !== p.max_completion_tokens) {
    throw badParameter('max_tokens', '`max_tokens` and `max_completion_tokens` contradict each other. Send one.');
  }
  const own = OWN_VARIABLES.find((name) => Object.hasOwn(p.chat_template_kwargs ?? {}, name));
  if (own !== undefined) {
    throw badParameter(
      `chat_template_kwargs.${own}`,
      `\`${own}\` comes from the request itself and cannot be set here.`,
    );
  }
}

/** Messages with their parts joined; what OpenAI calls developer is the system to a template. */
export function messagesOf(p: ChatParameters): ChatMessage[] {
  return p.messages.map((m): ChatMessage => {
    if (m.role === 'tool') return { ...m, content: joined(m.content) };
    if (m.role !== 'assistant')
      return { ...m, role: m.role === 'developer' ? 'system' : m.role, content: joined(m.content) };
    return {
      role: m.role,
      content: m.content == null ? null : joined(m.content),
      ...(m.name !== undefined && { name: m.name }),
      ...(m.reasoning_content != null && { reasoning_content: m.reasoning_content }),
      ...(m.tool_calls?.length && { tool_calls: m.tool_calls }),
    };
  });
}

/** The tools the model is told of. */
export function toolsOf(p: ChatParameters): ChatTool[] {
  if (p.tool_choice === 'none') return [];
  return (p.tools ?? []).map(({ type, function: { strict: _, ...f } }) => ({ type, function: f }));
}

function joined(text: string | readonly { readonly text: string }[]): string {
  return typeof text === 'string' ? text : text.map((part) => part.text).join('');
}
