import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { aRun, CONFIG, hasPython, memoryNotes, PYTHON, record, SIGNAL, VALUES } from '../logged-run.test-support.ts';
import type { LoggedIteration, LoggerNotes, MetricLogger, Preparation } from '../metric-logger.ts';
import { prepareTrackio } from './index.ts';
import { TrackioRemote } from './server.ts';
import { readTrackioSettings } from './settings.ts';

const script = (name: string): string =>
  fileURLToPath(new URL(`../../../../tests/golden/loggers/${name}`, import.meta.url));
const python = hasPython('trackio.fragments');

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'turnwise-trackio-'));

async function start(env: Preparation['env'], notes: LoggerNotes = memoryNotes()): Promise<MetricLogger> {
  return (await prepareTrackio({ env })).start!(aRun(), notes);
}

async function log(logger: MetricLogger, ...batches: readonly LoggedIteration[][]): Promise<void> {
  await logger.open(0, SIGNAL);
  for (const batch of batches) await logger.append(batch, SIGNAL);
  await logger.close('finished', SIGNAL);
}

/** Lines that wait in the inbox of a folder. */
function waiting(folder: string): Record<string, unknown>[] {
  const inbox = join(folder, 'inbox');
  return (readdirSync(inbox, { recursive: true }) as string[])
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(inbox, name), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const words = (values: Readonly<Record<string, number>>): Record<string, number | string> =>
  Object.fromEntries(Object.entries(values).map(([k, v]) => [k, Number.isFinite(v) ? v : String(v)]));

describe('settings of trackio', () => {
  const read = (env: Preparation['env'], token?: string) =>
    readTrackioSettings({ env, huggingFaceToken: async () => token });

  it('are its own environment variables', async () => {
    expect(await read({ HF_HOME: '/hf' })).toEqual({ project: 'turnwise', server: undefined, folder: '/hf/trackio' });
    expect((await read({ XDG_CACHE_HOME: '/c' })).folder).toBe('/c/huggingface/trackio');
    expect(await read({ TRACKIO_DIR: '/t', TRACKIO_PROJECT: 'p' })).toMatchObject({ project: 'p', folder: '/t' });
    const server = { url: 'http://127.0.0.1:7860', writeToken: 'w', huggingFaceToken: undefined };
    expect((await read({ TRACKIO_SERVER_URL: 'http://127.0.0.1:7860/?write_token=w' })).server).toEqual(server);
    expect((await read({ TRACKIO_SERVER_URL: 'http://127.0.0.1:7860', TRACKIO_WRITE_TOKEN: 'w' })).server).toEqual(
      server,
    );
    expect((await read({ TRACKIO_SPACE_ID: 'Me/my_board.1', TRACKIO_SERVER_URL: 'http://x' }, 'hf_x')).server).toEqual({
      url: 'https://me-my-board-1.hf.space',
      writeToken: undefined,
      huggingFaceToken: 'hf_x',
    });
  });

  it.each([
    [{ TRACKIO_SERVER_URL: '127.0.0.1' }, /TRACKIO_SERVER_URL is no address/],
    [{ TRACKIO_SERVER_URL: 'ftp://x/' }, /must begin with http/],
    [{ TRACKIO_SERVER_URL: 'http://x/y/' }, /there is no write token for http:\/\/x\/y\. Set TRACKIO_WRITE_TOKEN/],
    [{ TRACKIO_SPACE_ID: 'a/b' }, /no Hugging Face token for the Space a\/b\. Set HF_TOKEN/],
  ])('that cannot be right are refused: %j', async (env, message) => {
    await expect(read(env)).rejects.toMatchObject({ code: 'TURNWISE_LOGGER_SETTINGS' });
    await expect(read(env)).rejects.toThrow(message);
    await expect(read({ TRACKIO_SPACE_ID: 'nobody' }, 'hf_x')).rejects.toThrow('it must be owner/name');
  });
});

describe("trackio's folder", () => {
  it('gets files of rows, training and evaluation apart, the configuration with the first', async () => {
    const folder = newFolder();
    const logger = await start({ TRACKIO_DIR: folder, TRACKIO_PROJECT: 'p' });
    await log(logger, [record(0, { 'val/success_rate': 0.25 })], [record(1, { ...VALUES, 'val/success_rate': 0.5 })]);
    const lines = waiting(folder);
    expect(lines.map((line) => [line['step'], line['metrics']])).toEqual([
      [0, { 'val/success_rate': 0.25 }],
      [1, words(VALUES)],
      [1, { 'val/success_rate': 0.5 }],
    ]);
    expect(lines.map((line) => line['config'])).toEqual([
      { ...CONFIG, _Created: '2026-01-02T03:04:05.678Z' },
      null,
      null,
    ]);
    expect(lines[1]).toMatchObject({
      v: 1,
      kind: 'metric',
      project: 'p',
      run: 'a run',
      timestamp: '2026-01-02T03:05:01.125+00:00',
    });
    expect(new Set(lines.map((line) => line['log_id'])).size).toBe(3);
    expect(logger.look()).toBe('trackio show --project p (run a run)');
  });

  it('gets the rows of a resumed run under the same ids, whatever the project is called now', async () => {
    const [folder, notes] = [newFolder(), memoryNotes()];
    await log(await start({ TRACKIO_DIR: folder, TRACKIO_PROJECT: 'p' }, notes), [
      record(1, { a: 1 }),
      record(2, { a: 2 }),
    ]);
    const first = waiting(folder);
    rmSync(join(folder, 'inbox'), { recursive: true });
    await log(await start({ TRACKIO_DIR: folder, TRACKIO_PROJECT: 'q' }, notes), [record(2, { a: 2, 'val/b': 1 })]);
    const second = waiting(folder);
    expect(second.map((line) => [line['project'], line['run_id']])).toEqual(
      [1, 2].map(() => ['p', first[0]['run_id']]),
    );
    expect(second[0]['log_id']).toBe(first[1]['log_id']);
    expect(second[1]['log_id']).not.toBe(first[1]['log_id']);
  });

  it('may be emptied and removed by trackio at any time', async () => {
    const folder = newFolder();
    const logger = await start({ TRACKIO_DIR: folder });
    await logger.open(0, SIGNAL);
    await logger.append([record(0, { a: 1 })], SIGNAL);
    rmSync(join(folder, 'inbox'), { recursive: true });
    await logger.append([record(1, { a: 1 })], SIGNAL);
    expect(waiting(folder)).toHaveLength(1);
    // A name is not used again: trackio may be about to remove the file that had it.
    expect(readdirSync(join(folder, 'inbox'), { recursive: true })).toContainEqual(
      expect.stringMatching(/00000001\.jsonl$/),
    );
  });

  it.runIf(python)('is taken in by trackio exactly, and every row once', async () => {
    const [folder, notes] = [newFolder(), memoryNotes()];
    const env = { TRACKIO_DIR: folder };
    const records = [record(0, { 'val/success_rate': 0.25 }), record(1, VALUES)];
    await log(await start(env, notes), records);
    await log(await start(env, notes), [record(1, VALUES), record(2, { a: 1 })]);
    const answer = execFileSync(PYTHON, [script('read_trackio.py')], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      cwd: folder,
    });
    const [run, ...others] = JSON.parse(answer) as Record<string, unknown>[];
    expect(others).toEqual([]);
    expect(run).toMatchObject({ project: 'turnwise', name: 'a run', id: notes.get('id'), config: CONFIG });
    const python = (v: number): number | string =>
      Number.isFinite(v) ? v : String(v).toLowerCase().replace('infinity', 'inf');
    expect(run['rows']).toEqual(
      [...records, record(2, { a: 1 })].map(({ iteration, time, values }) => ({
        ...Object.fromEntries(Object.entries(values).map(([k, v]) => [k, python(v)])),
        step: iteration,
        timestamp: new Date(time).toISOString().replace('Z', '+00:00'),
      })),
    );
    expect(existsSync(join(folder, 'inbox')) ? readdirSync(join(folder, 'inbox')) : []).toEqual([]);
  });
});

