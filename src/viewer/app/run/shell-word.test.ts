import { expect, test } from 'vitest';
import { shellWord } from './shell-word.ts';

test('a path stays one word of a command line', () => {
  expect(shellWord('/home/me/runs/house-seed1')).toBe('/home/me/runs/house-seed1');
  expect(shellWord('/my runs/$HOME')).toBe("'/my runs/$HOME'");
  expect(shellWord("it's")).toBe("'it'\\''s'");
});
