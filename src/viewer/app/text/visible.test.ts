import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oneLine, pieces, visible } from './visible.ts';

test('characters that hide or turn their neighbours are written out', () => {
  expect(visible('a\u202eb\u0000\u001b[31mc\u200b\ufeff\ud800')).toBe('a⟨U+202E⟩b␀␛[31mc⟨U+200B⟩⟨U+FEFF⟩⟨U+D800⟩');
  expect(visible('tab\tand\nline 😀 é 日本 שלום')).toBe('tab\tand\nline 😀 é 日本 שלום');
  expect(visible('dos\r\nline\rback')).toBe('dos\nline␍back');
  const told = pieces('x\u202ey');
  expect(told[1]).toEqual({ kind: 'hidden', text: '⟨U+202E⟩', name: 'U+202E right-to-left override' });
});

test('no text comes out with anything that was to be made visible', () => {
  const unit = fc.oneof(
    fc.constantFrom('\u0000', '\u001b', '\u202e', '\u2066', '\ud83d', '\udc00', '\u{e0041}', '\ufffe', '\r', '\n', 'a'),
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 20 }), (parts) => {
      const text = parts.join('');
      const shown = visible(text);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
      expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\p{Cs}/u);
      expect(
        pieces(text)
          .map((piece) => piece.text)
          .join('')
          .replaceAll('\r\n', '\n'),
      ).toBe(shown);
    }),
  );
});

test('a line of megabytes is cut without looking at all of it', () => {
  expect(oneLine('  two \n lines ')).toBe('two lines');
  expect(oneLine('x'.repeat(10_000_000), 20)).toBe(`${'x'.repeat(19)}…`);
  expect([...oneLine('😀'.repeat(50), 10)]).toHaveLength(10);
});
