import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StopStrings } from './stop-strings.ts';

function read(pieces: readonly string[], stops: readonly string[]): { told: string[]; found: string | undefined } {
  const reader = new StopStrings(stops);
  const told = [...pieces.map((p) => reader.push(p)), reader.end()];
  return { told, found: reader.found };
}

/** The text before the stop string that is complete first, character by character. */
function slowly(text: string, stops: readonly string[]): string {
  for (let end = 1; end <= text.length; end++) {
    const found = stops.filter((s) => text.slice(0, end).endsWith(s)).sort((a, b) => b.length - a.length);
    if (found.length > 0) return text.slice(0, end - found[0].length);
  }
  return text;
}

describe('StopStrings', () => {
  it('holds back what could become a stop string', () => {
    expect(read(['one EN', 'D two'], ['END'])).toEqual({ told: ['one ', '', ''], found: 'END' });
    expect(read(['one EN', 'TER', '!'], ['END'])).toEqual({ told: ['one ', 'ENTER', '!', ''], found: undefined });
    expect(read(['one EN'], ['END'])).toEqual({ told: ['one ', 'EN'], found: undefined });
  });

  it('ends where a slow reading does, however the text is cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 12 }),
        fc.array(text, { minLength: 1, maxLength: 4 }),
        (pieces, stops) => {
          expect(read(pieces, stops).told.join('')).toBe(slowly(pieces.join(''), stops));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
