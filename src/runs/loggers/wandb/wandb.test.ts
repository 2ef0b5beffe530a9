import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRun, CONFIG, hasPython, memoryNotes, PYTHON, record, SIGNAL, VALUES } from '../logged-run.test-support.ts';
import type { LoggedIteration, LoggerNotes, MetricLogger, RunEnd } from '../metric-logger.ts';
import { all, one, readMessage } from '../read-protobuf.test-support.ts';
import { type FakeRun, FakeWandb, readRow } from './fake-wandb.test-support.ts';
import { prepareWandb } from './index.ts';
import { historyOf, kindOf, readLog } from './read-log.test-support.ts';
import { parseWandbJson } from './values.ts';

const KEY = '0123456789abcdef0123456789abcdef01234567';
const CLIENT = fileURLToPath(new URL('../../../../tests/golden/loggers/log_wandb.py', import.meta.url));
const python = hasPython('wandb');

let server: FakeWandb;
beforeEach(async () => {
  server = await FakeWandb.start();
});
afterEach(() => server.close());

/** Settings under which only the test's server can be asked. */
function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    HOME: mkdtempSync(join(tmpdir(), 'turnwise-home-')),
    WANDB_API_KEY: KEY,
    WANDB_BASE_URL: server.url,
    ...more,
  };
}

async function start(
  notes: LoggerNotes,
  run = aRun(),
  more: Readonly<Record<string, string>> = {},
): Promise<MetricLogger> {
  return (await prepareWandb({ env: environment(more) })).start!(run, notes);
}

async function log(
  logger: MetricLogger,
  batches: readonly LoggedIteration[][],
  end: RunEnd = 'finished',
): Promise<number> {
  const wanted = await logger.open(0, SIGNAL);
  for (const batch of batches) await logger.append(batch, SIGNAL);
  await logger.close(end, SIGNAL);
  return wanted;
}

/** Rows of a run without W&B's own clocks. */
function rows({ history }: FakeRun): Record<string, unknown>[] {
  return history.map((line) => {
    const { _timestamp, _runtime, ...row } = readRow(line);
    return row;
  });
}

function row({ iteration, values }: LoggedIteration): Record<string, unknown> {
  const said = Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)]);
  return { ...Object.fromEntries(said), _step: iteration };
}

const RECORDS = [
  record(0, { 'val/success_rate': 0.25 }),
  record(1, VALUES),
  record(2, { 'episode/success_rate': 0.5 }),
];

