import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { isLoopback } from './access.ts';
import { startServer } from './server.ts';
import { Client, endlessModel, jsonOf, scriptedModel } from './serving.test-support.ts';

const PATH = '/v1/completions';
const ASK = { prompt: 'x', max_tokens: 5 };
const open: Client[] = [];

async function start(...args: Parameters<typeof Client.of>): Promise<Client> {
  const client = await Client.of(...args);
  open.push(client);
  return client;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((c) => c.server.close(0)));
});

const model = scriptedModel(() => 'the cat');

/** Status of a request with headers that fetch would not send. */
async function status(client: Client, path: string, headers: Record<string, string>): Promise<number> {
  const { hostname, port } = new URL(client.server.url);
  const request = httpRequest({ hostname, port, path, headers });
  request.end();
  const [response] = await once(request, 'response');
  response.resume();
  return response.statusCode;
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
}

/** Waits until nothing is computed any more. */
async function settled(client: Client): Promise<void> {
  let completions = 1;
  for (let i = 0; i < 100 && completions > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    ({ completions } = await jsonOf(await client.fetch('/health')));
  }
  expect(completions).toBe(0);
}

describe('the way around', () => {
  it('lists the model and says that it is well', async () => {
    const client = await start(model);
    expect(await jsonOf(await client.fetch('/health'))).toEqual({ status: 'ok', model: 'tiny', completions: 0 });
    const list = await jsonOf(await client.fetch('/v1/models'));
    expect(list).toMatchObject({ object: 'list', data: [{ id: 'tiny', object: 'model', owned_by: 'turnwise' }] });
    expect(await jsonOf(await client.fetch('/v1/models/tiny'))).toEqual(list.data[0]);
    expect((await client.fetch('/v1/models/other')).status).toBe(404);
  });

  it('says what is not there', async () => {
    const client = await start(model);
    const missing = await client.fetch('/v1/embeddings');
    expect(missing.status).toBe(404);
    expect((await jsonOf(missing)).error.message).toContain('/v1/chat/completions');
    const wrong = await client.fetch(PATH);
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('POST');
    expect((await client.post(PATH, { ...ASK, model: 'gpt-4' })).status).toBe(404);
  });
});

describe('bodies', () => {
  it.each([
    ['{"prompt": ', 'invalid_json'],
    ['', 'invalid_json'],
    ['[1]', 'invalid_json'],
    ['"x"', 'invalid_json'],
    ['{"prompt": "x"\u0000}', 'invalid_json'],
    ['{"__proto__": {"prompt": "x"}}', 'invalid_value'],
    ['['.repeat(100_000), 'invalid_json'],
  ])('%.20s is refused', async (body, code) => {
    const client = await start(model);
    const headers = { 'content-type': 'application/json' };
    const response = await client.fetch(PATH, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect((await jsonOf(response)).error).toMatchObject({ type: 'invalid_request_error', code });
  });

  it('must say that they are JSON, so that a page elsewhere cannot send them unasked', async () => {
    const client = await start(model);
    const response = await client.fetch(PATH, { method: 'POST', body: JSON.stringify(ASK) });
    expect(response.status).toBe(415);
    const preflight = await client.fetch(PATH, { method: 'OPTIONS', headers: { origin: 'http://elsewhere' } });
    expect(preflight.status).toBe(405);
    expect(preflight.headers.has('access-control-allow-origin')).toBe(false);
  });

  it('may not be large, whether they say so or not', async () => {
    const client = await start(model, { maxBody: 1000 });
    const large = await client.post(PATH, { prompt: 'x'.repeat(5_000_000) });
    expect(large.status).toBe(413);
    expect((await jsonOf(large)).error.code).toBe('request_too_large');
    const stream = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(1000).fill(32));
        controller.close();
      },
    });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: stream, duplex: 'half' };
    const chunked = await client.fetch(PATH, init as RequestInit);
    expect(chunked.status).toBe(413);
    expect((await client.post(PATH, ASK)).status).toBe(200);
  });

  it('may not be slow', async () => {
    const client = await start(model, { bodyTimeout: 50 });
    const { hostname, port } = new URL(client.server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 408 /);
    socket.destroy();
  });
});

