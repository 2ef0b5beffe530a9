import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSafetensors, SafetensorsFile, type Tensor, writeSafetensors } from './safetensors.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-safetensors-'));
  path = join(dir, 'x.safetensors');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A file from its parts. */
function writeRaw(header: unknown, data: Uint8Array): void {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, Buffer.concat([length, json, data]));
}

const f32 = (shape: number[], data: number[]): Tensor => ({ dtype: 'F32', shape, data: Float32Array.from(data) });

test('the bytes of a file', async () => {
  await writeSafetensors(path, new Map([['a', f32([2], [1, -2])]]));
  const json = '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
  const padded = json.padEnd(Math.ceil(json.length / 8) * 8);
  const file = readFileSync(path);
  expect(file.readBigUInt64LE(0)).toBe(BigInt(padded.length));
  expect(file.subarray(8, 8 + padded.length).toString()).toBe(padded);
  expect([file.readFloatLE(8 + padded.length), file.readFloatLE(12 + padded.length)]).toEqual([1, -2]);
  expect(file.length).toBe(8 + padded.length + 8);
});

test('what is written is read, bit for bit', async () => {
  const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
  const tensor = fc.tuple(shape, fc.constantFrom('F32', 'I32', 'I64'), fc.integer()).map(([dims, dtype, seed]) => {
    const size = dims.reduce((a, b) => a * b, 1);
    const bits = Int32Array.from({ length: 2 * size }, (_, i) => Math.imul(seed + i, 0x9e3779b9));
    if (dtype === 'F32') return { dtype, shape: dims, data: new Float32Array(bits.buffer, 0, size) } as Tensor;
    if (dtype === 'I32') return { dtype, shape: dims, data: bits.slice(0, size) } as Tensor;
    return { dtype, shape: dims, data: new BigInt64Array(bits.buffer, 0, size) } as Tensor;
  });
  const names = fc.string({ unit: 'binary' }).filter((name) => name !== '__metadata__');
  const tensors = fc.uniqueArray(fc.tuple(names, tensor), { selector: ([name]) => name, maxLength: 5 });
  const bytes = (t: Tensor): Buffer => Buffer.from(t.data.buffer, t.data.byteOffset, t.data.byteLength);
  await fc.assert(
    fc.asyncProperty(tensors, fc.dictionary(fc.string(), fc.string()), async (list, metadata) => {
      const written = new Map(list);
      await writeSafetensors(path, written, metadata);
      const read = await readSafetensors(path);
      expect(read.size).toBe(written.size);
      for (const [name, t] of written) {
        const r = read.get(name)!;
        expect([r.dtype, r.shape]).toEqual([t.dtype, t.shape]);
        expect(bytes(r).equals(bytes(t))).toBe(true);
      }
      const file = await SafetensorsFile.open(path);
      expect(Object.fromEntries(file.metadata)).toEqual({ ...metadata });
      await file.close();
    }),
    { numRuns: 60 },
  );
});

test('shared memory is written, and tensors are read straight into a larger array', async () => {
  const shared = new Float32Array(new SharedArrayBuffer(4 * 10)).map((_, i) => i);
  await writeSafetensors(path, new Map([['w', { dtype: 'F32', shape: [2, 3], data: shared.subarray(2, 8) }]]));
  const file = await SafetensorsFile.open(path);
  const target = new Float32Array(8).fill(9);
  await file.readFloats('w', target.subarray(1, 7));
  expect([...target]).toEqual([9, 2, 3, 4, 5, 6, 7, 9]);
  await expect(file.readFloats('w', target)).rejects.toThrow('tensor "w": it has 6 elements where 8 are needed');
  await expect(file.readFloats('v', target)).rejects.toMatchObject({
    code: 'TURNWISE_SAFETENSORS',
    file: path,
    tensor: 'v',
  });
  await file.close();
});

test('16-bit floats become float32, also where they span several reads', async () => {
  const count = (4 << 20) + 3;
  const halves = new Uint16Array(count + 2);
  halves.fill(0x3f80);
  halves[count - 1] = 0xc000;
  halves[count] = 0x3c00;
  halves[count + 1] = 0x0001;
  const end = 2 * count;
  writeRaw(
    {
      b: { dtype: 'BF16', shape: [count], data_offsets: [0, end] },
      h: { dtype: 'F16', shape: [2], data_offsets: [end, end + 4] },
    },
    new Uint8Array(halves.buffer),
  );
  const tensors = await readSafetensors(path);
  const b = tensors.get('b')!.data as Float32Array;
  expect(b.length).toBe(count);
  expect(b.subarray(0, -1).every((x) => x === 1)).toBe(true);
  expect(b.at(-1)).toBe(-2);
  expect(tensors.get('h')).toEqual({ dtype: 'F32', shape: [2], data: Float32Array.of(1, 2 ** -24) });
});

