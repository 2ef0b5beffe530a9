import { expect, test } from 'vitest';
import { experimentOf, flattenConfig } from './flatten-config.ts';

test('seeds and loggers make no other experiment, everything else does', () => {
  const of = (config: unknown) => experimentOf(flattenConfig(config));
  const plain = of({ seed: 1, credit: { options: { lambda: 0.8 } }, loggers: null });
  expect(of({ seed: 2, credit: { options: { lambda: 0.8 } }, loggers: ['tensorboard', 'wandb'] })).toBe(plain);
  expect(of({ credit: { options: { lambda: 0.8 } } })).toBe(plain);
  expect(of({ seed: 1, credit: { options: { lambda: 0.9 } } })).not.toBe(plain);
  expect(of({ seed: 1, credit: { options: { lambda: 0.8 } }, loggersFor: 'x' })).not.toBe(plain);
});