describe('who may ask', () => {
  it('those with the key', async () => {
    const client = await start(model, { apiKey: 'sesame' });
    const ask = (authorization?: string): Promise<Response> =>
      client.post(PATH, ASK, authorization === undefined ? {} : { headers: { authorization } });
    for (const wrong of [undefined, 'Bearer', 'Bearer wrong', 'Basic sesame', 'sesame', 'Bearer sesame2']) {
      const response = await ask(wrong);
      expect(response.status).toBe(401);
      expect((await jsonOf(response)).error).toMatchObject({ type: 'authentication_error', code: 'invalid_api_key' });
    }
    expect((await ask('Bearer sesame')).status).toBe(200);
    expect((await client.fetch('/v1/models')).status).toBe(401);
    expect((await client.fetch('/health')).status).toBe(200);
  });

  it('on loopback, those who call it by its name', async () => {
    const client = await start(model);
    expect(await status(client, '/health', { host: 'localhost:1234' })).toBe(200);
    expect(await status(client, '/health', { host: '[::1]:80' })).toBe(200);
    expect(await status(client, '/health', { host: 'evil.example' })).toBe(403);
    expect(await status(client, '/health', { host: '127.0.0.1.evil.example:80' })).toBe(403);
    expect(await status(client, 'http://localhost/health', { host: 'evil.example' })).toBe(403);
  });

  it('from other machines only with a key, or when it is meant', async () => {
    const message = /TURNWISE_API_KEY/;
    await expect(startServer(model, { host: '0.0.0.0', port: 0 })).rejects.toMatchObject({
      code: 'TURNWISE_SERVE',
      message: expect.stringMatching(message),
    });
    const meant = await startServer(model, { host: '0.0.0.0', port: 0, insecure: true });
    await meant.close(0);
    expect(['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]', 'LOCALHOST'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example', ''].some(isLoopback)).toBe(false);
  });

  it('nobody, where the port is taken', async () => {
    const client = await start(model);
    const port = Number(new URL(client.server.url).port);
    await expect(startServer(model, { port })).rejects.toMatchObject({
      code: 'TURNWISE_SERVE',
      message: expect.stringContaining('--port'),
    });
  });
});

describe('parameters', () => {
  it.each([
    [{ frequency_penalty: 0.5 }, 'frequency_penalty', 'unsupported_parameter'],
    [{ presence_penalty: -1 }, 'presence_penalty', 'unsupported_parameter'],
    [{ logit_bias: { 5: 1 } }, 'logit_bias', 'unsupported_parameter'],
    [{ response_format: { type: 'json_object' } }, 'response_format', 'unsupported_parameter'],
    [{ top_k: 5 }, 'top_k', 'unsupported_parameter'],
    [{ suffix: 'end' }, 'suffix', 'unsupported_parameter'],
    [{ best_of: 3 }, 'best_of', 'unsupported_parameter'],
    [{ echo: true, logprobs: 1 }, 'echo', 'unsupported_parameter'],
    [{ temprature: 1 }, 'temprature', 'unknown_parameter'],
    [{ temperature: 3 }, 'temperature', 'invalid_value'],
    [{ temperature: '1' }, 'temperature', 'invalid_value'],
    [{ top_p: 1.5 }, 'top_p', 'invalid_value'],
    [{ n: 0 }, 'n', 'invalid_value'],
    [{ n: 1000 }, 'n', 'invalid_value'],
    [{ max_tokens: 0 }, 'max_tokens', 'invalid_value'],
    [{ max_tokens: 1.5 }, 'max_tokens', 'invalid_value'],
    [{ max_tokens: 51 }, 'max_tokens', 'invalid_value'],
    [{ seed: 0.5 }, 'seed', 'invalid_value'],
    [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop', 'invalid_value'],
    [{ stop: '' }, 'stop', 'invalid_value'],
    [{ logprobs: 21 }, 'logprobs', 'invalid_value'],
    [{ stream_options: { include_usage: true } }, 'stream_options', 'invalid_value'],
    [{ prompt: '' }, 'prompt', 'invalid_value'],
    [{ prompt: [] }, 'prompt', 'invalid_value'],
    [{ prompt: [100_000] }, 'prompt', 'invalid_value'],
    [{ prompt: [-1] }, 'prompt.0', 'invalid_value'],
    [{ prompt: { text: 'x' } }, 'prompt', 'invalid_value'],
  ])('%j is refused by name', async (wrong, param, code) => {
    const client = await start(model, { tokens: { maxTokens: 50, truncatePrompts: false } });
    const response = await client.post(PATH, { ...ASK, ...wrong });
    const { error } = await jsonOf(response);
    expect(error).toMatchObject({ type: 'invalid_request_error', code });
    expect(error.param).toMatch(new RegExp(`^${param.split('.')[0]}`));
    expect(error.message).toContain(param.split('.')[0]);
    expect(response.status).toBe(400);
  });

  it('that change nothing are taken', async () => {
    const client = await start(model);
    const neutral = {
      frequency_penalty: 0,
      logit_bias: null,
      response_format: { type: 'text' },
      best_of: 1,
      user: 'u',
      stop: null,
      seed: -5,
      stream: false,
    };
    expect((await client.post(PATH, { ...ASK, ...neutral })).status).toBe(200);
  });
});

describe('limits', () => {
  it('below them everything runs at once', async () => {
    const started: AbortSignal[] = [];
    const client = await start(endlessModel(started));
    const running = Array.from({ length: 20 }, () => client.post(PATH, { ...ASK, max_tokens: 100 }));
    await until(() => started.length === 20);
    expect((await jsonOf(await client.fetch('/health'))).completions).toBe(20);
    for (const response of await Promise.all(running)) expect(response.status).toBe(200);
  });

  it('more completions than may wait are sent away for a while', async () => {
    const started: AbortSignal[] = [];
    const client = await start(endlessModel(started), { maxQueue: 3 });
    const leave = new AbortController();
    const running = client.post(PATH, { ...ASK, max_tokens: 100_000, n: 3 }, { signal: leave.signal });
    await until(() => started.length === 3);
    const response = await client.post(PATH, ASK);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('1');
    expect((await jsonOf(response)).error).toMatchObject({ type: 'rate_limit_error', code: 'queue_full' });
    leave.abort();
    await expect(running).rejects.toThrow();
    await until(() => started.every((s) => s.aborted));
    await settled(client);
    expect((await client.post(PATH, ASK)).status).toBe(200);
    expect((await client.post(PATH, { ...ASK, n: 4 })).status).toBe(400);
  });
});

describe('a client that leaves', () => {
  it('in the middle of its request is no error of ours', async () => {
    const errors: unknown[] = [];
    const client = await start(model, { onError: (error) => errors.push(error) });
    const { hostname, port } = new URL(client.server.url);
    const socket = connect(Number(port), hostname);
    const head = 'Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 100';
    socket.write(`POST ${PATH} HTTP/1.1\r\n${head}\r\n\r\n{`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(errors).toEqual([]);
    expect((await client.post(PATH, ASK)).status).toBe(200);
  });

  it.each([false, true])('cancels what it asked for, stream: %s', async (stream) => {
    const started: AbortSignal[] = [];
    const client = await start(endlessModel(started));
    const leave = new AbortController();
    const request = client.post(PATH, { ...ASK, max_tokens: 100_000, n: 2, stream }, { signal: leave.signal });
    if (stream) {
      const reader = (await request).body!.getReader();
      expect(new TextDecoder().decode((await reader.read()).value)).toContain('"text":"a"');
    }
    await until(() => started.length === 2);
    expect(started.some((s) => s.aborted)).toBe(false);
    leave.abort();
    await request.catch(() => {});
    await until(() => started.every((s) => s.aborted));
    await settled(client);
  });
});

describe('the end', () => {
  it('lets what runs go on for a while, and takes nothing new', async () => {
    const client = await Client.of(endlessModel([]));
    const running = client.events(PATH, { ...ASK, max_tokens: 40 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = client.server.close(5_000);
    await expect(client.post(PATH, ASK)).rejects.toThrow();
    expect((await running).map((e) => e.choices[0].text).join('')).toBe('a'.repeat(40));
    await closed;
  });

  it('tells those it cuts off', async () => {
    const client = await Client.of(endlessModel([]));
    const ask = { ...ASK, max_tokens: 100_000 };
    const stream = client.post(PATH, { ...ask, stream: true }).then((r) => r.text());
    const whole = client.post(PATH, ask);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.server.close(50);
    expect((await stream).trimEnd().split('\n\n').at(-1)).toContain('"code":"shutting_down"');
    expect((await whole).status).toBe(503);
  });

  it('of the policy is told, and stays between server and its person', async () => {
    const errors: unknown[] = [];
    const broken = scriptedModel(() => {
      throw new Error('secret detail');
    });
    const client = await start(broken, { onError: (error) => errors.push(error) });
    const response = await client.post(PATH, ASK);
    expect(response.status).toBe(500);
    expect(JSON.stringify(await jsonOf(response))).not.toContain('secret');
    expect(errors).toHaveLength(1);
  });
});
