import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configSchema } from '../../training/config.ts';
import { checkConfig } from '../load-config.ts';
import { SHIPPED_CHECKPOINT } from '../setup.ts';
import { shareMachine, withOwnThreads } from './share-machine.ts';

test.each([
  [8, 100e9, 8],
  [8, 2.5e9, 2],
  [8, 0.1e9, 1],
  [1, 100e9, 1],
])('small models: %d cores and %d bytes free make %d jobs', async (cores, bytes, jobs) => {
  expect((await shareMachine([SHIPPED_CHECKPOINT], cores, bytes)).jobs).toBe(jobs);
});

test('one large model among them has the machine for itself', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'turnwise-'));
  const config = {
    architectures: ['Qwen2ForCausalLM'],
    model_type: 'qwen2',
    vocab_size: 151936,
    hidden_size: 896,
    intermediate_size: 4864,
    num_hidden_layers: 24,
    num_attention_heads: 14,
    num_key_value_heads: 2,
    max_position_embeddings: 32768,
    rms_norm_eps: 1e-6,
    rope_theta: 1e6,
    tie_word_embeddings: true,
    hidden_act: 'silu',
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  expect((await shareMachine([SHIPPED_CHECKPOINT, folder], 8, 100e9)).jobs).toBe(1);
});

test('side by side every run has one engine on one thread, unless it was told otherwise', () => {
  const config = checkConfig(configSchema, {});
  const asked = checkConfig(configSchema, { engine: { replicas: 2, threads: 3 } });
  const [own, told] = withOwnThreads([{ config }, { config: asked }], 2);
  expect(own.config.engine).toMatchObject({ replicas: 1, threads: 1 });
  expect(told.config.engine).toMatchObject({ replicas: 2, threads: 3 });
  expect(withOwnThreads([{ config }], 1)[0].config.engine.replicas).toBeUndefined();
});
