import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { CHATML, Client, scriptedModel } from './serving.test-support.ts';

/** The Vercel AI SDK reads what is served, and plays a tool call through. */

const CALL = '<tool_call>{"name": "weather", "arguments": {"city": "Paris"}}</tool_call>';

let server: Client;
let model: ReturnType<ReturnType<typeof createOpenAICompatible>>;
beforeAll(async () => {
  const say = (prompt: string): string => (prompt.includes('tools') && !prompt.includes('sunny') ? CALL : 'the cat 😀');
  server = await Client.of(scriptedModel(say, { chat: CHATML, positions: 4096 }), { apiKey: 'sesame' });
  const provider = createOpenAICompatible({
    name: 'turnwise',
    baseURL: `${server.server.url}/v1`,
    apiKey: 'sesame',
    includeUsage: true,
  });
  model = provider('tiny');
});
afterAll(() => server.server.close(0));

it('generates text', async () => {
  const { text, finishReason, usage } = await generateText({ model, system: 'be kind', prompt: 'hello', seed: 1 });
  expect(text).toBe('the cat 😀');
  expect(finishReason).toBe('stop');
  expect(usage.outputTokens).toBeGreaterThan(0);
});

it('streams text', async () => {
  const stream = streamText({ model, prompt: 'hello', maxOutputTokens: 50 });
  let text = '';
  for await (const piece of stream.textStream) text += piece;
  expect(text).toBe('the cat 😀');
  expect((await stream.usage).outputTokens).toBeGreaterThan(0);
});

it.each(['whole', 'streamed'])('calls a tool and goes on, %s', async (how) => {
  const asked: string[] = [];
  const weather = tool({
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => {
      asked.push(city);
      return Promise.resolve('sunny');
    },
  });
  const options = { model, prompt: 'how is it in Paris?', tools: { weather }, stopWhen: stepCountIs(3) };
  const text = how === 'whole' ? (await generateText(options)).text : await streamText(options).text;
  expect(asked).toEqual(['Paris']);
  expect(text).toBe('the cat 😀');
});