describe('a server of trackio', () => {
  let server: Server | undefined;
  let serving: ChildProcess | undefined;
  afterEach(async () => {
    server?.close();
    if (serving) {
      serving.stdin!.end();
      await once(serving, 'close');
    }
    [server, serving] = [undefined, undefined];
  });

  /** A server that keeps what it is asked and gives one answer. */
  async function listen(status: number, answer: unknown) {
    const asked: { path: string; headers: IncomingHttpHeaders; body: Record<string, never> }[] = [];
    server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      asked.push({ path: request.url!, headers: request.headers, body: JSON.parse(text) });
      response.statusCode = status;
      response.end(JSON.stringify(answer));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  /** The real one, at its address. */
  async function serve(env: Readonly<Record<string, string>>): Promise<string> {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TRACKIO|HF)_/.test(name)));
    serving = spawn(PYTHON, [script('serve_trackio.py')], {
      env: { ...clean, TRACKIO_DIR: newFolder(), HF_HUB_OFFLINE: '1', ...env },
      cwd: tmpdir(),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const [address] = (await once(createInterface(serving.stdout!), 'line')) as [string];
    return address.replace(/\/$/, '');
  }

  async function logs(url: string, project: string, run: string): Promise<unknown> {
    const body = JSON.stringify({ project, run });
    const answer = await fetch(`${url}/api/get_logs`, { method: 'POST', body });
    const rows = ((await answer.json()) as { data: Record<string, unknown>[] }).data;
    return rows.map(({ timestamp, ...row }) => row);
  }

  it('is asked whether it takes the token, and gets rows in one request', async () => {
    const { asked, url } = await listen(200, { data: { allowed: true } });
    const logger = await start({ TRACKIO_SERVER_URL: `${url}/?write_token=sesame` });
    await log(logger, [record(0, { a: 1, 'val/b': Number.NaN }), record(1, { a: 2 })], [record(2, { a: 3 })]);
    expect(asked.map(({ path }) => path)).toEqual(['/api/get_run_mutation_status', '/api/bulk_log', '/api/bulk_log']);
    expect(asked.every(({ headers }) => headers['x-trackio-write-token'] === 'sesame')).toBe(true);
    const entries = asked.slice(1).map(({ body }) => body['logs'] as Record<string, unknown>[]);
    expect(entries.map((list) => list.map((entry) => entry['metrics']))).toEqual([
      [{ a: 1 }, { 'val/b': 'NaN' }, { a: 2 }],
      [{ a: 3 }],
    ]);
    expect(entries.map(([first]) => first['config'] === null)).toEqual([false, true]);
    expect(logger.look()).toBe(`${url} (project turnwise, run a run)`);
    expect(logger.destination).not.toContain('sesame');
  });

  it('that refuses the token is told before a run begins, without the token', async () => {
    const { url } = await listen(200, { data: { allowed: false } });
    const refused = start({ TRACKIO_SERVER_URL: url, TRACKIO_WRITE_TOKEN: 'sesame' });
    await expect(refused).rejects.toMatchObject({ code: 'TURNWISE_LOGGER_SETTINGS' });
    await expect(refused).rejects.toThrow(/refuses the write token\. Set TRACKIO_WRITE_TOKEN/);
    await expect(refused).rejects.not.toThrow('sesame');
  });

  it('that says something of a token is not repeated', async () => {
    const { url } = await listen(400, { error: 'no such token: sesame' });
    const remote = new TrackioRemote(
      aRun(),
      { project: 'p', name: 'n', id: 'i' },
      { url, writeToken: 'sesame', huggingFaceToken: undefined },
    );
    const failed = remote.append([record(0, { a: 1 })], SIGNAL);
    await expect(failed).rejects.toMatchObject({ permanent: true });
    await expect(failed).rejects.toThrow('answered 400: {"error":"no such token: ***"}');
  });

  it.runIf(python)('of the official package takes every row once', async () => {
    const url = await serve({ TRACKIO_WRITE_TOKEN: 'sesame' });
    const env = { TRACKIO_SERVER_URL: url, TRACKIO_WRITE_TOKEN: 'sesame', TRACKIO_PROJECT: 'p' };
    await expect(start({ ...env, TRACKIO_WRITE_TOKEN: 'wrong' })).rejects.toThrow(/refuses the write token/);
    const notes = memoryNotes();
    await log(await start(env, notes), [record(0, { 'val/a': 0.1 }), record(1, { a: 1 / 3, b: Number.NaN })]);
    await log(await start(env, notes), [record(1, { a: 7, 'val/a': 0.2 }), record(2, { a: 2 })]);
    // What is no finite number is null where the server is asked, and kept as it is (see above).
    expect(await logs(url, 'p', 'a run')).toEqual([
      { 'val/a': 0.1, step: 0 },
      { a: 1 / 3, b: null, step: 1 },
      { 'val/a': 0.2, step: 1 },
      { a: 2, step: 2 },
    ]);
  });

  it.runIf(python)('that takes itself for a Space takes rows by the token of the user', async () => {
    const space = { SYSTEM: 'spaces', HF_TOKEN: 'hf_right', SPACE_AUTHOR_NAME: 'a', SPACE_REPO_NAME: 'b' };
    const url = await serve(space);
    const to = (huggingFaceToken: string | undefined) =>
      new TrackioRemote(aRun(), { project: 'p', name: 'n', id: 'i' }, { url, writeToken: undefined, huggingFaceToken });
    await expect(to(undefined).append([record(0, { a: 1 })], SIGNAL)).rejects.toThrow(/HF_TOKEN/);
    await to('hf_right').append([record(0, { a: 1 })], SIGNAL);
    expect(await logs(url, 'p', 'n')).toEqual([{ a: 1, step: 0 }]);
  });
  it.skipIf(python)('skipped: no Python with trackio (TURNWISE_PYTHON names one)', () => {});
});