describe('online', () => {
  it('a run has its configuration, a row an iteration, a summary and an end', async () => {
    const notes = memoryNotes();
    const logger = await start(notes, aRun(), {
      WANDB_TAGS: 'a,b',
      WANDB_RUN_GROUP: 'g',
      WANDB_NOTES: 'n',
      WANDB_JOB_TYPE: 'j',
    });
    expect(await log(logger, [RECORDS.slice(0, 1), RECORDS.slice(1)])).toBe(0);
    const { run } = server;
    expect(rows(run)).toEqual(RECORDS.map(row));
    expect(readRow(run.history[1])).toMatchObject({ _timestamp: RECORDS[1].time / 1000, _runtime: 55.447 });
    const summary = readRow(run.summary);
    expect(summary).toMatchObject({
      ...row(RECORDS[1]),
      'val/success_rate': 0.25,
      'episode/success_rate': 0.5,
      _step: 2,
    });
    const { _wandb, ...config } = run.config;
    expect(config).toEqual(Object.fromEntries(Object.entries(CONFIG).map(([key, value]) => [key, { value }])));
    expect(_wandb).toEqual({ value: { t: {} } });
    expect(run).toMatchObject({
      project: 'turnwise',
      displayName: 'a run',
      groupName: 'g',
      jobType: 'j',
      notes: 'n',
      tags: ['a', 'b'],
      complete: true,
      exitCode: 0,
    });
    expect(run.id).toMatch(/^[a-z0-9]{8}$/);
    expect(logger.look()).toBe(`${server.url}/someone/turnwise/runs/${run.id}`);
    expect(server.keys).toEqual(new Set([`Basic ${Buffer.from(`api:${KEY}`).toString('base64')}`]));
    expect(JSON.stringify(notes.values)).not.toContain(KEY);
  });

  it('a resumed run goes on where the server is, and sends no iteration twice', async () => {
    const notes = memoryNotes();
    await log(await start(notes), [RECORDS], 'interrupted');
    expect(server.run).toMatchObject({ complete: true, exitCode: 255 });
    const again = await start(notes, aRun(), { WANDB_PROJECT: 'another', WANDB_ENTITY: 'nobody' });
    const wanted = await again.open(2, SIGNAL);
    expect(wanted).toBe(3);
    expect(server.run).toMatchObject({ project: 'turnwise', complete: false });
    await again.append([record(2, { 'episode/success_rate': 0.9, 'val/success_rate': 0.75 })], SIGNAL);
    expect(rows(server.run)).toEqual(RECORDS.map(row));
    expect(readRow(server.run.summary)).toMatchObject({ 'val/success_rate': 0.75, 'actor/lr': 1e-9 });
    await again.append([record(3, { a: 1 })], SIGNAL);
    await again.close('finished', SIGNAL);
    expect(rows(server.run)).toEqual([...RECORDS, record(3, { a: 1 })].map(row));
    expect(again.look()).toMatch(/has iterations up to 2; these are not sent again/);
  });

  it('keys of the configuration that were set elsewhere stay', async () => {
    const notes = memoryNotes();
    await log(await start(notes), [RECORDS]);
    server.run.config = { ...server.run.config, mine: { value: 7 }, seed: { value: 9 } };
    await log(await start(notes), []);
    expect(server.run.config).toMatchObject({ mine: { value: 7 }, seed: { value: CONFIG.seed } });
  });

  it('a request that is made again after its answer was lost is one', async () => {
    const logger = await start(memoryNotes());
    await logger.open(0, SIGNAL);
    await logger.append(RECORDS.slice(0, 1), SIGNAL);
    const offsets = server.run.history.length;
    server.fate = (what) => (what.startsWith('/files') ? 'drop' : 'answer');
    await expect(logger.append(RECORDS.slice(1), SIGNAL)).rejects.toMatchObject({ permanent: false });
    server.fate = () => 'answer';
    await logger.append(RECORDS.slice(1), SIGNAL);
    expect(offsets).toBe(1);
    expect(rows(server.run)).toEqual(RECORDS.map(row));
  });

  it('a key that is refused is told before a run begins, and is not shown', async () => {
    server.fate = () => 401;
    const refused = prepareWandb({ env: environment() });
    await expect(refused).rejects.toMatchObject({ code: 'TURNWISE_LOGGER_SETTINGS' });
    await expect(refused).rejects.toThrow(/refuses the key\. Get yours at .*authorize and set WANDB_API_KEY/);
    await expect(refused).rejects.not.toThrow(KEY);
  });

  it('what a server says of a failure is told without the key', async () => {
    const logger = await start(memoryNotes());
    server.fate = () => 403;
    const failed = logger.open(0, SIGNAL);
    await expect(failed).rejects.toMatchObject({ code: 'TURNWISE_LOGGER_DELIVERY', permanent: true });
    await expect(failed).rejects.toThrow('answered 403: {"error":"status 403 for Basic ***"}');
    server.fate = () => 503;
    await expect(logger.open(0, SIGNAL)).rejects.toMatchObject({ permanent: false });
  });

  it('a server that cannot be reached is no wrong setting', async () => {
    const env = environment({ WANDB_BASE_URL: 'http://127.0.0.1:9' });
    const prepared = await prepareWandb({ env });
    const logger = await prepared.start!(aRun(), memoryNotes());
    await expect(logger.open(0, SIGNAL)).rejects.toMatchObject({ permanent: false });
    await expect(logger.open(0, SIGNAL)).rejects.toThrow('http://127.0.0.1:9 cannot be reached');
  });
});

