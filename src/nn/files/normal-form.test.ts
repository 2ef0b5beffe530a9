import { expect, test } from 'vitest';
import { normalFormC } from './normal-form.ts';

test('composes as of Unicode 9', () => {
  expect(normalFormC('e\u0301 A\u030a \u1100\u1161')).toBe('é Å 가');
  // Marks are sorted by their class; one that came later stays where it is, and keeps others apart.
  expect(normalFormC('a\u0301\u0323')).toBe('\u1ea1\u0301');
  expect(normalFormC('a\u0301\u07fd\u0323')).toBe('á\u07fd\u0323');
  expect(normalFormC('\u{11935}\u{11930}e\u0301')).toBe('\u{11935}\u{11930}é');
  expect(normalFormC('')).toBe('');
});
