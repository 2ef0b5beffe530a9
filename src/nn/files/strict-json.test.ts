import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrictJson, type StrictJson, StrictJsonError } from './strict-json.ts';

/** As JSON.parse would have it. */
function plain(value: StrictJson): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, plain(v)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

test('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
      const written = JSON.stringify(JSON.parse(text), undefined, indent);
      expect(plain(parseStrictJson(written))).toEqual(JSON.parse(written));
    }),
  );
});

test('refuses what JSON.parse refuses, and repeated keys', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b"',
    '"\\n"',
    '"',
    '\\',
    '1',
    '-',
    '.5',
    'e9',
    'null',
    'tru',
    ' ',
    '\u0000',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        expect(() => parseStrictJson(text)).toThrow(StrictJsonError);
        return;
      }
      try {
        expect(plain(parseStrictJson(text))).toEqual(expected);
      } catch (error) {
        expect((error as Error).message).toMatch(/occurs twice/);
      }
    }),
    { numRuns: 2000 },
  );
});

describe('limits', () => {
  test('a repeated key is refused at any depth, and says where', () => {
    expect(() => parseStrictJson('{"a":1,"b":{"c":1,"c":2}}')).toThrow('the key "c" occurs twice at character 18');
    expect(() => parseStrictJson('{"a":1,"\\u0061":2}')).toThrow('the key "a" occurs twice');
  });

  test('depth is bounded', () => {
    expect(parseStrictJson('[[1]]', 2)).toEqual([[1]]);
    expect(() => parseStrictJson('[[[1]]]', 2)).toThrow('nesting deeper than 2');
    expect(() => parseStrictJson('['.repeat(1_000_000))).toThrow(StrictJsonError);
  });

  test('a key cannot touch a prototype', () => {
    const value = parseStrictJson('{"__proto__":{"polluted":true}}') as Map<string, StrictJson>;
    expect([...value.keys()]).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
