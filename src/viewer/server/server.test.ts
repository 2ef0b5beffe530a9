import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunDatabase } from '../../database/index.ts';
import { playIterations, writeTestRun } from '../../database/run.test-support.ts';
import { RunFolder } from '../../runs/index.ts';
import type { Change, EpisodePage, RunSummary } from '../api.ts';
import { ENDPOINTS } from '../endpoints.ts';
import type { PageFile } from './page-files.ts';
import { LARGEST_BODY } from './read-body.ts';
import { type RunningViewer, startViewer } from './server.ts';

const page = new Map<string, PageFile>([
  ['index.html', { type: 'text/html; charset=utf-8', content: Buffer.from('<!doctype html><title>page</title>') }],
  ['app.js', { type: 'text/javascript; charset=utf-8', content: Buffer.from('1') }],
]);

let dir: string;
let closing: (() => Promise<void>)[];
let errors: unknown[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
  closing = [];
  errors = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(dir, { recursive: true, force: true });
  expect(errors).toEqual([]);
});

interface Client {
  readonly viewer: RunningViewer;
  readonly origin: string;
  readonly port: number;
  readonly cookie: string;
  ask<T>(endpoint: string, argument?: unknown): Promise<T>;
}

async function open(folders = [dir]): Promise<Client> {
  const database = await RunDatabase.open(folders, { detail: 'search' });
  closing.push(() => database.close());
  const viewer = await startViewer(database, { page, port: 0, onError: (error) => errors.push(error) });
  closing.push(() => viewer.close());
  const { origin, port } = new URL(viewer.url);
  const entered = await fetch(viewer.url);
  const cookie = entered.headers.get('set-cookie')!.split(';')[0];
  return {
    viewer,
    origin,
    port: Number(port),
    cookie,
    async ask<T>(endpoint: string, argument: unknown = {}) {
      const response = await post(origin, endpoint, argument, cookie);
      expect(response.status).toBe(200);
      return (await response.json()) as T;
    },
  };
}

