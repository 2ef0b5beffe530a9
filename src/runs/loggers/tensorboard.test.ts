import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';
import { masked } from './event-file.ts';
import { flatten } from './hparams.ts';
import { aRun, CONFIG, hasPython, PYTHON, record, SIGNAL, VALUES } from './logged-run.test-support.ts';
import type { LoggedIteration, LoggedRun } from './metric-logger.ts';
import { curves, eventFiles, maskedChecksum, readEventFile } from './read-events.test-support.ts';
import { all, one, readMessage } from './read-protobuf.test-support.ts';
import { prepareTensorboard } from './tensorboard.ts';

const READER = fileURLToPath(new URL('../../../tests/golden/loggers/read_tensorboard.py', import.meta.url));

async function log(run: LoggedRun, from: number, ...batches: readonly LoggedIteration[][]): Promise<number> {
  const logger = await prepareTensorboard().start!(run, { get: () => undefined, set: async () => {} });
  const wanted = await logger.open(from, SIGNAL);
  for (const batch of batches) await logger.append(batch, SIGNAL);
  await logger.close('finished', SIGNAL);
  return wanted;
}

const folderOf = (run: LoggedRun): string => join(run.folder, 'tensorboard');

describe('checksums', () => {
  it.each([
    // RFC 3720, B.4
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    [Buffer.from('123456789'), 0xe3069283],
  ])('are the standard ones', (bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
    expect(masked(crc32c(bytes))).toBe(maskedChecksum(bytes));
  });
});

describe('event files', () => {
  it('hold a head, the configuration and a summary an iteration, with float32 values and exact times', async () => {
    const run = aRun();
    expect(await log(run, 0, [record(0, { 'val/success_rate': 0.25 })], [record(1, VALUES), record(2, { a: 2 })])).toBe(
      0,
    );
    const files = eventFiles(folderOf(run));
    expect(files).toHaveLength(1);
    const [head, start, description, ...rest] = readEventFile(files[0]);
    expect(head).toMatchObject({ version: 'brain.Event:2', step: 0 });
    expect(start).toMatchObject({ start: true, step: 0 });
    expect(description.texts['config']).toContain('    seed: 3\n');
    expect(rest.map(({ step, wallTime }) => [step, wallTime])).toEqual(
      [0, 1, 2].map((i) => [i, record(i).time / 1000]),
    );
    expect(rest[1].scalars).toEqual(
      Object.fromEntries(Object.entries(VALUES).map(([name, value]) => [name, Math.fround(value)])),
    );
    const { plugin, content } = description.plugins['_hparams_/session_start_info'];
    expect(plugin).toBe('hparams');
    const session = readMessage(one(readMessage(content), 3)!.bytes);
    const keys = all(session, 1).map(({ bytes }) => one(readMessage(bytes), 1)!.bytes.toString());
    expect(keys).toEqual(Object.keys(flatten(CONFIG)));
    expect(one(session, 5)!.bytes.readDoubleLE()).toBe(run.startedAt.getTime() / 1000);
  });

  it('of a resumed run make void what was cut, and hold nothing twice', async () => {
    const run = aRun();
    const records = (value: number, ...iterations: number[]): LoggedIteration[] =>
      iterations.map((i) => record(i, { a: value, ...(i % 2 === 0 && { 'val/b': value }) }));
    await log(run, 0, records(1, 0, 1, 2, 3, 4));
    expect(await log(run, 3, records(2, 3, 4, 5))).toBe(3);
    expect(eventFiles(folderOf(run))).toHaveLength(2);
    expect(curves(folderOf(run))).toEqual({
      a: [
        [0, 1],
        [1, 1],
        [2, 1],
        [3, 2],
        [4, 2],
        [5, 2],
      ],
      'val/b': [
        [0, 1],
        [2, 1],
        [4, 2],
      ],
    });
    const texts = eventFiles(folderOf(run))
      .flatMap(readEventFile)
      .flatMap((event) => Object.keys(event.texts));
    expect(texts).toEqual(['config']);
  });

  it('are wanted from the beginning where there are none', async () => {
    expect(await log(aRun(), 7)).toBe(0);
  });

  it('sort as they were written, even if the clock went back', async () => {
    const run = aRun();
    await log(run, 0, [record(0, { a: 1 })]);
    const [first] = eventFiles(folderOf(run));
    const later = first.replace(/tfevents\.\d+/, 'tfevents.99999999999');
    writeFileSync(later, readFileSync(first));
    await log(run, 0, [record(0, { a: 2 })]);
    const files = eventFiles(folderOf(run));
    expect(files).toHaveLength(3);
    expect(readEventFile(files[2]).at(-1)!.scalars).toEqual({ a: 2 });
  });
});

describe('a configuration as hyperparameters', () => {
  it('has dotted keys and plain values', () => {
    expect(flatten(CONFIG)).toEqual({
      seed: 3,
      iterations: 4,
      'credit.algorithm': 'gagpo',
      'credit.options.gamma': 0.95,
      'credit.options.scope': 'batch',
      'lora.enabled': false,
      'lora.targets': '["q_proj","v_proj"]',
      note: 'Grüße 🌍',
    });
    expect(flatten({ a: null, b: {} })).toEqual({});
  });
});

const python = hasPython('tensorboard');
describe('TensorBoard itself', () => {
  it.runIf(python)('reads exactly what was logged, and drops what a resumed run cut', async () => {
    const run = aRun();
    const first = [record(0, { 'val/success_rate': 0.1 }), record(1, VALUES), record(2, { ...VALUES, cut: 1 })];
    const second = [record(2, { 'episode/success_rate': 0.7 }), record(3, { 'val/success_rate': 0.2 })];
    await log(run, 0, first);
    await log(run, 2, second);
    const answer = execFileSync(PYTHON, [READER, folderOf(run)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const read = JSON.parse(answer) as Record<string, unknown>;
    const expected: Record<string, [number, number, number | string][]> = {};
    for (const { iteration, time, values } of [...first.slice(0, 2), ...second]) {
      for (const [name, value] of Object.entries(values)) {
        expected[name] ??= [];
        expected[name].push([iteration, time / 1000, word(Math.fround(value))]);
      }
    }
    // TensorBoard keeps the name of a curve that lost all its points.
    expect(read['scalars']).toEqual({ ...expected, cut: [] });
    expect(read['hparams']).toEqual(flatten(CONFIG));
    expect(read['group']).toBe('a run');
    expect(read['start']).toBe(run.startedAt.getTime() / 1000);
    expect(read['text']).toEqual({ config: [expect.stringContaining('    note: Grüße 🌍')] });
  });
  it.skipIf(python)('skipped: no Python with tensorboard (TURNWISE_PYTHON names one)', () => {});
});

/** As Python writes it. */
function word(value: number): number | string {
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? value : value > 0 ? 'inf' : '-inf';
}
