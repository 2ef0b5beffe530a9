import { expect, test } from 'vitest';
import { configSchema } from '../../training/config.ts';
import { checkConfig } from '../load-config.ts';
import { settingsOf } from './cell-settings.ts';
import { warmStartName } from './shared-starts.ts';

const config = (own: object = {}) =>
  checkConfig(configSchema, { environment: { name: 'webshop' }, credit: { algorithm: 'grpo' }, ...own });

test('a warm start that was made for a comparison is no setting, wherever the folder was or went', () => {
  const name = warmStartName(config());
  const none = settingsOf(config());
  expect(none).not.toHaveProperty('checkpoint');
  for (const out of ['comparisons/x', '/somewhere/else/x', '.']) {
    expect(settingsOf(config({ checkpoint: `${out}/warmup/${name}` }))).toEqual(none);
  }
  // One that somebody named is, and one of other settings.
  expect(settingsOf(config({ checkpoint: 'my/model' }))).toMatchObject({ checkpoint: 'my/model' });
  const other = { checkpoint: `x/warmup/${name}`, warmup: { updates: 7 } };
  expect(settingsOf(config(other))).toMatchObject({ checkpoint: `x/warmup/${name}` });
});

test('engines and loggers are none', () => {
  const here = settingsOf(config({ engine: { replicas: 2, threads: 1 } }));
  expect(here).toEqual(settingsOf(config()));
  expect(here).not.toHaveProperty('engine');
});
