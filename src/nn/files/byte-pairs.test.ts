import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BYTE_CHARACTERS, toByteCharacters } from './byte-alphabet.ts';
import { BytePairs } from './byte-pairs.ts';

const bytes = new Map(BYTE_CHARACTERS.map((c, id) => [c, id]));

/** A vocabulary in which every merge makes a token. */
function vocabularyOf(merges: readonly (readonly [string, string])[]): Map<string, number> {
  const ids = new Map(bytes);
  for (const [left, right] of merges) if (!ids.has(left + right)) ids.set(left + right, ids.size);
  return ids;
}

/** The definition, slowly: the leftmost of the pairs with the lowest rank becomes one, until there is none. */
function slowly(piece: string, merges: readonly (readonly [string, string])[]): string[] {
  const symbols = [...toByteCharacters(piece)];
  for (;;) {
    const ranks = symbols.slice(1).map((right, i) => merges.findIndex(([l, r]) => l === symbols[i] && r === right));
    const best = Math.min(...ranks.map((rank) => (rank < 0 ? Number.POSITIVE_INFINITY : rank)));
    if (best === Number.POSITIVE_INFINITY) return symbols;
    const at = ranks.indexOf(best);
    symbols.splice(at, 2, symbols[at] + symbols[at + 1]);
  }
}

/** Merges of letters into longer and longer tokens, in any order of ranks. */
const anyMerges = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 25 }).chain((choices) => {
  const tokens = ['a', 'b', 'c'];
  const merges = new Map<string, readonly [string, string]>();
  for (const [i, j] of choices) {
    const [left, right] = [tokens[i % tokens.length], tokens[j % tokens.length]];
    merges.set(`${left} ${right}`, [left, right]);
    if (!tokens.includes(left + right)) tokens.push(left + right);
  }
  return fc.shuffledSubarray([...merges.values()], { minLength: merges.size, maxLength: merges.size });
});

test('merges as the definition says, in both ways of writing them down', () => {
  fc.assert(
    fc.property(anyMerges, fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é'), maxLength: 40 }), (merges, piece) => {
      const ids = vocabularyOf(merges);
      const expected = slowly(piece, merges).map((token) => ids.get(token));
      expect(new BytePairs(ids, { vocab: {}, merges }).encode(piece)).toEqual(expected);
      const asText = merges.map(([left, right]) => `${left} ${right}`);
      expect(new BytePairs(ids, { vocab: {}, merges: asText }).encode(piece)).toEqual(expected);
    }),
    { numRuns: 1000 },
  );
});

describe('a piece that is in the vocabulary', () => {
  const ids = new Map([...bytes, ['ab', 256], ['abc', 257]]);
  const merges = [['a', 'b']] as const;

  test('is one token where merges are ignored, and only there', () => {
    expect(new BytePairs(ids, { vocab: {}, merges, ignore_merges: true }).encode('abc')).toEqual([257]);
    expect(new BytePairs(ids, { vocab: {}, merges, ignore_merges: true }).encode('abca')).toEqual(
      [256, ...'ca'].map(id),
    );
    expect(new BytePairs(ids, { vocab: {}, merges }).encode('abc')).toEqual([256, id('c')]);
  });

  function id(token: string | number): number {
    return typeof token === 'number' ? token : bytes.get(token)!;
  }
});

test('a word of 100 kB takes a moment', () => {
  const merges = Array.from({ length: 12 }, (_, i) => ['a'.repeat(2 ** i), 'a'.repeat(2 ** i)] as const);
  const pairs = new BytePairs(vocabularyOf(merges), { vocab: {}, merges });
  const start = performance.now();
  expect(pairs.encode('a'.repeat(100_000)).length).toBe(
    24 + [...(100_000 % 4096).toString(2)].filter((b) => b === '1').length,
  );
  // About 60 ms on an idle core; quadratic work would take minutes.
  expect(performance.now() - start).toBeLessThan(5000);
});

test.each([['ab'], ['a b c'], ['a q'], [['a', '']]])('the merge %j is refused', (merge) => {
  const merges = [['a', 'b'], merge] as never;
  const vocab = vocabularyOf([['a', 'b']]);
  vocab.delete('q');
  expect(() => new BytePairs(vocab, { vocab: {}, merges })).toThrow(
    /`merges\[1\]` is .* not two tokens that make a third/,
  );
});
