import { describe, expect, test } from 'vitest';
import { charactersOf, SequenceMatcher, similarityRatio } from './sequence-matcher.ts';

const ALPHABETS: Record<string, string[]> = {
  ab: [...'ab'],
  letters: [...'abcdefghijklmnopqrstuvwxyz '],
  skewed: [...'aaaaaaaabbbbccdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ .,;:!?'],
  emoji: [...'a😀b𝔘ü冷 '],
};

/** Text of a multiplicative congruential generator, so that Python can make the same. */
function generated(alphabet: string, seed: number, length: number): string[] {
  const letters = ALPHABETS[alphabet];
  let x = seed;
  return Array.from({ length }, () => {
    x = (x * 48271) % 2147483647;
    return letters[(x >> 8) % letters.length];
  });
}

/** [alphabet, seed of a, length of a, seed of b, length of b, ratio by Python's difflib]. */
const UNRELATED: [string, number, number, number, number, number][] = [
  ['ab', 1, 12, 2, 15, 0.7407407407407407],
  ['ab', 3, 60, 4, 40, 0.5],
  ['ab', 5, 150, 6, 199, 0.3667621776504298],
  ['ab', 7, 199, 8, 200, 0],
  ['ab', 9, 260, 10, 230, 0.00816326530612245],
  ['ab', 11, 420, 12, 350, 0.005194805194805195],
  ['letters', 1, 12, 2, 15, 0.2962962962962963],
  ['letters', 3, 60, 4, 40, 0.16],
  ['letters', 5, 150, 6, 199, 0.19484240687679083],
  ['letters', 7, 199, 8, 200, 0.020050125313283207],
  ['letters', 9, 260, 10, 230, 0.00816326530612245],
  ['skewed', 1, 12, 2, 15, 0.14814814814814814],
  ['skewed', 3, 60, 4, 40, 0.12],
  ['skewed', 5, 150, 6, 199, 0.09169054441260745],
  ['skewed', 7, 199, 8, 200, 0.06516290726817042],
  ['skewed', 9, 260, 10, 230, 0.044897959183673466],
  ['skewed', 11, 420, 12, 350, 0.03116883116883117],
  ['emoji', 1, 12, 2, 15, 0.2962962962962963],
  ['emoji', 3, 60, 4, 40, 0.5],
  ['emoji', 5, 150, 6, 199, 0.2922636103151863],
  ['emoji', 7, 199, 8, 200, 0.005012531328320802],
];

/** [alphabet, seed, length, every how many characters b has a # instead, ratio(a, b), ratio(b, a)], by Python. */
const EDITED: [string, number, number, number, number, number][] = [
  ['ab', 21, 50, 9, 0.9, 0.9],
  ['ab', 22, 300, 17, 0.05333333333333334, 0.05333333333333334],
  ['ab', 23, 205, 3, 0.00975609756097561, 0.00975609756097561],
  ['letters', 21, 50, 9, 0.9, 0.9],
  ['letters', 22, 300, 17, 0.3566666666666667, 0.25],
  ['letters', 23, 205, 3, 0.04390243902439024, 0.00975609756097561],
  ['letters', 24, 800, 40, 0.04875, 0.04875],
  ['skewed', 22, 300, 17, 0.8933333333333333, 0.9433333333333334],
  ['skewed', 23, 205, 3, 0.6, 0.4682926829268293],
  ['skewed', 24, 800, 40, 0.975, 0.975],
  ['emoji', 21, 50, 9, 0.9, 0.9],
  ['emoji', 24, 800, 40, 0.04875, 0.04875],
];

describe('similarityRatio equals Python difflib', () => {
  test.each(UNRELATED)('%s: %i × %i against %i × %i', (alphabet, seedA, lengthA, seedB, lengthB, ratio) => {
    const a = generated(alphabet, seedA, lengthA).join('');
    const b = generated(alphabet, seedB, lengthB).join('');
    expect(similarityRatio(a, b)).toBe(ratio);
  });

  test.each(EDITED)('%s: %i × %i with every %ith replaced', (alphabet, seed, length, every, forward, backward) => {
    const letters = generated(alphabet, seed, length);
    const a = letters.join('');
    const b = letters.map((letter, i) => (i % every === every - 1 ? '#' : letter)).join('');
    expect(similarityRatio(a, b)).toBe(forward);
    expect(similarityRatio(b, a)).toBe(backward);
  });

  test.each([
    ['tide', 'diet', 0.25],
    ['diet', 'tide', 0.5],
    ['', '', 1],
    ['a', '', 0],
    ['room 0 of task 0', 'room 1 of task 0', 0.9375],
    ['kühlschrank 冷', 'kuhlschrank 冷', 0.9230769230769231],
    ['😀', '😁', 0],
    ['😀😀x', 'x😀', 0.4],
    [
      'You are in the kitchen. You see a fridge 1.',
      'You are in the kitchen. You see a fridge 2, and a mug 1.',
      0.8686868686868687,
    ],
    ['abcd'.repeat(60), 'abcd'.repeat(60), 1],
    ['abcd'.repeat(60), 'bcda'.repeat(60), 0],
  ])('%j against %j', (a, b, ratio) => {
    expect(similarityRatio(a, b)).toBe(ratio);
  });
});

test('the quick refusal never disagrees with the ratio', () => {
  for (const [alphabet, seed, length, every] of EDITED) {
    const letters = generated(alphabet, seed, length);
    const b = letters.map((letter, i) => (i % every === every - 1 ? '#' : letter)).join('');
    const matcher = new SequenceMatcher(charactersOf(b));
    for (const cut of [0, 1, 5, length >> 1, length]) {
      const a = charactersOf(letters.slice(0, cut).join(''));
      for (const threshold of [0, 0.05, 0.5, 0.8, 0.95, 1]) {
        expect(matcher.reaches(a, threshold)).toBe(matcher.ratio(a) >= threshold);
      }
    }
  }
});

test('a character is a code point, a lone surrogate too', () => {
  expect([...charactersOf('a😀\ud83d').points]).toEqual([0x61, 0x1f600, 0xd83d]);
});
