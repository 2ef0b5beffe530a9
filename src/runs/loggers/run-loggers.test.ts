import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeStatus } from '../status.ts';
import { prepareLoggers, RunLoggers, type RunLoggersOptions, replayRun } from './index.ts';
import { aRunFolder } from './logged-run.test-support.ts';
import { curves, eventFiles, readEventFile } from './read-events.test-support.ts';
import { FakeWandb, readRow } from './wandb/fake-wandb.test-support.ts';

const KEY = '0123456789abcdef0123456789abcdef01234567';
const PATIENCE = { begin: 3000, end: 300 };

let server: FakeWandb;
let env: Record<string, string>;
beforeEach(async () => {
  server = await FakeWandb.start();
  env = { HOME: '/nowhere', WANDB_API_KEY: KEY, WANDB_BASE_URL: server.url };
});
afterEach(() => server.close());

async function open(options: Omit<RunLoggersOptions, 'loggers' | 'say' | 'strict'> & { strict?: boolean }) {
  const said: string[] = [];
  const loggers = await prepareLoggers(['tensorboard', 'wandb'], { env });
  const open = await RunLoggers.open({
    strict: true,
    patience: PATIENCE,
    ...options,
    loggers,
    say: (text) => said.push(text),
  });
  return { said, loggers: open };
}

const steps = (): unknown[] => server.run.history.map((line) => readRow(line)['_step']);
const tensorboard = (run: { path: string }): string => join(run.path, 'tensorboard');

describe('the loggers of a run', () => {
  it('get each iteration once, whole, as soon as it is complete', async () => {
    const run = await aRunFolder();
    const { loggers, said } = await open({ run });
    expect(said).toEqual([
      `tensorboard  tensorboard --logdir ${tensorboard(run)}`,
      expect.stringMatching(/^wandb {2}http/),
    ]);
    loggers.append(0, { 'val/a': 0.1 });
    loggers.complete(0);
    await expect.poll(() => server.run.history.length).toBe(1);
    loggers.append(1, { a: 1 });
    loggers.append(1, { 'val/a': 0.2 });
    loggers.append(2, { a: 2 });
    await expect.poll(() => server.run.history.length).toBe(2);
    await loggers.close('finished');
    expect(server.run.history.map(readRow)).toMatchObject([{ 'val/a': 0.1 }, { a: 1, 'val/a': 0.2 }, { a: 2 }]);
    expect(curves(tensorboard(run))['a']).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(said).toHaveLength(2);
  });

  it('go on after a resumption: what was cut is made void, what is there is not sent again', async () => {
    const run = await aRunFolder();
    const first = await open({ run });
    for (const i of [0, 1, 2, 3]) {
      await run.appendMetrics(i, { a: i });
      first.loggers.append(i, { a: i });
    }
    await first.loggers.close('failed');
    await run.resumeFrom(2, []);
    const second = await open({ run, done: 2 });
    // Evaluated once more, as after a crash at the very end.
    second.loggers.append(2, { 'val/a': 0.5 });
    for (const i of [3, 4]) second.loggers.append(i, { a: 10 * i });
    await second.loggers.close('finished');
    expect(curves(tensorboard(run))).toEqual({
      a: [
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 30],
        [4, 40],
      ],
      'val/a': [[2, 0.5]],
    });
    expect(steps()).toEqual([0, 1, 2, 3, 4]);
    // W&B keeps what it has: the same iteration, done again.
    expect(readRow(server.run.history[3])['a']).toBe(3);
    expect(second.said[1]).toMatch(/has iterations up to 3; these are not sent again/);
  });

  it('that are new to a resumed run get what was before', async () => {
    const run = await aRunFolder([0, { a: 0 }], [1, { a: 1 }], [2, { a: 2 }]);
    const { loggers } = await open({ run, done: 2 });
    loggers.append(3, { a: 3 });
    await loggers.close('finished');
    expect(curves(tensorboard(run))['a'].map(([step]) => step)).toEqual([0, 1, 2, 3]);
    expect(steps()).toEqual([0, 1, 2, 3]);
  });

  it('that cannot be used end a run before it begins, or are only told of', async () => {
    const run = await aRunFolder();
    server.fate = (what) => (what === 'Viewer' ? 'answer' : 403);
    await expect(open({ run })).rejects.toMatchObject({ code: 'TURNWISE_LOGGER_DELIVERY' });
    await expect(open({ run })).rejects.toThrow(
      /^wandb: http.* answered 403.*Correct that, or leave it out: --logger none$/,
    );
    const { loggers, said } = await open({ run, strict: false });
    expect(said.join('\n')).toMatch(/wandb: .* answered 403.*turnwise log .* --logger wandb/);
    loggers.append(0, { a: 1 });
    await loggers.close('finished');
    expect(curves(tensorboard(run))['a']).toEqual([[0, 1]]);
  });

  it('that fail are told of once, and what they missed is sent later', async () => {
    const run = await aRunFolder();
    const { loggers, said } = await open({ run });
    for (const [i, fate] of (['answer', 500, 'drop', 'hang'] as const).entries()) {
      server.fate = () => fate;
      await run.appendMetrics(i, { a: i });
      loggers.append(i, { a: i });
      loggers.complete(i);
      await expect.poll(() => server.asked.length).toBeGreaterThan(i);
    }
    const began = performance.now();
    await loggers.close('finished');
    expect(performance.now() - began).toBeLessThan(5000);
    const warnings = said.slice(2);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(
      /^wandb: http.* It is tried again; the run goes on, and metrics\.jsonl has everything\.$/,
    );
    expect(warnings[1]).toMatch(
      /^wandb: \d iterations? not delivered \(\d+ attempts? failed, the last: .*turnwise log .* --logger wandb$/,
    );
    expect(said.join()).not.toContain(KEY);
    expect(curves(tensorboard(run))['a']).toHaveLength(4);

    server.fate = () => 'answer';
    await run.close();
    const [wandb] = await prepareLoggers(['wandb'], { env });
    const before = server.run.history.length;
    expect(await replayRun(run, wandb)).toMatchObject({ sent: 4 - before, recorded: 4 });
    expect(steps()).toEqual([0, 1, 2, 3]);
    expect(server.run.complete).toBe(true);
  });

  it('that do not hear of the end, or only late of everything, are told of', async () => {
    const run = await aRunFolder();
    const first = await open({ run });
    first.loggers.append(0, { a: 1 });
    first.loggers.complete(0);
    await expect.poll(() => server.run.history.length).toBe(1);
    server.fate = () => 'hang';
    await first.loggers.close('finished');
    expect(first.said.slice(2)).toEqual([
      expect.stringMatching(
        /^wandb: everything is delivered, but not that the run has ended \(it gave no answer in time\)/,
      ),
    ]);
    server.fate = (what) => (what === 'Viewer' ? 'answer' : 500);
    const second = await open({ run, patience: { begin: 3000, end: 3000 } });
    second.loggers.append(1, { a: 2 });
    server.fate = () => 'answer';
    await second.loggers.close('finished');
    expect(second.said.at(-1)).toMatch(/^wandb: everything is delivered after all \(1 attempt failed\): http/);
  });

  it('leave no key in the run folder', async () => {
    const run = await aRunFolder();
    const { loggers } = await open({ run });
    loggers.append(0, { a: 1 });
    await loggers.close('finished');
    const notes = JSON.parse(readFileSync(join(run.path, 'loggers', 'wandb.json'), 'utf8'));
    expect(notes).toEqual({
      id: server.run.id,
      server: server.url,
      entity: 'someone',
      project: 'turnwise',
      destination: server.url,
      delivered: 0,
    });
  });
});

