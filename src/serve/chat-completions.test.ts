// biome-ignore-all lint/suspicious/noExplicitAny: answers are JSON, and looking at them is the test
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServedModel } from './served-model.ts';
import { CHATML, Client, jsonOf, noisyModel, POSITIONS, scriptedModel, tokenizer } from './serving.test-support.ts';

const PATH = '/v1/chat/completions';
const HELLO = [{ role: 'user', content: 'the cat' }];
const TOOLS = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];
const CALL = '<tool_call>{"name": "weather", "arguments": {"city": "Paris"}}</tool_call>';

let model: ServedModel;
let client: Client;
beforeAll(async () => {
  model = await noisyModel({ chat: CHATML });
  client = await Client.of(model);
});
afterAll(async () => {
  await client.server.close(0);
  await model.policy.close();
});

/** Asks a model that says a text. */
async function say(text: string, request: object, how: 'json' | 'events' = 'json'): Promise<any> {
  const scripted = await Client.of(scriptedModel(() => text, { chat: CHATML, positions: 4096 }));
  try {
    return await scripted[how](PATH, { messages: HELLO, ...request });
  } finally {
    await scripted.server.close(0);
  }
}

/** The prompt a model is given. */
async function promptOf(request: object): Promise<string> {
  const body = await say('ok', { ...request, return_token_ids: true });
  return tokenizer.decode(body.prompt_token_ids);
}

describe('an answer', () => {
  it('has the shape of OpenAI’s', async () => {
    const body = await client.json(PATH, { model: 'tiny', messages: HELLO, max_tokens: 5, seed: 1 });
    expect(body).toMatchObject({ object: 'chat.completion', model: 'tiny', usage: { completion_tokens: 5 } });
    expect(body.choices).toEqual([
      {
        index: 0,
        message: { role: 'assistant', content: expect.any(String), refusal: null },
        logprobs: null,
        finish_reason: 'length',
      },
    ]);
  });

  it.each([1, 2, 3, 4])('streamed is the same in pieces, seed %i', async (seed) => {
    const request = {
      messages: HELLO,
      n: 2,
      seed,
      max_tokens: 50,
      logprobs: true,
      top_logprobs: 2,
      return_token_ids: true,
    };
    const whole = await client.json(PATH, request);
    const events = await client.events(PATH, { ...request, stream_options: { include_usage: true } });
    expect(events.pop()).toMatchObject({ choices: [], usage: whole.usage });
    for (const choice of whole.choices) {
      const own = events.map((e) => e.choices[0]).filter((c) => c.index === choice.index);
      expect(own[0].delta).toEqual({ role: 'assistant', content: '' });
      expect(own.map((c) => c.delta.content ?? '').join('')).toBe(choice.message.content);
      expect(own.flatMap((c) => c.token_ids ?? [])).toEqual(choice.token_ids);
      const tokens = own.flatMap((c) => c.logprobs?.content ?? []);
      expect(tokens.map((t) => t.token)).toEqual(choice.logprobs.content.map((t: any) => t.token));
      tokens.forEach((t, i) => expect(t.logprob).toBeCloseTo(choice.logprobs.content[i].logprob, 4));
      expect(own.at(-1)).toMatchObject({ delta: {}, finish_reason: choice.finish_reason });
    }
    expect(whole.choices[0].logprobs.content[0].top_logprobs).toHaveLength(2);
  });

  it('may be short, stopped, or longer than what is left', async () => {
    const text = 'the cat sat on the mat';
    expect((await say(text, { stop: 'sat' })).choices[0]).toMatchObject({
      message: { content: 'the cat ' },
      finish_reason: 'stop',
    });
    expect((await say(text, { max_completion_tokens: 2 })).choices[0].finish_reason).toBe('length');
    const long = await client.post(PATH, { messages: HELLO, max_tokens: POSITIONS });
    expect(long.status).toBe(400);
    expect((await jsonOf(long)).error.code).toBe('context_length_exceeded');
  });
});

