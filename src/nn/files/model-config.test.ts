import { describe, expect, test } from 'vitest';
import { type DecoderConfig, formatModelConfig, type ModelConfig, parseModelConfig } from './model-config.ts';

const decoder: DecoderConfig = {
  family: 'qwen2',
  hiddenSize: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 16,
  ffnSize: 128,
  vocabSize: 300,
  ropeTheta: 10000,
  rmsNormEps: 1e-6,
  tiedEmbeddings: true,
  qkvBias: true,
  outputBias: false,
  mlpBias: false,
  qkNorm: false,
  maxPositions: 512,
};

const model: ModelConfig = { decoder, special: { bos: 1, eos: [2, 3], pad: 2 } };

/** The fields of a Qwen2.5-0.5B-Instruct folder. */
const QWEN25 = {
  architectures: ['Qwen2ForCausalLM'],
  attention_dropout: 0.0,
  bos_token_id: 151643,
  eos_token_id: 151645,
  hidden_act: 'silu',
  hidden_size: 896,
  initializer_range: 0.02,
  intermediate_size: 4864,
  max_position_embeddings: 32768,
  max_window_layers: 21,
  model_type: 'qwen2',
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000.0,
  sliding_window: 32768,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  use_cache: true,
  use_sliding_window: false,
  vocab_size: 151936,
};

const parse = (fields: object): ModelConfig => parseModelConfig(JSON.stringify(fields), 'm/config.json');

test('reads a Qwen2 configuration', () => {
  expect(parse(QWEN25)).toEqual({
    decoder: {
      family: 'qwen2',
      hiddenSize: 896,
      layers: 24,
      heads: 14,
      kvHeads: 2,
      headDim: 64,
      ffnSize: 4864,
      vocabSize: 151936,
      ropeTheta: 1e6,
      rmsNormEps: 1e-6,
      tiedEmbeddings: true,
      qkvBias: true,
      outputBias: false,
      mlpBias: false,
      qkNorm: false,
      maxPositions: 32768,
    },
    special: { bos: 151643, eos: [151645] },
  });
});

test('reads what newer transformers write', () => {
  const { rope_theta: _, ...rest } = QWEN25;
  const newer = {
    ...rest,
    rope_parameters: { rope_theta: 5000, rope_type: 'default' },
    dtype: 'float32',
    eos_token_id: null,
  };
  const { decoder, special } = parse(newer);
  expect(decoder.ropeTheta).toBe(5000);
  expect(special.eos).toEqual([]);
});

test.each([
  ['as it is', {}],
  ['with its own head size', { headDim: 32 }],
  ['untied', { tiedEmbeddings: false }],
  ['without biases', { family: 'llama', qkvBias: false, ropeTheta: 123.5 }],
  ['with all biases', { family: 'llama', outputBias: true, mlpBias: true }],
  ['with norms of queries and keys', { family: 'qwen3', qkvBias: false, qkNorm: true, headDim: 128 }],
  ['stretched', { ropeScaling: { type: 'linear', factor: 2 } }],
  [
    'stretched as Llama 3',
    {
      ropeScaling: { type: 'llama3', factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 8192 },
    },
  ],
])('what is written is read: %s', (_, change) => {
  const written = { ...model, decoder: { ...decoder, ...(change as Partial<DecoderConfig>) } };
  expect(parseModelConfig(formatModelConfig(written), 'x')).toEqual(written);
});

test('writes what transformers looks for', () => {
  expect(JSON.parse(formatModelConfig(model))).toMatchObject({
    architectures: ['Qwen2ForCausalLM'],
    model_type: 'qwen2',
    num_key_value_heads: 2,
    use_sliding_window: false,
    eos_token_id: [2, 3],
    pad_token_id: 2,
  });
  const llama = { ...model, decoder: { ...decoder, family: 'llama' as const, qkvBias: false } };
  expect(JSON.parse(formatModelConfig(llama))).toMatchObject({ model_type: 'llama', attention_bias: false });
});

describe('refused', () => {
  test.each([
    [
      { architectures: ['MistralForCausalLM'] },
      'architectures',
      'is MistralForCausalLM, which is not supported. Supported: Qwen2ForCausalLM, Qwen3ForCausalLM, LlamaForCausalLM',
    ],
    [{ architectures: undefined, model_type: 'gpt2' }, 'architectures', 'is gpt2'],
    [{ architectures: undefined, model_type: undefined }, 'architectures', 'is none named'],
    [{ rope_scaling: { type: 'dynamic', factor: 4 } }, 'rope_scaling', 'scaled by `dynamic` are not supported'],
    [{ rope_parameters: { rope_type: 'linear' } }, 'rope_scaling.factor', '`rope_scaling.factor`'],
    [{ use_sliding_window: true }, 'use_sliding_window', 'sliding-window'],
    [{ hidden_act: 'gelu' }, 'hidden_act', 'activation gelu'],
    [{ quantization_config: { bits: 4 } }, 'quantization_config', 'quantized'],
    [{ attention_bias: true }, 'attention_bias', 'bias'],
    [{ mlp_bias: true }, 'mlp_bias', 'bias'],
    [{ hidden_size: 'wide' }, 'hidden_size', '`hidden_size`'],
    [{ num_hidden_layers: 0 }, 'num_hidden_layers', '`num_hidden_layers`'],
    [{ vocab_size: undefined }, 'vocab_size', '`vocab_size`'],
    [{ num_key_value_heads: 3 }, 'kvHeads', '14 attention heads cannot share 3'],
    [{ head_dim: 7 }, 'headDim', '`headDim` is 7'],
    [{ hidden_size: 900 }, 'headDim', '`headDim` is 64.28'],
    [{ eos_token_id: -1 }, 'eos_token_id', '`eos_token_id`'],
  ])('%j', (change, field, message) => {
    const parsing = (): ModelConfig => parse({ ...QWEN25, ...change });
    expect(parsing).toThrow(expect.objectContaining({ code: 'TURNWISE_CHECKPOINT', file: 'm/config.json', field }));
    expect(parsing).toThrow(message);
  });

  test('text that is no object', () => {
    expect(() => parseModelConfig('{', 'm/config.json')).toThrow(/^m\/config.json: it is not JSON/);
    expect(() => parseModelConfig('[]', 'm/config.json')).toThrow('must hold a JSON object');
  });

  test('writing sizes that do not fit together', () => {
    expect(() => formatModelConfig({ ...model, decoder: { ...decoder, kvHeads: 3 } })).toThrow('cannot share');
    expect(() => formatModelConfig({ ...model, decoder: { ...decoder, layers: 1.5 } })).toThrow('`layers` is 1.5');
  });
});