describe('a run that is sent from its metrics', () => {
  it('has what is no finite number as NaN, and the times at which its episodes were written', async () => {
    const run = await aRunFolder(
      [0, { 'val/a': 0.1 }],
      [1, { 'actor/pg_loss': Number.NaN, 'actor/ppo_kl': Number.POSITIVE_INFINITY, a: 1 / 3 }],
      [1, { 'val/a': 0.2 }],
    );
    expect(readFileSync(run.metricsFile, 'utf8')).toContain('"nonfinite":["actor/pg_loss","actor/ppo_kl"]');
    const at = new Date('2026-01-02T03:04:05.000Z');
    mkdirSync(dirname(run.episodesFile(1)), { recursive: true });
    writeFileSync(run.episodesFile(1), '');
    utimesSync(run.episodesFile(1), at, at);
    const [board, wandb] = await prepareLoggers(['tensorboard', 'wandb'], { env });
    for (const logger of [board, wandb]) expect(await replayRun(run, logger)).toMatchObject({ sent: 2, recorded: 2 });
    const [event] = readEventFile(eventFiles(tensorboard(run))[0]).filter(
      ({ step, scalars }) => step === 1 && 'a' in scalars,
    );
    expect(event.scalars).toEqual({
      'actor/pg_loss': Number.NaN,
      'actor/ppo_kl': Number.NaN,
      a: Math.fround(1 / 3),
      'val/a': Math.fround(0.2),
    });
    expect(event.wallTime).toBe(at.getTime() / 1000);
    expect(readRow(server.run.history[1])).toMatchObject({
      'actor/pg_loss': 'NaN',
      a: 1 / 3,
      'val/a': 0.2,
      _timestamp: at.getTime() / 1000,
    });
  });

  it('is sent once; again on demand, without being there twice; and anew where it was removed', async () => {
    const run = await aRunFolder([0, { a: 0 }], [1, { a: 1 }]);
    const [board] = await prepareLoggers(['tensorboard'], { env });
    const curve = [
      [0, 0],
      [1, 1],
    ];
    expect((await replayRun(run, board)).sent).toBe(2);
    expect((await replayRun(run, board)).sent).toBe(0);
    expect(curves(tensorboard(run))).toEqual({ a: curve });
    expect((await replayRun(run, board, { all: true })).sent).toBe(2);
    expect(curves(tensorboard(run))).toEqual({ a: curve });
    rmSync(tensorboard(run), { recursive: true });
    expect((await replayRun(run, board)).sent).toBe(2);
    expect(curves(tensorboard(run))).toEqual({ a: curve });
  });

  it('ends at W&B as it ended here', async () => {
    const run = await aRunFolder([0, { a: 0 }]);
    await writeStatus(run.path, 'interrupted');
    const [wandb] = await prepareLoggers(['wandb'], { env });
    await replayRun(run, wandb);
    expect(server.run).toMatchObject({ complete: true, exitCode: 255 });
  });

  it('that cannot be sent is an error that says how far it came', async () => {
    const run = await aRunFolder([0, { a: 0 }]);
    const [wandb] = await prepareLoggers(['wandb'], { env });
    server.fate = () => 500;
    await expect(replayRun(run, wandb)).rejects.toThrow(/^wandb: 0 of 1 iterations sent\. http.* answered 500/);
    server.fate = (what) => (what.startsWith('/files') ? 'hang' : 'answer');
    await expect(replayRun(run, wandb, { patienceMs: 300 })).rejects.toThrow(/no end to it within 0\.3 s/);
    const empty = await aRunFolder();
    await expect(replayRun(empty, wandb)).rejects.toThrow(/has no metrics to send/);
    expect(existsSync(join(empty.path, 'loggers'))).toBe(false);
  });
});