function post(origin: string, endpoint: string, argument: unknown, cookie?: string, headers = {}): Promise<Response> {
  return fetch(`${origin}/api/${endpoint}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(cookie && { cookie }), ...headers },
    body: JSON.stringify(argument),
  });
}

/** A request with headers that `fetch` does not let be set. */
function raw(
  { port, cookie }: Client,
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers: { cookie, ...headers } }, (response) => {
      let text = '';
      response.on('data', (part) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode!, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

describe('who may ask', () => {
  test('the address that is printed gives a cookie and leads to the page without the key', async () => {
    const { viewer, origin, cookie, port } = await open();
    expect(new URL(viewer.url).hostname).toBe('127.0.0.1');
    expect(new URL(viewer.url).searchParams.get('token')).toMatch(/^[0-9a-f]{32}$/);
    const entered = await fetch(viewer.url);
    expect(entered.headers.get('set-cookie')).toBe(`${cookie}; Path=/; HttpOnly; SameSite=Strict`);
    expect(cookie.startsWith(`turnwise-viewer-${port}=`)).toBe(true);
    expect(await entered.text()).toContain('http-equiv="refresh" content="1; url=./"');
    expect(entered.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'sha256-/);
    const response = await fetch(`${origin}/`, { headers: { cookie } });
    expect(await response.text()).toContain('<title>page</title>');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('access-control-allow-origin')).toBe(null);
  });

  test('nobody without the key, and nothing for him', async () => {
    const { origin, port, cookie } = await open();
    const wrong = [
      '',
      'turnwise-viewer=x',
      `turnwise-viewer-${port}=${'0'.repeat(32)}`,
      `${cookie}0`,
      cookie.slice(0, -1),
    ];
    for (const given of wrong) {
      for (const path of ['/', '/app.js', '/api/watch', '/nowhere', '/?token=', `/?token=${'0'.repeat(32)}`]) {
        const response = await fetch(`${origin}${path}`, { headers: { cookie: given } });
        expect(response.status).toBe(403);
        expect(await response.json()).toEqual({
          error: expect.stringContaining('Open the address'),
          code: 'TURNWISE_VIEWER_ACCESS',
        });
        expect(response.headers.get('set-cookie')).toBe(null);
      }
      for (const endpoint of ENDPOINTS) expect((await post(origin, endpoint, {}, given)).status).toBe(403);
    }
  });

  test('no other name than of this machine', async () => {
    const client = await open();
    for (const host of [
      'evil.example',
      `evil.example:${client.port}`,
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '127.0.0.2',
      '[::1]evil',
    ]) {
      expect((await raw(client, '/', { headers: { host } })).status, host).toBe(403);
    }
    // Through a tunnel the port is another one.
    for (const host of ['localhost', `localhost:${client.port}`, '127.0.0.1:1', '[::1]:9999']) {
      expect((await raw(client, '/', { headers: { host } })).status, host).toBe(200);
    }
  });

  test('no page of another site, whatever it carries', async () => {
    const client = await open();
    const ask = (headers: Record<string, string>) =>
      raw(client, '/api/runs', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{}',
      });
    const own = `http://127.0.0.1:${client.port}`;
    const host = `127.0.0.1:${client.port}`;
    expect((await ask({ host, origin: own, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    for (const origin of [
      'http://evil.example',
      'null',
      `http://127.0.0.1:${client.port + 1}`,
      `https://127.0.0.1:${client.port}`,
    ]) {
      expect((await ask({ host, origin })).status, origin).toBe(403);
    }
    expect((await ask({ host, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    // What a form can send.
    expect((await ask({ host, 'content-type': 'text/plain' })).status).toBe(415);
  });
});

describe('what is asked', () => {
  test('every endpoint answers', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 2, tokens: 'all' });
    const { ask } = await open();
    const [run] = await ask<RunSummary[]>('runs');
    expect(run).toMatchObject({ id: 'run1', status: 'finished', iteration: 2, environment: 'household', problems: [] });
    expect(await ask('curves', ['run1'])).toMatchObject([{ run: 'run1', iteration: [0, 1, 2], seconds: [0, 2, 4] }]);
    const query = { run: 'run1', kind: 'train', sort: 'reward', descending: true, offset: 0, limit: 3 };
    const shown = await until(async () => {
      const answer = await ask<EpisodePage>('episodes', query);
      return answer.pending === 0 ? answer : undefined;
    });
    expect(shown).toMatchObject({ total: 24, rows: [{ reward: 10 }, { reward: 10 }, { reward: 10 }] });
    expect(await ask('facets', 'run1')).toMatchObject({ kinds: ['train', 'held-out'], longest: 5 });
    const place = { run: 'run1', kind: 'train', iteration: 1 };
    expect(await ask('group', { ...place, group: 'r0g001' })).toMatchObject({ credit: { asTrained: true } });
    expect(await ask('text', { ...place, episode: 'r0g001t000', step: 0, field: 'action' })).toBe('go to shelf 1');
    expect(await ask('text', { ...place, episode: 'r0g001t000', step: 0, field: 'prompt' })).toBe(null);
    expect(await ask('algorithms')).toHaveLength(12);
  });

  test.each([
    ['runs', [], 400, 'TURNWISE_VIEWER_QUERY'],
    ['curves', 'run1', 400, 'TURNWISE_VIEWER_QUERY'],
    ['curves', ['run2'], 404, 'TURNWISE_VIEWER'],
    ['facets', '../run1', 404, 'TURNWISE_VIEWER'],
    ['facets', '__proto__', 404, 'TURNWISE_VIEWER'],
    [
      'episodes',
      { run: 'run1', sort: 'reward; DROP TABLE x', descending: false, offset: 0, limit: 1 },
      400,
      'TURNWISE_VIEWER_QUERY',
    ],
    [
      'episodes',
      { run: 'run1', sort: 'order', descending: false, offset: 0, limit: 501 },
      400,
      'TURNWISE_VIEWER_QUERY',
    ],
    ['episodes', { run: 'run1', sort: 'order', descending: false, offset: -1, limit: 1 }, 400, 'TURNWISE_VIEWER_QUERY'],
    [
      'episodes',
      { run: 'run1', sort: 'order', descending: false, offset: 0, limit: 1, more: 1 },
      400,
      'TURNWISE_VIEWER_QUERY',
    ],
    ['group', { run: 'run1', kind: '../../x', iteration: 1, group: 'g' }, 404, 'TURNWISE_VIEWER'],
    ['group', { run: 'run1', kind: 'train', iteration: 1, group: 'g' }, 404, 'TURNWISE_VIEWER'],
    [
      'group',
      { run: 'run1', kind: 'train', iteration: 1, group: 'r0g000', algorithm: 'constructor' },
      400,
      'TURNWISE_CREDIT_ALGORITHM',
    ],
    [
      'text',
      { run: 'run1', kind: 'train', iteration: 1, episode: 'r0g000t000', step: 99, field: 'action' },
      404,
      'TURNWISE_VIEWER',
    ],
    [
      'text',
      { run: 'run1', kind: 'train', iteration: 1, episode: 'x', step: 0, field: 'steps' },
      400,
      'TURNWISE_VIEWER_QUERY',
    ],
    ['nothing', {}, 404, 'TURNWISE_VIEWER_QUERY'],
    ['constructor', {}, 404, 'TURNWISE_VIEWER_QUERY'],
  ])('%s %j is refused with %d', async (endpoint, argument, status, code) => {
    await writeTestRun(join(dir, 'run1'), { iterations: 1 });
    const { origin, cookie } = await open();
    const response = await post(origin, endpoint, argument, cookie);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code, error: expect.stringMatching(/\.$|\?$/) });
  });

  test('no file but the page, by no path', async () => {
    writeFileSync(join(dir, 'secret'), 'secret');
    const client = await open();
    const paths = [
      '/../secret',
      '/..%2fsecret',
      '/%2e%2e/secret',
      '/....//secret',
      `/${dir}/secret`,
      '//etc/passwd',
      '/app.js/../../secret',
      '/index.html%00.js',
      '/constructor',
      '/__proto__',
      '\\..\\secret',
      'http://127.0.0.1/secret',
    ];
    for (const path of paths) {
      const { status, text } = await raw(client, path);
      expect([400, 404], path).toContain(status);
      expect(text).not.toContain('root:');
    }
    expect((await raw(client, '/app.js')).text).toBe('1');
  });

  test('methods, bodies and sizes', async () => {
    const client = await open();
    const { origin, cookie } = client;
    expect((await raw(client, '/api/runs')).status).toBe(405);
    expect((await raw(client, '/', { method: 'POST' })).status).toBe(405);
    expect((await raw(client, '/', { method: 'DELETE' })).status).toBe(405);
    expect((await raw(client, '/api/watch', { method: 'POST' })).status).toBe(405);
    const json = { 'content-type': 'application/json' };
    expect((await raw(client, '/api/runs', { method: 'POST', headers: json, body: '{' })).status).toBe(400);
    expect((await raw(client, '/api/runs', { method: 'POST', headers: json, body: '' })).status).toBe(400);
    const large = ['x'.repeat(LARGEST_BODY)];
    expect((await post(origin, 'curves', large, cookie)).status).toBe(413);
    const chunked = await raw(client, '/api/curves', {
      method: 'POST',
      headers: { ...json, 'transfer-encoding': 'chunked' },
      body: JSON.stringify(large),
    });
    expect(chunked.status).toBe(413);
    expect((await raw(client, `/${'x'.repeat(20_000)}`)).status).toBe(431);
  });

  test('garbage on the line, and connections that break, hurt nobody', async () => {
    const client = await open();
    for (const text of [
      '\0\0\0\r\n\r\n',
      'GET / HTTP/1.1\r\n',
      'POST /api/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{',
    ]) {
      const socket = connect(client.port, '127.0.0.1');
      socket.on('error', () => undefined);
      await new Promise<void>((resolve) => socket.write(text, () => resolve()));
      socket.destroy();
    }
    expect(await client.ask('runs')).toEqual([]);
  });
});

describe('what changes', () => {
  async function listen({ origin, cookie }: Client): Promise<{ changes: Change[]; close: () => Promise<void> }> {
    const controller = new AbortController();
    const response = await fetch(`${origin}/api/watch`, { headers: { cookie }, signal: controller.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const changes: Change[] = [];
    const reading = (async () => {
      let rest = '';
      for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
        const events = (rest + part).split('\n\n');
        rest = events.pop()!;
        for (const event of events) if (event.startsWith('data: ')) changes.push(JSON.parse(event.slice(6)) as Change);
      }
    })().catch(() => undefined);
    return {
      changes,
      close: async () => {
        controller.abort();
        await reading;
      },
    };
  }

  test('whoever listens is told, and finds it there', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 9, played: 1 });
    const client = await open();
    const [a, b] = [await listen(client), await listen(client)];
    const total = async (): Promise<number> =>
      (
        await client.ask<EpisodePage>('episodes', {
          run: 'run1',
          kind: 'train',
          sort: 'order',
          descending: false,
          offset: 0,
          limit: 1,
        })
      ).total;
    await until(async () => ((await total()) === 12 ? true : undefined));
    a.changes.length = 0;
    await playIterations(await RunFolder.open(join(dir, 'run1')), 2, 2);
    await until(async () => ((await total()) === 24 ? true : undefined));
    await until(async () => (a.changes.some((c) => c.runs.includes('run1')) ? true : undefined));
    expect(b.changes.some((c) => c.runs.includes('run1'))).toBe(true);
    await writeTestRun(join(dir, 'run2'), { iterations: 1 });
    await until(async () => (a.changes.some((c) => c.list) ? true : undefined));
    await until(async () => ((await client.ask<RunSummary[]>('runs')).length === 2 ? true : undefined));
    appendFileSync(join(dir, 'run2', 'metrics.jsonl'), '{"iteration":7,"a":1}\n');
    await until(async () => ((await client.ask<RunSummary[]>('runs'))[1].last['a'] === 1 ? true : undefined));
    await Promise.all([a.close(), b.close()]);
  });

  test('two viewers look at one folder side by side, each with its own cookie', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 1 });
    const [a, b] = [await open(), await open()];
    expect(a.port).not.toBe(b.port);
    expect((await post(a.origin, 'runs', {}, b.cookie)).status).toBe(403);
    const both = `${b.cookie}; ${a.cookie}`;
    for (const { origin } of [a, b]) expect((await post(origin, 'runs', {}, both)).status).toBe(200);
  });

  test('closing ends those who listen, and frees the port', async () => {
    const client = await open();
    const listening = await listen(client);
    await client.viewer.close();
    await listening.close();
    await expect(fetch(client.origin)).rejects.toThrow();
    const database = await RunDatabase.open([dir], { detail: 'search' });
    closing.push(() => database.close());
    const again = await startViewer(database, { page, port: client.port, onError: () => undefined });
    closing.push(() => again.close());
    await expect(startViewer(database, { page, port: client.port, onError: () => undefined })).rejects.toThrow(
      'it is in use',
    );
  });
});
