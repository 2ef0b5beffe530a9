import { expect, test } from 'vitest';
import { counted } from './counted.ts';

test('one is one, and none and several are several', () => {
  expect([0, 1, 2].map((count) => counted(count, 'run'))).toEqual(['0 runs', '1 run', '2 runs']);
});
