import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DTYPE_BYTES,
  formatHeader,
  parseHeader,
  SafetensorsError,
  type SafetensorsHeader,
} from './safetensors-header.ts';

/** What every accepted header promises to those who read the data. */
function expectSound({ tensors }: SafetensorsHeader, dataBytes: number): void {
  let at = 0;
  for (const { dtype, shape, begin, end } of tensors.values()) {
    expect(begin).toBe(at);
    expect(end - begin).toBe(shape.reduce((a, b) => a * b, 1) * DTYPE_BYTES[dtype]);
    at = end;
  }
  expect(at).toBe(dataBytes);
}

/** Either a sound header or the right error; never another error. */
function parseOrRefuse(bytes: Uint8Array, dataBytes: number): boolean {
  let header: SafetensorsHeader;
  try {
    header = parseHeader(bytes, dataBytes, 'x');
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    return false;
  }
  expectSound(header, dataBytes);
  return true;
}

const dtype = fc.constantFrom(...(Object.keys(DTYPE_BYTES) as (keyof typeof DTYPE_BYTES)[]));
const shape = fc.array(fc.nat(3), { maxLength: 3 });
const valid = fc
  .uniqueArray(fc.tuple(fc.string({ minLength: 1 }), dtype, shape), { selector: ([name]) => name, maxLength: 4 })
  .map((list) => {
    const bytes = formatHeader(
      list.map(([name, d, s]) => [name, { dtype: d, shape: s }] as const),
      { format: 'pt' },
    );
    const data = list.reduce((sum, [, d, s]) => sum + s.reduce((a, b) => a * b, 1) * DTYPE_BYTES[d], 0);
    return { header: bytes.subarray(8), data, names: list.map(([name]) => name) };
  });

test('every written header is read', () => {
  fc.assert(
    fc.property(valid, ({ header, data, names }) => {
      expect(header.length % 8).toBe(0);
      const parsed = parseHeader(header, data, 'x');
      expectSound(parsed, data);
      expect(new Set(parsed.tensors.keys())).toEqual(new Set(names));
    }),
  );
});

test('arbitrary bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(100), (bytes, data) => void parseOrRefuse(bytes, data)),
    { numRuns: 2000 },
  );
});

test('valid headers with some bytes changed', () => {
  const change = fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[]",:0129-e.'))));
  let accepted = 0;
  fc.assert(
    fc.property(valid, fc.array(change, { minLength: 1, maxLength: 3 }), ({ header, data }, changes) => {
      const bytes = Uint8Array.from(header);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      if (parseOrRefuse(bytes, data)) accepted++;
    }),
    { numRuns: 3000 },
  );
  // Changed names and equal bytes are fine; a check that refused everything would be no reader.
  expect(accepted).toBeGreaterThan(0);
});

test('JSON of the right look with wrong numbers', () => {
  const number = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.constantFrom(-0, 1e300, 2 ** 53, 4, 8),
    fc.string(),
    fc.constant(null),
  );
  const entry = fc.record(
    {
      dtype: fc.oneof(dtype, fc.anything()),
      shape: fc.array(number, { maxLength: 3 }),
      data_offsets: fc.array(number, { maxLength: 3 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), entry, { maxKeys: 3 }), fc.constantFrom(0, 4, 8), (header, data) => {
      parseOrRefuse(new TextEncoder().encode(JSON.stringify(header)), data);
    }),
    { numRuns: 2000 },
  );
});