describe('messages', () => {
  it('become the template’s prompt', async () => {
    const messages = [
      { role: 'developer', content: 'be kind' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: null, tool_calls: [{ id: 'c', function: { name: 'weather', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c', content: 'sunny' },
    ];
    const prompt = await promptOf({ messages, chat_template_kwargs: { enable_thinking: false } });
    expect(prompt).toContain('variables {"enable_thinking":false}\n<|im_start|>system\nbe kind<|im_end|>');
    expect(prompt).toContain('<|im_start|>user\nab<|im_end|>');
    expect(prompt).toContain('"weather"');
    expect(prompt).toMatch(/tool\nsunny<\|im_end\|>\n<\|im_start\|>assistant\n$/);
    expect(prompt).not.toContain('tools');
  });

  it('need a template', async () => {
    const plain = await Client.of(scriptedModel(() => 'x'));
    const response = await plain.post(PATH, { messages: HELLO });
    expect(response.status).toBe(400);
    const { error } = await jsonOf(response);
    expect(error).toMatchObject({ code: 'no_chat_template' });
    expect(error.message).toContain('--template');
    await plain.server.close(0);
  });

  it.each([
    [{ messages: [] }, 'messages'],
    [{ messages: [{ role: 'robot', content: 'x' }] }, 'messages.0.role'],
    [{ messages: [{ role: 'user' }] }, 'messages.0.content'],
    [{ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] }, 'messages.0.content'],
    [{ messages: [{ role: 'user', content: 'x', extra: 1 }] }, 'messages.0.extra'],
    [{ tool_choice: 'required', tools: TOOLS }, 'tool_choice'],
    [{ tool_choice: { type: 'function', function: { name: 'weather' } }, tools: TOOLS }, 'tool_choice'],
    [{ tools: [{ type: 'retrieval' }] }, 'tools.0.type'],
    [{ tools: [{ type: 'function', function: { name: 'a', strict: true } }] }, 'tools.0.function.strict'],
    [{ top_logprobs: 2 }, 'top_logprobs'],
    [{ max_tokens: 1, max_completion_tokens: 2 }, 'max_tokens'],
    [{ chat_template_kwargs: { messages: [] } }, 'chat_template_kwargs.messages'],
    [{ response_format: { type: 'json_schema', json_schema: {} } }, 'response_format'],
    [{ parallel_tool_calls: false }, 'parallel_tool_calls'],
    [{ functions: [{}] }, 'functions'],
    [{ reasoning_effort: 'low' }, 'reasoning_effort'],
  ])('%j is refused by name', async (wrong, param) => {
    const response = await client.post(PATH, { messages: HELLO, ...wrong });
    expect(response.status).toBe(400);
    const { error } = await jsonOf(response);
    expect(error.param).toContain(param);
    expect(error.type).toBe('invalid_request_error');
  });
});

describe('tool calls', () => {
  it('are told to the template and taken out of the answer', async () => {
    const { choices } = await say(`let me see\n${CALL}`, { tools: TOOLS });
    expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: 'let me see' } });
    expect(choices[0].message.tool_calls).toEqual([
      {
        id: expect.stringMatching(/^call_\w{32}$/),
        type: 'function',
        function: { name: 'weather', arguments: '{"city":"Paris"}' },
      },
    ]);
    expect(await promptOf({ tools: TOOLS })).toContain('tools [{"type":"function","function":{"name":"weather"');
  });

  it('without content leave it null', async () => {
    const { choices } = await say(CALL + CALL, { tools: TOOLS });
    expect(choices[0].message.content).toBeNull();
    expect(choices[0].message.tool_calls).toHaveLength(2);
  });

  it('are text where there are no tools, or none may be called', async () => {
    for (const request of [{}, { tools: TOOLS, tool_choice: 'none' }]) {
      const { choices } = await say(CALL, request);
      expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: CALL } });
      expect(choices[0].message.tool_calls).toBeUndefined();
    }
    expect(await promptOf({ tools: TOOLS, tool_choice: 'none' })).not.toContain('tools');
  });

  it('come whole in a stream, after the content', async () => {
    const events = await say(`let me see <a>\n${CALL}${CALL}`, { tools: TOOLS }, 'events');
    const deltas = events.map((e: any) => e.choices[0].delta);
    expect(deltas.map((d: any) => d.content ?? '').join('')).toBe('let me see <a>');
    const calls = deltas.flatMap((d: any) => d.tool_calls ?? []);
    expect(calls.map((c: any) => [c.index, c.function.name])).toEqual([
      [0, 'weather'],
      [1, 'weather'],
    ]);
    expect(calls[0].id).not.toBe(calls[1].id);
    expect(events.at(-1).choices[0].finish_reason).toBe('tool_calls');
  });

  it('that are cut off stay text', async () => {
    const half = CALL.slice(0, 30);
    for (const how of ['json', 'events'] as const) {
      const answer = await say(`hm ${half}  `, { tools: TOOLS }, how);
      const text = how === 'json' ? answer.choices[0].message.content : contentOf(answer);
      expect(text).toBe(`hm ${half}  `);
    }
  });
});

function contentOf(events: any[]): string {
  return events.map((e) => e.choices[0].delta.content ?? '').join('');
}
