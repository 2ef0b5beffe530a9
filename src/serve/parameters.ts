import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { ApiError, badParameter } from './api-error.ts';

/** Parameters that change nothing about the answer. */
const IGNORED: ReadonlySet<string> = new Set([
  'user',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
  'store',
]);

/** Parameters that are not supported, with the values of theirs that change nothing, which clients like to send. */
const UNSUPPORTED: Readonly<Record<string, readonly unknown[]>> = {
  frequency_penalty: [0],
  presence_penalty: [0],
  repetition_penalty: [1],
  length_penalty: [1],
  logit_bias: [{}],
  top_k: [0, -1],
  min_p: [0],
  min_tokens: [0],
  ignore_eos: [false],
  use_beam_search: [false],
  skip_special_tokens: [true],
  response_format: [{ type: 'text' }],
  modalities: [['text']],
  audio: [],
  prediction: [],
  reasoning_effort: [],
  verbosity: [],
  web_search_options: [],
  functions: [[]],
  function_call: ['none'],
  parallel_tool_calls: [true],
  suffix: [''],
};

/**
 * Checks the body of a request. Nothing is ignored that would change the answer: what is not supported or not known is refused by name.
 *
 * @throws ApiError 400 naming the parameter
 */
export function parseParameters<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new ApiError('the body must be a JSON object.', { status: 400, reason: 'invalid_json' });
  }
  const known: [string, unknown][] = [];
  for (const [name, value] of Object.entries(body)) {
    if (value === null || IGNORED.has(name)) continue;
    if (Object.hasOwn(UNSUPPORTED, name)) checkNeutral(name, value);
    else known.push([name, value]);
  }
  const result = schema.safeParse(Object.fromEntries(known));
  if (result.success) return result.data;
  throw problem(result.error.issues[0]);
}

function checkNeutral(name: string, value: unknown): void {
  const neutral = UNSUPPORTED[name];
  if (neutral.some((n) => isDeepStrictEqual(n, value))) return;
  const leave = neutral.length === 0 ? 'Leave it out' : `Leave it out, or send ${JSON.stringify(neutral[0])}`;
  throw badParameter(name, `\`${name}\` is not supported by this server. ${leave}.`, 'unsupported_parameter');
}

function problem(issue: z.core.$ZodIssue): ApiError {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const param = [...path, issue.keys[0]].join('.');
    return badParameter(param, `\`${param}\` is not known to this server. Leave it out.`, 'unknown_parameter');
  }
  if (issue.code === 'invalid_union') {
    // The kind that got furthest says it best.
    const furthest = issue.errors.flat().sort((a, b) => b.path.length - a.path.length)[0];
    if (furthest && furthest.path.length > 0) return problem({ ...furthest, path: [...issue.path, ...furthest.path] });
  }
  const param = path.join('.');
  return badParameter(param, param === '' ? issue.message : `\`${param}\`: ${issue.message}.`);
}
