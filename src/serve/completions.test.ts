import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServedModel } from './served-model.ts';
import { Client, END, jsonOf, noisyModel, POSITIONS, scriptedModel, tokenizer } from './serving.test-support.ts';

const PATH = '/v1/completions';
let model: ServedModel;
let client: Client;
beforeAll(async () => {
  model = await noisyModel();
  client = await Client.of(model);
});
afterAll(async () => {
  await client.server.close(0);
  await model.policy.close();
});

describe('a completion', () => {
  it('has the shape of OpenAI’s', async () => {
    const body = await client.json(PATH, { model: 'tiny', prompt: 'the cat', max_tokens: 5, seed: 1 });
    expect(body).toMatchObject({ object: 'text_completion', model: 'tiny' });
    expect(body.id).toMatch(/^cmpl-/);
    expect(body.choices).toHaveLength(1);
    expect(body.choices[0]).toEqual({ index: 0, text: expect.any(String), logprobs: null, finish_reason: 'length' });
    const prompt = tokenizer.encode('the cat').length;
    expect(body.usage).toEqual({ prompt_tokens: prompt, completion_tokens: 5, total_tokens: prompt + 5 });
  });

  it('is the same for a prompt of text and of its ids, and is what the policy samples', async () => {
    const common = { max_tokens: 30, seed: 7, return_token_ids: true };
    const ids = [...tokenizer.encode('the mat')];
    const [text, tokens, nested] = await Promise.all(
      ['the mat', ids, [ids]].map((prompt) => client.json(PATH, { ...common, prompt })),
    );
    expect(text.choices[0].prompt_token_ids).toEqual(ids);
    expect(tokens.choices).toEqual(text.choices);
    expect(nested.choices).toEqual(text.choices);
    const [sampled] = await model.policy.sample([
      { prompt: Int32Array.from(ids), maxTokens: 30, temperature: 1, topP: 1, seed: 7 },
    ]);
    expect(text.choices[0].token_ids).toEqual([...sampled.ids]);
    const shown = [...sampled.ids].filter((id) => !model.special.has(id));
    expect(text.choices[0].text).toBe(tokenizer.decode(shown));
  });

  it('takes several prompts and choices, in order, each with a seed of its own', async () => {
    const body = await client.json(PATH, {
      prompt: ['the', 'cat'],
      n: 3,
      max_tokens: 12,
      seed: 5,
      return_token_ids: true,
    });
    // biome-ignore lint/suspicious/noExplicitAny: JSON
    const { choices } = body as { choices: any[] };
    expect(choices.map((c) => c.index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(choices.map((c) => tokenizer.decode(c.prompt_token_ids))).toEqual([
      'the',
      'the',
      'the',
      'cat',
      'cat',
      'cat',
    ]);
    expect(new Set(choices.map((c) => c.token_ids.join())).size).toBe(6);
    expect(body.usage.prompt_tokens).toBe(tokenizer.encode('the').length + tokenizer.encode('cat').length);
    const again = await client.json(PATH, {
      prompt: ['the', 'cat'],
      n: 3,
      max_tokens: 12,
      seed: 5,
      return_token_ids: true,
    });
    expect(again.choices).toEqual(choices);
  });

  it('differs from call to call without a seed', async () => {
    const ask = (): Promise<{ choices: object[] }> => client.json(PATH, { prompt: 'the', max_tokens: 20 });
    expect((await ask()).choices).not.toEqual((await ask()).choices);
  });

  it('echoes the prompt, streamed or not', async () => {
    const request = { prompt: 'the cat', max_tokens: 6, seed: 2 };
    const plain = await client.json(PATH, request);
    const echoed = await client.json(PATH, { ...request, echo: true });
    expect(echoed.choices[0].text).toBe(`the cat${plain.choices[0].text}`);
    const events = await client.events(PATH, { ...request, echo: true });
    expect(events.map((e) => e.choices[0].text).join('')).toBe(echoed.choices[0].text);
  });

  it('takes what is left of the context without max_tokens', async () => {
    const body = await client.json(PATH, { prompt: 'the', seed: 3, logit_bias: {}, frequency_penalty: 0, user: 'me' });
    const { finish_reason } = body.choices[0];
    if (finish_reason === 'length') expect(body.usage.total_tokens).toBe(POSITIONS);
    else expect(finish_reason).toBe('stop');
  });
});

describe('a stream', () => {
  it.each([1, 2, 3, 4, 5, 6])('is the completion in pieces, seed %i', async (seed) => {
    const request = { prompt: 'what is', max_tokens: 60, seed, n: 2, logprobs: 2, return_token_ids: true };
    const whole = await client.json(PATH, request);
    const events = await client.events(PATH, { ...request, stream_options: { include_usage: true } });
    const usage = events.pop();
    expect(usage).toMatchObject({ choices: [], usage: whole.usage });
    expect(new Set(events.map((e) => e.id)).size).toBe(1);
    for (const choice of whole.choices) {
      const own = events.map((e) => e.choices[0]).filter((c) => c.index === choice.index);
      expect(own.map((c) => c.text).join('')).toBe(choice.text);
      expect(own.flatMap((c) => c.token_ids ?? [])).toEqual(choice.token_ids);
      expect(own.flatMap((c) => c.logprobs?.tokens ?? [])).toEqual(choice.logprobs.tokens);
      expect(own.flatMap((c) => c.logprobs?.text_offset ?? [])).toEqual(choice.logprobs.text_offset);
      expect(own.at(-1).finish_reason).toBe(choice.finish_reason);
      expect(own.slice(0, -1).every((c) => c.finish_reason === null)).toBe(true);
    }
  });

  it('never tells half a character', async () => {
    const scripted = await Client.of(scriptedModel(() => 'Ünï 😀 日本語 — fin'));
    const events = await scripted.events(PATH, { prompt: 'x' });
    const texts = events.map((e) => e.choices[0].text);
    expect(texts.join('')).toBe('Ünï 😀 日本語 — fin');
    expect(texts.every((t) => t.isWellFormed?.() ?? true)).toBe(true);
    expect(texts.join('')).not.toContain('\ufffd');
    await scripted.server.close(0);
  });
});

describe('log-probabilities', () => {
  it('are those of the sampled tokens, with the likeliest', async () => {
    const { choices } = await client.json(PATH, {
      prompt: 'the',
      max_tokens: 8,
      seed: 4,
      logprobs: 3,
      return_token_ids: true,
    });
    const { tokens, token_logprobs, top_logprobs, text_offset } = choices[0].logprobs;
    const [sampled] = await model.policy.sample([
      { prompt: tokenizer.encode('the'), maxTokens: 8, temperature: 1, topP: 1, seed: 4 },
    ]);
    expect(tokens).toHaveLength(8);
    expect(token_logprobs).toHaveLength(8);
    token_logprobs.forEach((l: number, i: number) => expect(l).toBeCloseTo(sampled.logprobs[i], 4));
    for (const top of top_logprobs) expect(Object.keys(top).length).toBeLessThanOrEqual(3);
    expect(text_offset[0]).toBe(0);
  });
});

describe('stop strings', () => {
  it('end the text wherever they lie, over token borders too', async () => {
    const request = { prompt: 'the cat', max_tokens: 60, seed: 11 };
    const full: string = (await client.json(PATH, request)).choices[0].text;
    for (const [from, length] of [
      [3, 1],
      [7, 2],
      [10, 4],
      [20, 7],
    ]) {
      const stop = full.slice(from, from + length);
      const [whole, events] = await Promise.all([
        client.json(PATH, { ...request, stop: ['never this', stop], return_token_ids: true }),
        client.events(PATH, { ...request, stop }),
      ]);
      const before = full.slice(0, full.indexOf(stop));
      expect(whole.choices[0]).toMatchObject({ text: before, finish_reason: 'stop' });
      expect(events.map((e) => e.choices[0].text).join('')).toBe(before);
      // Sampling ended with the token that completed the stop string.
      const { token_ids } = whole.choices[0];
      expect(whole.usage.completion_tokens).toBe(token_ids.length);
      const shown = token_ids.filter((id: number) => !model.special.has(id));
      expect(tokenizer.decode(shown)).toContain(stop);
      // A broken byte at the end is told apart from half a character only by what follows.
      expect(tokenizer.decode(shown.slice(0, -1)).slice(0, -1)).not.toContain(stop);
    }
  });

  it('of several that are found, the one that is complete first counts', async () => {
    const scripted = await Client.of(scriptedModel(() => 'the cat sat on the mat'));
    const text = async (stop: string[]): Promise<string> =>
      (await scripted.json(PATH, { prompt: 'x', stop })).choices[0].text;
    expect(await text(['sat on the mat', 'on'])).toBe('the cat sat ');
    expect(await text(['mattress'])).toBe('the cat sat on the mat');
    expect(await text(['the'])).toBe('');
    await scripted.server.close(0);
  });
});

describe('special tokens', () => {
  it('end the text and are no part of it', async () => {
    const scripted = await Client.of(scriptedModel(() => 'one<|im_end|>two'));
    const { choices, usage } = await scripted.json(PATH, { prompt: 'x', return_token_ids: true });
    expect(choices[0]).toMatchObject({ text: 'onetwo', finish_reason: 'stop' });
    expect(choices[0].token_ids.at(-1)).toBe(END);
    expect(usage.completion_tokens).toBe(choices[0].token_ids.length);
    await scripted.server.close(0);
  });
});

describe('many requests at once', () => {
  it('each get what they get alone', async () => {
    const requests = Array.from({ length: 20 }, (_, i) => ({
      prompt: ['the cat', 'what is', 'Paris'][i % 3],
      max_tokens: 10 + (i % 7),
      temperature: [1, 0.7, 0][i % 3],
      top_p: i % 4 === 0 ? 0.9 : 1,
      seed: i,
    }));
    const alone: unknown[] = [];
    for (const r of requests) alone.push((await client.json(PATH, r)).choices);
    const together = await Promise.all(requests.map((r) => client.json(PATH, r)));
    expect(together.map((t) => t.choices)).toEqual(alone);
  });
});

describe('a context that is too long', () => {
  const prompt = Array.from({ length: POSITIONS - 5 }, (_, i) => i % 50);

  it('is refused', async () => {
    const response = await client.post(PATH, { prompt, max_tokens: 6 });
    expect(response.status).toBe(400);
    expect((await jsonOf(response)).error).toMatchObject({
      type: 'invalid_request_error',
      code: 'context_length_exceeded',
    });
    expect((await client.post(PATH, { prompt, max_tokens: 5 })).status).toBe(200);
  });

  it('loses its beginning where the server says so, and the answer tells', async () => {
    const cutting = await Client.of(model, { tokens: { truncatePrompts: true } });
    const response = await cutting.post(PATH, { prompt, max_tokens: 20, seed: 1, return_token_ids: true });
    expect(response.headers.get('x-turnwise-prompt-tokens-dropped')).toBe('15');
    const { choices } = await jsonOf(response);
    expect(choices[0].prompt_token_ids).toEqual(prompt.slice(15));
    const fits = await cutting.post(PATH, { prompt, max_tokens: 5 });
    expect(fits.headers.has('x-turnwise-prompt-tokens-dropped')).toBe(false);
    expect((await cutting.post(PATH, { prompt, max_tokens: POSITIONS })).status).toBe(400);
    await cutting.server.close(0);
  });
});