it('WANDB_MODE=disabled switches it off', async () => {
  const prepared = await prepareWandb({ env: environment({ WANDB_MODE: 'disabled' }) });
  expect(prepared.start).toBeUndefined();
  expect(prepared.warning).toMatch(/WANDB_MODE=disabled/);
});

describe('offline', () => {
  const offline = { WANDB_MODE: 'offline', WANDB_API_KEY: '' };
  const file = (logger: MetricLogger): string => {
    const folder = logger.look().replace(/^wandb sync /, '');
    return join(folder, `run-${folder.slice(-8)}.wandb`);
  };

  it('a run is a file of records in the folder that W&B looks for', async () => {
    const run = aRun();
    const logger = await start(memoryNotes(), run, { ...offline, WANDB_TAGS: 'a,b', WANDB_ENTITY: 'e' });
    expect(await log(logger, [RECORDS.slice(0, 2), RECORDS.slice(2)], 'failed')).toBe(0);
    expect(file(logger)).toMatch(new RegExp(`^${run.folder}/wandb/offline-run-20260102_030405-[a-z0-9]{8}/run-`));
    const records = readLog(file(logger));
    expect(records.map(kindOf)).toEqual(['header', 'run', ...RECORDS.flatMap(() => ['history', 'summary']), 'exit']);
    expect(records.map((r) => Number(one(r, 1)!.varint))).toEqual(records.map((_, i) => i + 1));
    const said = readMessage(one(records[1], 17)!.bytes);
    expect([2, 3, 8].map((field) => one(said, field)!.bytes.toString())).toEqual(['e', 'turnwise', 'a run']);
    expect(all(said, 10).map(({ bytes }) => bytes.toString())).toEqual(['a', 'b']);
    const history = records.filter((r) => kindOf(r) === 'history').map(historyOf);
    expect(history[1]).toMatchObject({ _step: '1', 'actor/pg_loss': 'NaN', 'critic/advantages/min': '-Infinity' });
    expect(Number(one(readMessage(one(records.at(-1)!, 18)!.bytes), 1)!.varint)).toBe(1);
    expect(server.asked).toEqual([]);
  });

  it('records of any size are whole, wherever a block ends', async () => {
    const logger = await start(memoryNotes(), aRun(), offline);
    const sizes = [1, 2000, 700, 30, 4000, 1, 1, 300];
    const values = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`metric/${i}`, i / 7]));
    await log(
      logger,
      sizes.map((n, i) => [record(i, values(n))]),
    );
    const history = readLog(file(logger))
      .filter((r) => kindOf(r) === 'history')
      .map(historyOf);
    expect(history.map((h) => Object.keys(h).length - 3)).toEqual(sizes);
    expect(history[1]['metric/1999']).toBe(JSON.stringify(1999 / 7));
  });

  it('a resumed run is one file with every iteration once, to be uploaded again', async () => {
    const [run, notes] = [aRun(), memoryNotes()];
    const first = await start(notes, run, offline);
    await log(first, [RECORDS]);
    writeFileSync(`${file(first)}.synced`, '');
    const second = await start(notes, run, offline);
    expect(await log(second, [RECORDS.slice(0, 2), [record(2, { a: 2 })]])).toBe(0);
    expect(file(second)).toBe(file(first));
    expect(existsSync(`${file(first)}.synced`)).toBe(false);
    const steps = readLog(file(second))
      .filter((r) => kindOf(r) === 'history')
      .map((r) => historyOf(r)['_step']);
    expect(steps).toEqual(['0', '1', '2']);
  });

  it.runIf(python)('is uploaded by the official client just as it was logged', async () => {
    const logger = await start(memoryNotes(), aRun(), { ...offline, WANDB_TAGS: 'a,b', WANDB_RUN_GROUP: 'g' });
    const many = Array.from({ length: 300 }, (_, i) => record(i + 3, { ...VALUES, i }));
    await log(logger, [RECORDS, many], 'interrupted');
    expect(await official(['-m', 'wandb', ...logger.look().split(' ').slice(1)])).toMatch(/Finished syncing/);
    expect(rows(server.run)).toEqual([...RECORDS, ...many].map(row));
    expect(server.run).toMatchObject({
      displayName: 'a run',
      groupName: 'g',
      tags: ['a', 'b'],
      complete: true,
      exitCode: 255,
    });
    expect(server.run.config).toMatchObject({ seed: { value: 3 }, note: { value: CONFIG.note } });
    expect(readRow(server.run.summary)).toMatchObject({ ...row(many[299]), 'val/success_rate': 0.25 });
  });
});

