import { Tokenizer, trainBpe } from '../nn/files/index.ts';
import { tinyConfig } from '../nn/testing.ts';
import { LocalPolicy } from '../policies/local.ts';
import type { Completion, GenerateOptions, GeneratingPolicy, SampleRequest } from '../policies/policy.ts';
import type { ChatFormat } from './chat-format.ts';
import type { ServedModel } from './served-model.ts';
import { type RunningServer, type ServeOptions, startServer } from './server.ts';

const CORPUS = [
  'the cat sat on the mat',
  'what is the weather in Paris today',
  'Ünï çödé 日本語',
  '<tool_call> {"name": ',
];

export const tokenizer = new Tokenizer(trainBpe(CORPUS, { vocabSize: 320 }), 'model');

export const END = tokenizer.idOf('<|endoftext|>');

export const POSITIONS = 256;

const special = new Set(['<|endoftext|>', '<|im_start|>', '<|im_end|>'].map((t) => tokenizer.idOf(t)));

/** Conversations as ChatML has them, tools as JSON in the system's place, tool calls as Hermes writes them. */
export const CHATML: ChatFormat = {
  encode: (messages, { tools, variables }) => {
    const lines = messages.map((m) => `<|im_start|>${m.role}\n${m.content ?? JSON.stringify(m.tool_calls)}<|im_end|>`);
    const given = [tools && `tools ${JSON.stringify(tools)}`, variables && `variables ${JSON.stringify(variables)}`];
    return tokenizer.encode([...given.filter(Boolean), ...lines, '<|im_start|>assistant\n'].join('\n'));
  },
  parse: (text) => {
    const calls = [...text.matchAll(/<tool_call>([\s\S]*?)<\/tool_call>/g)].map(([, json]) => JSON.parse(json));
    const content = calls.length === 0 ? text : text.slice(0, text.indexOf('<tool_call>')).trimEnd();
    return {
      content,
      toolCalls: calls.map((c) => ({ name: c.name, arguments: JSON.stringify(c.arguments) })),
    };
  },
  certainContent: (text) => {
    const at = text.indexOf('<');
    return at < 0 ? text.length : at;
  },
};

/** A small model of random weights: its text is noise, with broken bytes, but always the same for the same request. */
export async function noisyModel(overrides: Partial<ServedModel> = {}): Promise<ServedModel> {
  const config = tinyConfig({ vocabSize: tokenizer.vocabSize + 4, maxPositions: POSITIONS });
  const policy = await LocalPolicy.create(
    { config, tokenizer, special: { eos: [END] } },
    { seed: 3 },
    { replicas: 1, threads: 1 },
  );
  return served(policy, overrides);
}

/** A model that says what the test tells it, token by token, and ends. */
export function scriptedModel(say: (prompt: string) => string, overrides: Partial<ServedModel> = {}): ServedModel {
  const encode = (text: string): Int32Array => tokenizer.encode(text);
  const policy: GeneratingPolicy = {
    kind: 'scripted',
    codec: { encode, encodePrompt: encode, decode: (ids) => tokenizer.decode(ids), stopIds: [END] },
    sample: () => Promise.reject(new Error('not needed')),
    generate: (request, options) => script(request, options, say(tokenizer.decode(request.prompt))),
    close: () => Promise.resolve(),
  };
  return served(policy, overrides);
}

/** A policy that answers a token every few milliseconds until it is stopped. */
export function endlessModel(started: AbortSignal[], overrides: Partial<ServedModel> = {}): ServedModel {
  const policy: GeneratingPolicy = {
    ...scriptedModel(() => '').policy,
    generate: async ({ maxTokens }, { onToken, signal } = {}) => {
      if (signal) started.push(signal);
      const [id] = tokenizer.encode('a');
      const ids: number[] = [];
      while (ids.length < maxTokens && !signal?.aborted) {
        ids.push(id);
        onToken?.({ id, logprob: -1 });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return completion(ids, signal?.aborted ? 'aborted' : 'length');
    },
  };
  return served(policy, { positions: 1_000_000, ...overrides });
}

async function script(
  { maxTokens }: SampleRequest,
  { onToken, signal }: GenerateOptions = {},
  text: string,
): Promise<Completion & { aborted: boolean }> {
  const all = [...tokenizer.encode(text), END].slice(0, maxTokens);
  const ids: number[] = [];
  for (const id of all) {
    await undefined;
    if (signal?.aborted) return completion(ids, 'aborted');
    ids.push(id);
    onToken?.({ id, logprob: -0.5 });
  }
  return completion(ids, ids[ids.length - 1] === END ? 'stop' : 'length');
}

function completion(ids: number[], end: 'stop' | 'length' | 'aborted'): Completion & { aborted: boolean } {
  return {
    ids: Int32Array.from(ids),
    logprobs: new Float32Array(ids.length),
    finish: end === 'stop' ? 'stop' : 'length',
    aborted: end === 'aborted',
  };
}

function served(policy: GeneratingPolicy, overrides: Partial<ServedModel>): ServedModel {
  return {
    name: 'tiny',
    policy,
    positions: POSITIONS,
    vocabSize: tokenizer.vocabSize + 4,
    special,
    defaults: { temperature: 1, topP: 1 },
    ...overrides,
  };
}

/** The JSON of an answer, as a test looks at it. */
// biome-ignore lint/suspicious/noExplicitAny: what a test finds wrong, it finds by looking
export async function jsonOf(response: Response): Promise<any> {
  return response.json();
}

/** A server on any port, and how to ask it. */
export class Client {
  readonly server: RunningServer;

  private constructor(server: RunningServer) {
    this.server = server;
  }

  static async of(model: ServedModel, options: Partial<ServeOptions> = {}): Promise<Client> {
    return new Client(await startServer(model, { port: 0, ...options }));
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.server.url + path, init);
  }

  post(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
    const headers = { 'content-type': 'application/json', ...(init.headers as Record<string, string>) };
    return this.fetch(path, { method: 'POST', ...init, headers, body: JSON.stringify(body) });
  }

  /** The answer's JSON, whatever its status. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test finds wrong, it finds by looking
  async json(path: string, body: unknown): Promise<any> {
    return jsonOf(await this.post(path, body));
  }

  /** The events of a stream; the last must be [DONE]. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test finds wrong, it finds by looking
  async events(path: string, body: object): Promise<any[]> {
    const response = await this.post(path, { ...body, stream: true });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    const events = text
      .split('\n\n')
      .filter((e) => e !== '')
      .map((e) => e.replace(/^data: /, ''));
    if (events.pop() !== '[DONE]') throw new Error(`the stream did not end: ${text.slice(-200)}`);
    return events.map((e) => JSON.parse(e));
  }
}
