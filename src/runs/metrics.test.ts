import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cutMetrics, formatMetrics, MetricsWriter, readMetrics } from './metrics.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-metrics-'));
  path = join(dir, 'metrics.jsonl');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function write(...lines: [number, Record<string, number>][]): Promise<void> {
  const writer = await MetricsWriter.open(path);
  for (const [iteration, metrics] of lines) await writer.append(iteration, metrics);
  await writer.close();
}

const text = (): string => readFileSync(path, 'utf8');

describe('lines', () => {
  test('a line', () => {
    expect(formatMetrics(3, { 'episode/success_rate': 0.5, 'actor/lr': 1e-7 })).toBe(
      '{"iteration":3,"episode/success_rate":0.5,"actor/lr":1e-7}',
    );
  });

  test('what is no finite number is null and named', () => {
    expect(formatMetrics(1, { a: Number.NaN, b: 2, c: Number.NEGATIVE_INFINITY })).toBe(
      '{"iteration":1,"a":null,"b":2,"c":null,"nonfinite":["a","c"]}',
    );
  });

  test('a metric cannot take the place of a field', () => {
    expect(() => formatMetrics(1, { iteration: 2 })).toThrow(RangeError);
    expect(() => formatMetrics(1, { nonfinite: 2 })).toThrow(RangeError);
  });

  test('what is written is read', async () => {
    const metrics = fc.dictionary(
      fc.string().filter((name) => !['iteration', 'nonfinite', '__proto__'].includes(name)),
      fc.double(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(metrics, { maxLength: 4 }), async (list) => {
        rmSync(path, { force: true });
        await write(...list.map((m, i): [number, Record<string, number>] => [i, m]));
        const { records, partial } = await readMetrics(path);
        expect(partial).toBe(false);
        expect(records.map((r) => r.iteration)).toEqual(list.map((_, i) => i));
        list.forEach((m, i) => {
          const names = Object.keys(m);
          expect(Object.keys(records[i].values).sort()).toEqual(names.sort());
          for (const name of names) {
            // JSON has no negative zero
            expect(records[i].values[name]).toBe(Number.isFinite(m[name]) ? m[name] + 0 : null);
          }
          expect([...records[i].nonfinite].sort()).toEqual(names.filter((n) => !Number.isFinite(m[n])).sort());
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe('files', () => {
  test('a missing file is empty', async () => {
    expect(await readMetrics(path)).toEqual({ records: [], partial: false });
  });

  test('several lines of an iteration are one record; the later value counts', async () => {
    await write([0, { v: 1 }], [1, { a: 1, b: Number.NaN }], [1, { b: 2, c: Number.NaN }]);
    expect((await readMetrics(path)).records).toEqual([
      { iteration: 0, values: { v: 1 }, nonfinite: [] },
      { iteration: 1, values: { a: 1, b: 2, c: null }, nonfinite: ['c'] },
    ]);
  });

  test('iterations do not go back, also after opening again', async () => {
    await write([5, { a: 1 }]);
    const writer = await MetricsWriter.open(path);
    await expect(writer.append(4, { a: 1 })).rejects.toThrow(
      'metrics of iteration 4 cannot follow those of iteration 5',
    );
    await writer.append(5, { b: 1 });
    await writer.close();
    expect(text().split('\n').length).toBe(3);
  });

  test('a line cut off anywhere is left out and overwritten', async () => {
    const lines: [number, Record<string, number>][] = [
      [1, { 'a/ü': 1 }],
      [2, { 'a/ü': 22 }],
    ];
    await write(...lines);
    const whole = readFileSync(path);
    const first = Buffer.byteLength(`${formatMetrics(...lines[0])}\n`);
    for (let end = first; end < whole.length - 1; end++) {
      writeFileSync(path, whole.subarray(0, end));
      const { records, partial } = await readMetrics(path);
      expect([records.length, partial]).toEqual([1, end > first]);
      await write(lines[1]);
      expect(readFileSync(path).equals(whole)).toBe(true);
    }
    // Only the line's end is missing: nothing is lost.
    writeFileSync(path, whole.subarray(0, -1));
    expect((await readMetrics(path)).records.length).toBe(2);
    await write([3, { 'a/ü': 3 }]);
    expect(text()).toBe(`${whole}${formatMetrics(3, { 'a/ü': 3 })}\n`);
  });

  test('zeros at the end, as after a power failure, are a cut-off line', async () => {
    await write([1, { a: 1 }]);
    const before = text();
    appendFileSync(path, Buffer.alloc(100));
    expect((await readMetrics(path)).partial).toBe(true);
    await write([2, { a: 2 }]);
    expect(text()).toBe(`${before}${formatMetrics(2, { a: 2 })}\n`);
  });

  test('cutting keeps the lines up to an iteration as they are', async () => {
    await write([0, { a: 1 }], [1, { a: 2 }], [2, { a: Number.NaN }], [2, { b: 1 }], [3, { a: 4 }]);
    const lines = text().split('\n');
    await cutMetrics(path, 2);
    expect(text()).toBe(`${lines.slice(0, 4).join('\n')}\n`);
    await cutMetrics(path, 2);
    expect(text()).toBe(`${lines.slice(0, 4).join('\n')}\n`);
    expect(readdirSync(dir)).toEqual(['metrics.jsonl']);
  });

  test.each([
    ['{"iteration":1}\n{"iter\n{"iteration":2}\n', 2, undefined, 'it is not JSON'],
    ['[]\n', 1, undefined, 'must be a JSON object'],
    ['{"a":1}\n', 1, 'iteration', 'it is missing; it must be an integer'],
    ['{"iteration":-1}\n', 1, 'iteration', 'it is -1'],
    ['{"iteration":1,"a/b":"x"}\n', 1, 'a/b', 'it is "x"; it must be a number or null'],
    ['{"iteration":1,"a":1,"nonfinite":["a"]}\n', 1, 'nonfinite', 'names whose value is null'],
    ['{"iteration":1}\n\n', 2, undefined, 'it is not JSON'],
  ])('a broken line is an error with its place: %j', async (content, line, field, message) => {
    writeFileSync(path, content);
    await expect(readMetrics(path)).rejects.toMatchObject({ code: 'TURNWISE_RECORD', file: path, line, field });
    await expect(readMetrics(path)).rejects.toThrow(`${path}, line ${line}`);
    await expect(readMetrics(path)).rejects.toThrow(message);
    await expect(MetricsWriter.open(path)).rejects.toMatchObject({ line });
    expect(text()).toBe(content);
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk is told apart', async () => {
    const writer = await MetricsWriter.open(path);
    await writer.append(1, { a: 1 });
    const handle = (writer as unknown as { file: { file: { write: () => Promise<never> } } }).file.file;
    const write = handle.write;
    handle.write = async () => {
      // The error that a write to a full disk gives.
      writeFileSync('/dev/full', 'x');
      throw new Error('unreachable');
    };
    await expect(writer.append(2, { a: 2 })).rejects.toMatchObject({ code: 'TURNWISE_DISK_FULL', path });
    handle.write = write;
    await writer.append(2, { a: 2 });
    await writer.close();
    expect(text()).toBe(`${formatMetrics(1, { a: 1 })}\n${formatMetrics(2, { a: 2 })}\n`);
  });
});

test('after kill -9 every whole line is there and writing goes on', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const metrics = new URL('./metrics.ts', import.meta.url).href;
  let next = 0;
  for (const delay of [5, 30]) {
    const code = `import { MetricsWriter } from ${JSON.stringify(metrics)};
      const writer = await MetricsWriter.open(${JSON.stringify(path)});
      for (let i = ${next}; ; i++) {
        await writer.append(i, Object.fromEntries(Array.from({ length: 200 }, (_, k) => ['metric/' + k, i + k])));
        console.log(i);
      }`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    child.stdout.on('data', (chunk) => {
      told += chunk;
    });
    await once(child.stdout, 'data');
    setTimeout(() => child.kill('SIGKILL'), delay);
    await once(child, 'close');
    const last = Number(told.trim().split('\n').at(-1));
    const { records } = await readMetrics(path);
    expect(records.map((r) => r.iteration)).toEqual(records.map((_, i) => i));
    expect(records.length).toBeGreaterThan(last);
    expect(records.every((r) => r.values['metric/199'] === r.iteration + 199)).toBe(true);
    next = records.length;
  }
});