describe('refused, naming file and tensor', () => {
  const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
    dtype,
    shape,
    data_offsets: [begin, end],
  });
  const cases: [string, unknown, number, RegExp][] = [
    ['a gap', { a: entry('F32', [1], 4, 8) }, 8, /"a": its data .* leaves a gap .* begin at byte 0/],
    ['an overlap', { a: entry('F32', [2], 0, 8), b: entry('F32', [1], 4, 8) }, 8, /"b": .* overlaps/],
    ['data cut short', { a: entry('F32', [4], 0, 16) }, 8, /"a": .* ends at byte 16, .* only 8 bytes .* cut short/],
    ['bytes left over', { a: entry('F32', [1], 0, 4) }, 8, /4 bytes after the last tensor/],
    [
      'a shape that does not fit',
      { a: entry('F32', [3], 0, 8) },
      8,
      /"a": shape \[3\] of F32 needs 12 bytes; .* give 8/,
    ],
    ['a shape beyond all memory', { a: entry('F32', [2 ** 40, 2 ** 40], 0, 8) }, 8, /"a": shape .* too large/],
    [
      'an infinite shape',
      {
        a: entry(
          'F32',
          Array(40)
            .fill(2 ** 40)
            .concat(0),
          0,
          0,
        ),
      },
      0,
      /"a": shape .* too large/,
    ],
    ['a negative size', { a: entry('F32', [-1, -2], 0, 8) }, 8, /"a": `shape` must be/],
    ['a broken size', { a: entry('F32', [1.5], 0, 6) }, 6, /"a": `shape` must be/],
    ['offsets backwards', { a: entry('F32', [0], 4, 0) }, 0, /"a": `data_offsets` must be/],
    ['an unknown type', { a: entry('F33', [1], 0, 4) }, 4, /"a": `dtype` is "F33"; known are/],
    ['a type of the prototype', { a: entry('toString', [1], 0, 4) }, 4, /"a": `dtype` is "toString"/],
    ['a missing field', { a: { dtype: 'F32', shape: [1] } }, 4, /"a": its entry must have exactly/],
    ['a field too many', { a: { ...entry('F32', [1], 0, 4), x: 1 } }, 4, /"a": its entry must have exactly/],
    ['metadata that is no text', { __metadata__: { a: 1 } }, 0, /`__metadata__`: "a" is not a string/],
    ['metadata that is a list', { __metadata__: [] }, 0, /`__metadata__` is not an object/],
    ['a name twice', '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{}}', 0, /"a" occurs twice/],
    ['a header that is a list', [], 0, /not a JSON object/],
    ['no JSON', '{"a"', 0, /not valid JSON/],
  ];
  test.each(cases)('%s', async (_, header, bytes, message) => {
    writeRaw(header, new Uint8Array(bytes));
    const reading = readSafetensors(path);
    await expect(reading).rejects.toMatchObject({ name: 'SafetensorsError', code: 'TURNWISE_SAFETENSORS', file: path });
    await expect(reading).rejects.toThrow(message);
  });

  test.each([
    ['an empty file', new Uint8Array(0), /0 bytes; .* at least 8/],
    ['a header beyond the file', Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 1), /needs 9 bytes, but the file has 9/],
    ['a header that is no text', Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0xff), /header is not UTF-8/],
    ['a header beyond the limit', new Uint8Array(8).fill(0xff), /beyond the limit/],
  ])('%s', async (_, bytes, message) => {
    writeFileSync(path, bytes);
    await expect(readSafetensors(path)).rejects.toThrow(message);
  });

  test('types that cannot be computed with', async () => {
    writeRaw({ a: entry('U8', [4], 0, 4) }, new Uint8Array(4));
    await expect(readSafetensors(path)).rejects.toThrow(
      'tensor "a": type U8 is not supported; F32, F16, BF16, I32 and I64',
    );
    const file = await SafetensorsFile.open(path);
    await expect(file.readFloats('a', new Float32Array(4))).rejects.toThrow('its type is U8');
    await file.close();
  });

  test('writing data that does not fit its shape leaves the old file', async () => {
    await writeSafetensors(path, new Map([['a', f32([1], [7])]]));
    await expect(writeSafetensors(path, new Map([['a', f32([3], [1])]]))).rejects.toThrow(
      'shape [3] does not fit 1 elements',
    );
    await expect(writeSafetensors(path, new Map([['__metadata__', f32([1], [1])]]))).rejects.toThrow(
      'no tensor can have',
    );
    expect((await readSafetensors(path)).get('a')!.data[0]).toBe(7);
  });
});
