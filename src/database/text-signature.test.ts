import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signatureBits, textSignature } from './text-signature.ts';

const bits = (text: string) => signatureBits(textSignature(text));
const holds = (whole: string, part: string) => [...bits(part)].every((bit, i) => bit === '0' || bits(whole)[i] === '1');

test('the signature of a text holds that of each of its parts, whatever its characters', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  fc.assert(fc.property(text, text, text, (before, part, after) => holds(before + part + after, part)));
});

test('a bit for every three characters, none for less', () => {
  const count = (text: string) => [...bits(text)].filter((bit) => bit === '1').length;
  expect(bits('')).toHaveLength(2048);
  expect(['', 'ab', 'abc', 'abcd', 'aaaaaa'].map(count)).toEqual([0, 0, 1, 2, 1]);
});

test('texts of few thousand characters are told from most of what they do not hold', () => {
  const rooms = ['drawer', 'shelf', 'counter', 'cabinet', 'fridge', 'stove'].flatMap((room) =>
    Array.from(
      { length: 12 },
      (_, n) => `you arrive at ${room} ${n}. on it you see a mug ${n}, a plate ${(n * 7) % 5}.`,
    ),
  );
  const text = rooms.join(' ');
  for (const part of ['no such text', 'washing machine', 'drawer 1x', 'plate 9z'])
    expect(holds(text, part)).toBe(false);
});
