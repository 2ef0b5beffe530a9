import { describe, expect, it } from 'vitest';
import { printable } from './printable.ts';

describe('printable', () => {
  it('shows what a terminal would obey', () => {
    expect(printable('a\x1b[2Jb\r\x07\x7f')).toBe('a␛[2Jb␍␇␡');
    expect(printable('\x9b31m\u202eevil\u2066')).toBe('\ufffd31m\ufffdevil\ufffd');
  });

  it('leaves text alone', () => {
    const text = 'line\n\ttab — Ünï 日本 😀';
    expect(printable(text)).toBe(text);
  });
});
