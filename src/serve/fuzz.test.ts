import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CHATML, Client, scriptedModel } from './serving.test-support.ts';

/** Whatever is sent, the answer is a completion or says what was wrong; never a broken server. */

const NAMES = [
  ...[
    'model',
    'prompt',
    'messages',
    'max_tokens',
    'max_completion_tokens',
    'temperature',
    'top_p',
    'n',
    'best_of',
    'seed',
  ],
  ...[
    'stop',
    'logprobs',
    'top_logprobs',
    'echo',
    'stream',
    'stream_options',
    'return_token_ids',
    'tools',
    'tool_choice',
  ],
  ...[
    'chat_template_kwargs',
    'logit_bias',
    'response_format',
    'suffix',
    'user',
    '__proto__',
    'constructor',
    'toString',
  ],
];

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    0,
    1,
    2,
    -1,
    0.5,
    true,
    false,
    null,
    '',
    'x',
    'the cat',
    'tiny',
    [],
    {},
    ['a', 'b'],
    [1, 2],
    [[1], [2]],
  ),
  fc.constantFrom(1e308, 2 ** 53, '\ud800', '\u0000', 'none', 'auto', { include_usage: true }, [
    { role: 'user', content: 'x' },
  ]),
);

const body = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 5 })
  .map((entries) => Object.fromEntries(entries));

it.each([
  ['/v1/completions', { prompt: 'x', max_tokens: 3 }],
  ['/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }], max_tokens: 3 }],
])('%s takes anything', async (path, base) => {
  const errors: unknown[] = [];
  const model = scriptedModel(() => 'the <tool_call>{"name": "a", "arguments": {}}</tool_call>', { chat: CHATML });
  const client = await Client.of(model, { onError: (error) => errors.push(error) });
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(body, fc.boolean(), async (request, alone) => {
      const response = await client.post(path, alone ? request : { ...base, ...request });
      const text = await response.text();
      seen.add(response.status);
      expect([200, 400, 404]).toContain(response.status);
      if (response.status !== 200) expect(JSON.parse(text).error.message).not.toBe('');
      else if (response.headers.get('content-type')?.startsWith('text/event-stream'))
        expect(text).toMatch(/\[DONE\]\n\n$/);
      else expect(JSON.parse(text).choices.length).toBeGreaterThan(0);
    }),
    { numRuns: 1500 },
  );
  expect(errors).toEqual([]);
  expect([seen.has(200), seen.has(400)]).toEqual([true, true]);
  await client.server.close(0);
});
