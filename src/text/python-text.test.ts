import { describe, expect, it } from 'vitest';
import { comparePythonStrings, pythonFloat, pythonSplit, pythonString, pythonStrip } from './python-text.ts';

describe('pythonFloat', () => {
  it.each([
    [10, '10.0'],
    [0.1, '0.1'],
    [1e16, '1e+16'],
    [1e15, '1000000000000000.0'],
    [1234567.25, '1234567.25'],
    [1e-5, '1e-05'],
    [0.0001, '0.0001'],
    [1.5e-7, '1.5e-07'],
    [1e22, '1e+22'],
    [1 / 3, '0.3333333333333333'],
    [0.00012345678901234567, '0.00012345678901234567'],
    [5e-324, '5e-324'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [-0, '-0.0'],
    [Number.NaN, 'nan'],
    [Number.NEGATIVE_INFINITY, '-inf'],
  ])('of %d is %s', (x, text) => expect(pythonFloat(x)).toBe(text));
});

describe('pythonString', () => {
  it.each([
    ["it's", `"it's"`],
    ['say "hi"', `'say "hi"'`],
    [`both ' and "`, `'both \\' and "'`],
    ['a\\b\n\t\u0000\u007f', `'a\\\\b\\n\\t\\x00\\x7f'`],
    ['é ☃ 😀', `'é ☃ 😀'`],
    ['\u00a0\u200b\u2028\u3000\ud800', `'\\xa0\\u200b\\u2028\\u3000\\ud800'`],
    ['\u{e0001}', `'\\U000e0001'`],
  ])('of %j is %s', (text, written) => expect(pythonString(text)).toBe(written));
});

describe('comparePythonStrings', () => {
  it('sorts by code point', () => {
    const sorted = ['', 'A', 'AB', 'a', '\uffee', '\u{10000}', '\u{10000}a', '\u{1f600}'];
    expect(sorted.toReversed().sort(comparePythonStrings)).toEqual(sorted);
  });
});

describe('white space', () => {
  it('is what Python takes for it', () => {
    expect(pythonStrip(' \u001c\u0085\u3000a b\u2003 ')).toBe('a b');
    expect(pythonStrip('\ufeffa')).toBe('\ufeffa');
    expect(pythonStrip(' \n ')).toBe('');
    expect(pythonSplit(' a \u001f b\u00a0c ')).toEqual(['a', 'b', 'c']);
    expect(pythonSplit('  ')).toEqual([]);
  });
});
