import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tokenizer, trainBpe } from './index.ts';
import { TokenText } from './token-text.ts';

const tokenizer = new Tokenizer(trainBpe(['the cat, the hat', 'Ünï çödé 日本語 日本'], { vocabSize: 300 }), 'model');

function pieces(ids: readonly number[]): string[] {
  const text = new TokenText((some) => tokenizer.decode(some));
  return [...ids.map((id) => text.push(id)), text.end()];
}

describe('TokenText', () => {
  it('tells whole characters only', () => {
    const bytes = tokenizer.encode('😀é');
    expect(bytes.length).toBeGreaterThan(2);
    const told = pieces([...bytes]);
    expect(told.join('')).toBe('😀é');
    expect(told.filter((t) => t !== '')).toEqual(['😀', 'é']);
  });

  it('is the text of all tokens at once, whatever the tokens', () => {
    const id = fc.integer({ min: 0, max: tokenizer.vocabSize + 3 });
    fc.assert(
      fc.property(fc.array(id, { maxLength: 200 }), (ids) => {
        expect(pieces(ids).join('')).toBe(tokenizer.decode(ids));
      }),
      { numRuns: 300 },
    );
  });

  it('tells broken bytes at the end', () => {
    const [first] = tokenizer.encode('😀');
    expect(pieces([first])).toEqual(['', '\ufffd']);
  });
});
