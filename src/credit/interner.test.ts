import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Interner } from './interner.ts';

test('numbers texts as a hash map does', () => {
  const piece = fc.constantFrom('a', 'b', 'place ', '冷', '😀', '');
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 60 }), (texts) => {
      const numbers = new Map<string, number>();
      for (const t of texts) if (!numbers.has(t)) numbers.set(t, numbers.size);
      const interner = new Interner();
      expect(texts.map((t) => interner.idOf(t))).toEqual(texts.map((t) => numbers.get(t)));
      expect(interner.texts).toEqual([...numbers.keys()]);
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('texts that differ only where the fingerprint does not look are told apart, however many', () => {
  // 4,000 characters of which a fingerprint sees a few dozen: most of these differences it cannot see.
  const texts = Array.from({ length: 400 }, (_, i) => `${'x'.repeat(1000 + i)}y${'x'.repeat(2999 - i)}`);
  const interner = new Interner();
  const first = texts.map((t) => interner.idOf(t));
  expect(first).toEqual(texts.map((_, i) => i));
  expect(texts.map((t) => interner.idOf(t))).toEqual(first);
  expect(interner.texts).toEqual(texts);
});
