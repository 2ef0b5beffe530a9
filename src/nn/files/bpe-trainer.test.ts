import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BpeOptions, trainBpe } from './bpe-trainer.ts';
import { toByteCharacters } from './byte-alphabet.ts';
import { Tokenizer } from './tokenizer.ts';
import { QWEN2_PATTERN, SPECIAL_TOKENS } from './tokenizer-format.ts';
import { compilePattern } from './tokenizers-library.ts';

const CORPUS = [
  'task put clean mug in shelf ; hold mug 1 ; at sink 1 ; do',
  'task heat potato in garden table ; hold nothing ; at fridge 2 ; do',
  'task put clean mug in sink ; hold mug 12 ; at shelf 1 ; do',
  'banana bananas ananas aaaa aaaaaaa aaa ababab babab',
];

const tokenizer = (texts: Iterable<string>, options: BpeOptions): Tokenizer =>
  new Tokenizer(trainBpe(texts, options), 'trained');
const mergesOf = (texts: Iterable<string>, options: BpeOptions): string[] =>
  JSON.parse(trainBpe(texts, options).json).model.merges;
const words = (text: string): string[] => text.match(compilePattern(QWEN2_PATTERN)) ?? [];

/** The definition, slowly: count all pairs anew, take the most frequent with the smallest ids, merge it everywhere. */
function mergesByDefinition(texts: readonly string[], count: number): string[] {
  const tokens: string[] = [];
  const alphabet = [...Array.from({ length: 94 }, (_, i) => 33 + i), ...Array.from({ length: 12 }, (_, i) => 161 + i)];
  alphabet.push(...Array.from({ length: 82 }, (_, i) => 174 + i), ...Array.from({ length: 68 }, (_, i) => 256 + i));
  for (const code of alphabet) tokens.push(String.fromCharCode(code));
  let corpus = texts.flatMap(words).map((word) => Array.from(toByteCharacters(word)));
  const merges: string[] = [];
  while (merges.length < count) {
    const pairs = new Map<string, number>();
    for (const w of corpus)
      for (let i = 0; i + 1 < w.length; i++)
        pairs.set(`${w[i]} ${w[i + 1]}`, (pairs.get(`${w[i]} ${w[i + 1]}`) ?? 0) + 1);
    const order = (pair: string): number[] => pair.split(' ').map((t) => tokens.indexOf(t));
    const [best] = [...pairs].sort(([p, n], [q, m]) => m - n || order(p)[0] - order(q)[0] || order(p)[1] - order(q)[1]);
    if (best === undefined) break;
    const [left, right] = best[0].split(' ');
    merges.push(best[0]);
    if (!tokens.includes(left + right)) tokens.push(left + right);
    corpus = corpus.map((w) => {
      const merged: string[] = [];
      for (let i = 0; i < w.length; i++) {
        const hit = w[i] === left && w[i + 1] === right;
        merged.push(hit ? left + right : w[i]);
        if (hit) i++;
      }
      return merged;
    });
  }
  return merges;
}

test('learns the merges of the definition', () => {
  const expected = mergesByDefinition(CORPUS, 60);
  expect(expected.length).toBe(60);
  expect(mergesOf(CORPUS, { vocabSize: 1000 }).slice(0, 60)).toEqual(expected);
});

test('the order of the corpus does not matter, and twice gives the same files', () => {
  expect(trainBpe(CORPUS, { vocabSize: 320 })).toEqual(trainBpe([...CORPUS].reverse(), { vocabSize: 320 }));
});

describe('goals', () => {
  test('a vocabulary of a given size', () => {
    expect(tokenizer(CORPUS, { vocabSize: 300 }).vocabSize).toBe(300);
    expect(tokenizer(CORPUS, { vocabSize: 259 }).encode('mug').length).toBe(3);
    // A small corpus runs out of pairs.
    expect(tokenizer(['ab ab'], { vocabSize: 1000 }).vocabSize).toBe(256 + 2 + 3);
  });

  test.each([1, 2, 3])('every word that occurs at least %i times is one token', (wholeWordsFrom) => {
    const t = tokenizer(CORPUS, { wholeWordsFrom });
    const counts = new Map<string, number>();
    for (const word of CORPUS.flatMap(words)) counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const [word, count] of counts)
      if (count >= wholeWordsFrom) expect([word, t.encode(word).length]).toEqual([word, 1]);
  });

  test('every word is one token, whatever the words', () => {
    // Few letters make words whose merges get in each other's way.
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (list) => {
        const t = tokenizer(list, { wholeWordsFrom: 1 });
        for (const w of list) expect([w, t.encode(w).length]).toEqual([w, 1]);
      }),
      { numRuns: 60 },
    );
  });

  test('rare words have no say', () => {
    const files = trainBpe(['mug mug mug zebra'], { wholeWordsFrom: 2 });
    expect(files).toEqual(trainBpe(['mug mug mug'], { wholeWordsFrom: 2 }));
  });

  test.each([{ vocabSize: 258 }, { vocabSize: 300.5 }, { wholeWordsFrom: 0 }, { wholeWordsFrom: Number.NaN }])(
    '%j cannot be meant',
    (goal) => {
      expect(() => trainBpe(CORPUS, goal)).toThrow(RangeError);
    },
  );
});

test('digits stand alone and a number costs a space', () => {
  const t = tokenizer(['mug 12 mug 12 mug 12'], { wholeWordsFrom: 1 });
  expect(Array.from(t.encode('mug 12'), (id) => t.decode([id]))).toEqual(['mug', ' ', '1', '2']);
});

test('special tokens come last and are not torn apart', () => {
  const t = tokenizer(['<|im_start|>user<|im_end|>'.repeat(9)], { wholeWordsFrom: 1 });
  expect(SPECIAL_TOKENS.map((token) => t.idOf(token))).toEqual([1, 2, 3].map((i) => t.vocabSize - 4 + i));
  expect([...t.encode('<|im_start|>user<|im_end|>')]).toEqual(
    ['<|im_start|>', 'user', '<|im_end|>'].map((token) => t.idOf(token)),
  );
  expect(t.findId('im')).toBeUndefined();
});

test('every text is encodable, however little was trained on', () => {
  const t = tokenizer([], { vocabSize: 259 });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(t.decode(t.encode(text))).toBe(text.normalize('NFC'));
    }),
  );
});

test('speed: a corpus of 20,000 lines within seconds', () => {
  const lines = Array.from(
    { length: 20_000 },
    (_, i) => `${CORPUS[i % 4]} place${(i * 7919) % 1000}x item${(i * 31) % 500}`,
  );
  const start = performance.now();
  expect(tokenizer(lines, { wholeWordsFrom: 1 }).encode('place').length).toBeGreaterThan(0);
  expect(performance.now() - start).toBeLessThan(10_000);
});
