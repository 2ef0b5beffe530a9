import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DecoderConfig } from './model-config.ts';
import { parameterLayout } from './parameters.ts';

const small: DecoderConfig = {
  family: 'qwen2',
  hiddenSize: 6,
  layers: 1,
  heads: 4,
  kvHeads: 2,
  headDim: 2,
  ffnSize: 10,
  vocabSize: 7,
  ropeTheta: 10000,
  rmsNormEps: 1e-6,
  tiedEmbeddings: false,
  qkvBias: true,
  outputBias: false,
  mlpBias: false,
  qkNorm: false,
  maxPositions: 8,
};

test('names and shapes of a Qwen2 model', () => {
  const shapes = Object.fromEntries(parameterLayout(small).specs.map((s) => [s.name, s.shape]));
  expect(shapes).toEqual({
    'model.embed_tokens.weight': [7, 6],
    'model.layers.0.input_layernorm.weight': [6],
    'model.layers.0.self_attn.q_proj.weight': [8, 6],
    'model.layers.0.self_attn.q_proj.bias': [8],
    'model.layers.0.self_attn.k_proj.weight': [4, 6],
    'model.layers.0.self_attn.k_proj.bias': [4],
    'model.layers.0.self_attn.v_proj.weight': [4, 6],
    'model.layers.0.self_attn.v_proj.bias': [4],
    'model.layers.0.self_attn.o_proj.weight': [6, 8],
    'model.layers.0.post_attention_layernorm.weight': [6],
    'model.layers.0.mlp.gate_proj.weight': [10, 6],
    'model.layers.0.mlp.up_proj.weight': [10, 6],
    'model.layers.0.mlp.down_proj.weight': [6, 10],
    'model.norm.weight': [6],
    'lm_head.weight': [7, 6],
  });
});

test('a tied head and absent biases have no tensor', () => {
  const names = parameterLayout({ ...small, tiedEmbeddings: true, family: 'llama', qkvBias: false }).specs.map(
    (s) => s.name,
  );
  expect(names.filter((name) => name === 'lm_head.weight' || name.endsWith('.bias'))).toEqual([]);
  expect(names.length).toBe(11);
});

test('the size of Qwen2.5-0.5B', () => {
  const sizes = {
    family: 'qwen2' as const,
    hiddenSize: 896,
    layers: 24,
    heads: 14,
    headDim: 64,
    ffnSize: 4864,
    vocabSize: 151936,
    tiedEmbeddings: true,
  };
  const { specs } = parameterLayout({ ...small, ...sizes });
  // 494,032,768 parameters, as the model's page says
  expect(specs.reduce((sum, s) => sum + s.size, 0)).toBe(494_032_768);
  expect(specs.length).toBe(290);
});

test('tensors lie one after the other, each at a multiple of 16 floats', () => {
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(
      size,
      size,
      size,
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      (hiddenSize, ffnSize, vocabSize, layers, qkvBias) => {
        const { specs, total } = parameterLayout({ ...small, hiddenSize, ffnSize, vocabSize, layers, qkvBias });
        let end = 0;
        for (const s of specs) {
          expect(s.size).toBe(s.shape.reduce((a, b) => a * b, 1));
          expect(s.offset % 16).toBe(0);
          expect(s.offset - end).toBeGreaterThanOrEqual(0);
          expect(s.offset - end).toBeLessThan(16);
          end = s.offset + s.size;
        }
        expect(total - end).toBeGreaterThanOrEqual(0);
        expect(total - end).toBeLessThan(16);
      },
    ),
  );
});
