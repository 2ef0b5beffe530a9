import { parseJsonAt, type Value, writeJson } from './jinja/index.ts';

/** A call of a tool that a model wrote. */
export interface ToolCall {
  readonly name: string;
  /** JSON of an object, as Python's `json.dumps` writes it: 1.0 stays 1.0, keys stay in their order. */
  readonly arguments: string;
}

/** What a model wrote, apart. */
export interface ParsedAnswer {
  /** What is no call. */
  readonly content: string;
  readonly calls: readonly ToolCall[];
}

/**
 * How a model writes calls.
 *
 * - `hermes`: `<tool_call>{"name": …, "arguments": {…}}</tool_call>`, as Hermes, Qwen2.5 and Qwen3 do; the end of the last one
 *   may be missing.
 * - `llama3`: `{"name": …, "parameters": {…}}` and nothing before it but `<|python_tag|>`, as Llama 3 does; several with `;`
 *   between them.
 *
 * The `<function=…>` of Qwen3-Coder and Llama's calls in Python are neither.
 */
export type ToolCallStyle = 'hermes' | 'llama3';

/**
 * Takes the calls of tools out of an answer. What begins like a call and is none, because its JSON is broken, its name is no
 * text or its arguments are no object, stays in the content as it was written. White space beside a call goes with it. Thoughts
 * (`<think>`) are to be cut off beforehand: a call that was only thought of looks like any other.
 */
export function parseToolCalls(answer: string, style: ToolCallStyle): ParsedAnswer {
  const found = style === 'hermes' ? hermesCalls(answer) : llamaCalls(answer);
  if (found.length === 0) return { content: answer, calls: [] };
  const between = [...found.map(({ start }) => start), answer.length];
  const texts = between.map((end, i) => answer.slice(i === 0 ? 0 : found[i - 1].end, end));
  // Only white space beside calls goes.
  const last = texts.length - 1;
  const trimmed = texts.map((text, i) => (i === 0 ? text.trimEnd() : i === last ? text.trimStart() : text.trim()));
  return { content: trimmed.filter((text) => text !== '').join('\n'), calls: found.map(({ call }) => call) };
}

/** A call and where it stands. */
interface Found {
  readonly call: ToolCall;
  readonly start: number;
  readonly end: number;
}

const OPEN = '<tool_call>';
const CLOSE = '</tool_call>';

function hermesCalls(answer: string): Found[] {
  const found: Found[] = [];
  let at = answer.indexOf(OPEN);
  while (at >= 0) {
    const read = readCall(answer, at + OPEN.length, ['arguments']);
    const end = read === undefined ? -1 : endOfHermes(answer, read.end);
    if (end >= 0) found.push({ call: read!.call, start: at, end });
    at = answer.indexOf(OPEN, end >= 0 ? end : at + OPEN.length);
  }
  return found;
}

/** Where a call ends whose JSON ends there; -1 where more follows that does not belong to it. */
function endOfHermes(answer: string, jsonEnd: number): number {
  const rest = jsonEnd + spaceAt(answer, jsonEnd);
  if (rest === answer.length) return rest;
  return answer.startsWith(CLOSE, rest) ? rest + CLOSE.length : -1;
}

const PYTHON_TAG = '<|python_tag|>';

function llamaCalls(answer: string): Found[] {
  const found: Found[] = [];
  let start = 0;
  let at = spaceAt(answer, 0);
  if (answer.startsWith(PYTHON_TAG, at)) at += PYTHON_TAG.length;
  for (;;) {
    const read = readCall(answer, at, ['parameters', 'arguments']);
    if (read === undefined) return found;
    found.push({ call: read.call, start, end: read.end });
    start = read.end;
    at = read.end + spaceAt(answer, read.end);
    if (answer[at] === ';') at++;
  }
}

/** The call whose JSON begins at an index, and where that ends; undefined where there is none. */
function readCall(text: string, start: number, keys: readonly string[]): { call: ToolCall; end: number } | undefined {
  if (text[start + spaceAt(text, start)] !== '{') return undefined;
  let read: { value: Value; end: number };
  try {
    read = parseJsonAt(text, start);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const { value, end } = read;
  if (!(value instanceof Map)) return undefined;
  const name = value.get('name');
  const given = keys.map((key) => value.get(key)).find((one) => one !== undefined);
  if (typeof name !== 'string' || name === '' || !(given instanceof Map)) return undefined;
  return { call: { name, arguments: writeJson(given) }, end };
}

const SPACE = /\s*/y;

function spaceAt(text: string, at: number): number {
  SPACE.lastIndex = at;
  return SPACE.exec(text)![0].length;
}