describe('beside the official client', () => {
  const words = (query: string): Set<string> => new Set(query.match(/\w+/g));

  it.runIf(python)('the same run leaves the same on the server, also after it was resumed', async () => {
    const notes = memoryNotes();
    const more = { WANDB_TAGS: 'a,b', WANDB_RUN_GROUP: 'g', WANDB_NOTES: 'n', WANDB_JOB_TYPE: 'j' };
    const parts = [RECORDS, [record(3, VALUES), record(5, { a: 1 })]];
    for (const part of parts) await log(await start(notes, aRun(), more), [part]);
    const ours = server.run;
    const [asked, queries] = [[...server.asked], new Map(server.queries)];
    server.runs.clear();
    for (const part of parts) {
      const given = join(mkdtempSync(join(tmpdir(), 'turnwise-')), 'run.json');
      const facts = {
        id: ours.id,
        name: 'a run',
        project: 'turnwise',
        config: CONFIG,
        group: 'g',
        tags: ['a', 'b'],
        notes: 'n',
        job_type: 'j',
      };
      const records = part.map((r) => {
        const { _step, ...values } = row(r);
        return [r.iteration, values];
      });
      writeFileSync(given, JSON.stringify({ ...facts, records }));
      await official([CLIENT, given]);
    }
    const theirs = server.run;
    expect(rows(ours)).toEqual(rows(theirs));
    expect(without(ours)).toEqual(without(theirs));
    expect(Object.keys(readRow(ours.summary)).sort()).toEqual(Object.keys(readRow(theirs.summary)).sort());
    // Nothing is asked that the official client does not ask as well, by the same words.
    expect(new Set(server.asked)).toEqual(new Set([...asked, ...server.asked]));
    for (const [operation, query] of queries) {
      const known = words(server.queries.get(operation)!);
      expect(
        [...words(query)].filter((word) => !known.has(word)),
        operation,
      ).toEqual([]);
    }
  });
  it.skipIf(python)('skipped: no Python with wandb (TURNWISE_PYTHON names one)', () => {});
});

it('what W&B writes is read, with null for what is no finite number', () => {
  expect(parseWandbJson('{"a":NaN,"b":[-Infinity,1],"NaN":"Infinity \\" NaN","c":Infinity}')).toEqual({
    a: null,
    b: [null, 1],
    NaN: 'Infinity " NaN',
    c: null,
  });
});

/** Runs Python with W&B's own client against the test's server. */
async function official(args: readonly string[]): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'turnwise-home-'));
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    WANDB_DIR: home,
    WANDB_API_KEY: KEY,
    WANDB_BASE_URL: server.url,
  };
  const child = spawn(PYTHON, args, { env, cwd: home });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${output}`);
  return output;
}

/** What is compared of a run as it is; W&B notes more of itself in the configuration. */
function without({ history, summary, config, ...rest }: FakeRun) {
  const { _wandb, ...own } = config;
  return { ...rest, config: own };
}
