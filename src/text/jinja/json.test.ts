import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Budget } from './budget.ts';
import { formatJson, type JsonStyle, parseJson } from './json.ts';
import { Operations } from './operations.ts';
import { Float, toPython } from './values.ts';

const ops = new Operations(new Budget());
const plain: JsonStyle = { indent: null, separators: null, sortKeys: false, ensureAscii: false };
const write = (value: unknown, style: Partial<JsonStyle> = {}): string =>
  formatJson(ops, toPython(value, 'value'), { ...plain, ...style });

describe('json.dumps', () => {
  test.each([
    [
      { a: [1, 2.5, true, null, 'é"\n\u0001\u007f\u2028'] },
      {},
      '{"a": [1, 2.5, true, null, "é\\"\\n\\u0001\u007f\u2028"]}',
    ],
    [[new Float(1), new Float(1e-7), new Float(1e22), 2n ** 70n], {}, '[1.0, 1e-07, 1e+22, 1180591620717411303424]'],
    [[new Float(Number.NaN), new Float(Number.NEGATIVE_INFINITY)], {}, '[NaN, -Infinity]'],
    [{ a: [], b: {}, c: [1] }, { indent: '  ' }, '{\n  "a": [],\n  "b": {},\n  "c": [\n    1\n  ]\n}'],
    [[1, [2]], { indent: '' }, '[\n1,\n[\n2\n]\n]'],
    [{ b: 1, a: 2, B: 3 }, { sortKeys: true }, '{"B": 3, "a": 2, "b": 1}'],
    [['é😀\u007f'], { ensureAscii: true }, '["\\u00e9\\ud83d\\ude00\\u007f"]'],
    [{ a: [1, 2] }, { separators: [',', ':'] as const }, '{"a":[1,2]}'],
    ['\ud800x', {}, '"\ud800x"'],
    [
      new Map<unknown, unknown>([
        [1, 1],
        [true, 2],
        [null, 3],
        [new Float(0.5), 4],
      ]),
      {},
      '{"1": 1, "true": 2, "null": 3, "0.5": 4}',
    ],
  ])('%#', (value, style, text) => expect(write(value, style)).toBe(text));

  test('what has no form in JSON is refused', () => {
    expect(() => formatJson(ops, new Map([[[] as never, 1]]), plain)).toThrow('keys must be str');
  });
});

describe('json.loads', () => {
  test('what is written is read', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(write(parseJson(write(value)))).toBe(write(value));
      }),
    );
  });

  test('numbers and keys keep their form', () => {
    const text = '{"b": 1.0, "10": 1e+22, "9": 123456789012345678901, "a": [-0.0, 0], "n": NaN, "": "\\ud83d\\ude00"}';
    expect(write(parseJson(text))).toBe(text.replace('\\ud83d\\ude00', '😀'));
    expect(write(parseJson(' [1.50, 1E3 , -Infinity]\n'))).toBe('[1.5, 1000.0, -Infinity]');
  });

  test.each(['', '{', '[1,]', '{"a" 1}', '{a: 1}', "{'a': 1}", '01', '1 2', '"a\nb"', '"\\x"', '[1', 'nul', '-'])(
    '%j is none',
    (text) => expect(() => parseJson(text)).toThrow(SyntaxError),
  );

  test('it goes only so deep and long', () => {
    expect(() => parseJson('['.repeat(100_000))).toThrow('nesting deeper than 500');
    expect(() => parseJson('1'.repeat(5000))).toThrow('too many digits');
  });
});
