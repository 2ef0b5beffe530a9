import OpenAI from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHATML, Client, scriptedModel } from './serving.test-support.ts';

/** OpenAI's own client reads what is served. */

const CALL = '<tool_call>{"name": "weather", "arguments": {"city": "Paris"}}</tool_call>';
const TOOLS: OpenAI.ChatCompletionTool[] = [
  { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
];

let server: Client;
let openai: OpenAI;
beforeAll(async () => {
  const say = (prompt: string): string => (prompt.includes('weather') ? `I look.\n${CALL}` : 'Ünï 😀 the cat');
  server = await Client.of(scriptedModel(say, { chat: CHATML, positions: 4096 }), { apiKey: 'sesame' });
  openai = new OpenAI({ baseURL: `${server.server.url}/v1`, apiKey: 'sesame', maxRetries: 0 });
});
afterAll(() => server.server.close(0));

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'hello' }];

it('lists models', async () => {
  const ids: string[] = [];
  for await (const model of openai.models.list()) ids.push(model.id);
  expect(ids).toEqual(['tiny']);
});

it('completes', async () => {
  const whole = await openai.completions.create({ model: 'tiny', prompt: 'x' });
  expect(whole.choices[0]).toMatchObject({ text: 'Ünï 😀 the cat', finish_reason: 'stop' });
  let text = '';
  const stream = await openai.completions.create({ model: 'tiny', prompt: 'x', stream: true });
  for await (const chunk of stream) text += chunk.choices[0].text;
  expect(text).toBe(whole.choices[0].text);
});

it('chats, streamed and not', async () => {
  const whole = await openai.chat.completions.create({ model: 'tiny', messages });
  expect(whole.choices[0].message.content).toBe('Ünï 😀 the cat');
  const stream = openai.chat.completions.stream({ model: 'tiny', messages, stream_options: { include_usage: true } });
  expect(await stream.finalContent()).toBe('Ünï 😀 the cat');
  expect(await stream.totalUsage()).toEqual(whole.usage);
});

it('gets tool calls, streamed and not', async () => {
  const request = { model: 'tiny', messages, tools: TOOLS };
  const whole = await openai.chat.completions.create(request);
  const streamed = await openai.chat.completions.stream(request).finalChatCompletion();
  for (const { choices } of [whole, streamed]) {
    expect(choices[0].finish_reason).toBe('tool_calls');
    expect(choices[0].message.content).toBe('I look.');
    expect(choices[0].message.tool_calls?.[0]).toMatchObject({
      function: { name: 'weather', arguments: '{"city":"Paris"}' },
    });
  }
});

it('understands errors', async () => {
  const strange = new OpenAI({ baseURL: `${server.server.url}/v1`, apiKey: 'other', maxRetries: 0 });
  await expect(strange.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  const wrong = openai.chat.completions.create({ model: 'tiny', messages, presence_penalty: 1 });
  await expect(wrong).rejects.toMatchObject({ status: 400, param: 'presence_penalty', code: 'unsupported_parameter' });
  await expect(openai.models.retrieve('other')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});
