import { z } from 'zod';
import { CheckpointError } from './checkpoint-error.ts';
import { parseJsonObject } from './model-file.ts';
import { formatRopeScaling, parseRopeScaling, type RopeScaling } from './rope-scaling.ts';

/** Networks that differ only in biases and in norms of queries and keys. */
export type ModelFamily = 'qwen2' | 'qwen3' | 'llama';

/** The shape of a dense decoder. */
export interface DecoderConfig {
  readonly family: ModelFamily;
  readonly hiddenSize: number;
  readonly layers: number;
  /** Query heads. */
  readonly heads: number;
  /** Key/value heads; divides `heads`. */
  readonly kvHeads: number;
  /** Size of one head; even, since rotary positions turn pairs. */
  readonly headDim: number;
  /** Width inside the feed-forward. */
  readonly ffnSize: number;
  readonly vocabSize: number;
  /** θ of the rotary positions. */
  readonly ropeTheta: number;
  /** How positions beyond those of pre-training are reached; absent where they are not scaled. */
  readonly ropeScaling?: RopeScaling;
  /** ε inside the root of RMSNorm. */
  readonly rmsNormEps: number;
  /** The output projection is the embedding itself. */
  readonly tiedEmbeddings: boolean;
  /** Biases on q, k and v: always in Qwen2, seldom in the others. */
  readonly qkvBias: boolean;
  /** A bias on the projection after attention: never in Qwen2, with `qkvBias` in the others. */
  readonly outputBias: boolean;
  /** Biases in the feed-forward: only ever in Llama. */
  readonly mlpBias: boolean;
  /** RMSNorm over every head of queries and keys, before the rotary positions: always and only in Qwen3. */
  readonly qkNorm: boolean;
  /** Longest sequence, tokens. */
  readonly maxPositions: number;
}

/** Token ids that a model's files name. */
export interface SpecialTokenIds {
  readonly bos?: number;
  /** Ids that end a text; the first is the main one. */
  readonly eos: readonly number[];
  readonly pad?: number;
}

/** What `config.json` of a model folder says. */
export interface ModelConfig {
  readonly decoder: DecoderConfig;
  readonly special: SpecialTokenIds;
}

/** The `architectures` of config.json that can be read. */
export const SUPPORTED_ARCHITECTURES = ['Qwen2ForCausalLM', 'Qwen3ForCausalLM', 'LlamaForCausalLM'] as const;

const FAMILIES: Readonly<Record<(typeof SUPPORTED_ARCHITECTURES)[number], ModelFamily>> = {
  Qwen2ForCausalLM: 'qwen2',
  Qwen3ForCausalLM: 'qwen3',
  LlamaForCausalLM: 'llama',
};

const count = z.number().int().positive();
const tokenId = z.number().int().nonnegative();

/** What is read of config.json; transformers' defaults where it leaves a field out. Other fields do not change the network. */
const huggingFaceConfig = z.object({
  architectures: z.array(z.string()).optional(),
  model_type: z.string().optional(),
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  intermediate_size: count,
  vocab_size: count,
  max_position_embeddings: count,
  rope_theta: z.number().positive().optional(),
  rope_scaling: z.record(z.string(), z.unknown()).nullish(),
  rope_parameters: z.record(z.string(), z.unknown()).nullish(),
  rms_norm_eps: z.number().positive().default(1e-6),
  tie_word_embeddings: z.boolean().default(false),
  hidden_act: z.string().default('silu'),
  attention_bias: z.boolean().optional(),
  mlp_bias: z.boolean().optional(),
  use_sliding_window: z.boolean().optional(),
  quantization_config: z.unknown().optional(),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  pad_token_id: tokenId.nullish(),
});

/** What transformers takes for Qwen3 where `head_dim` is not given. */
const QWEN3_HEAD_DIM = 128;

type HuggingFaceConfig = z.infer<typeof huggingFaceConfig>;

/**
 * Reads the text of a `config.json`.
 *
 * @param file where the text comes from, for messages
 * @throws CheckpointError when it is no JSON, a field is wrong, or the network is one that is not supported
 */
export function parseModelConfig(text: string, file: string): ModelConfig {
  const raw = huggingFaceConfig.safeParse(parseJsonObject(text, file));
  if (!raw.success) {
    const issue = raw.error.issues[0];
    throw new CheckpointError(`\`${issue.path.join('.')}\`: ${issue.message}.`, { file, field: issue.path.join('.') });
  }
  const c = raw.data;
  const family = refuseUnsupported(c, file);
  const heads = c.num_attention_heads;
  const ropeScaling = parseRopeScaling(c.rope_scaling ?? c.rope_parameters, c.max_position_embeddings, file);
  const attentionBias = family !== 'qwen2' && c.attention_bias === true;
  const decoder: DecoderConfig = {
    family,
    hiddenSize: c.hidden_size,
    layers: c.num_hidden_layers,
    heads,
    kvHeads: c.num_key_value_heads ?? heads,
    headDim: c.head_dim ?? (family === 'qwen3' ? QWEN3_HEAD_DIM : c.hidden_size / heads),
    ffnSize: c.intermediate_size,
    vocabSize: c.vocab_size,
    ropeTheta: c.rope_theta ?? ropeParameter(c, 'rope_theta') ?? 10000,
    ...(ropeScaling === undefined ? {} : { ropeScaling }),
    rmsNormEps: c.rms_norm_eps,
    tiedEmbeddings: c.tie_word_embeddings,
    qkvBias: family === 'qwen2' || attentionBias,
    outputBias: attentionBias,
    mlpBias: family === 'llama' && c.mlp_bias === true,
    qkNorm: family === 'qwen3',
    maxPositions: c.max_position_embeddings,
  };
  checkDecoderConfig(decoder, file);
  const eos = c.eos_token_id == null ? [] : [c.eos_token_id].flat();
  const special: SpecialTokenIds = {
    eos,
    ...(c.bos_token_id == null ? {} : { bos: c.bos_token_id }),
    ...(c.pad_token_id == null ? {} : { pad: c.pad_token_id }),
  };
  return { decoder, special };
}

/** The text of a `config.json` that transformers and vLLM open. */
export function formatModelConfig({ decoder: c, special }: ModelConfig): string {
  checkDecoderConfig(c, 'config.json');
  return `${JSON.stringify(
    {
      architectures: [SUPPORTED_ARCHITECTURES.find((name) => FAMILIES[name] === c.family)],
      model_type: c.family,
      vocab_size: c.vocabSize,
      hidden_size: c.hiddenSize,
      intermediate_size: c.ffnSize,
      num_hidden_layers: c.layers,
      num_attention_heads: c.heads,
      num_key_value_heads: c.kvHeads,
      ...(c.headDim * c.heads === c.hiddenSize && c.family !== 'qwen3' ? {} : { head_dim: c.headDim }),
      hidden_act: 'silu',
      max_position_embeddings: c.maxPositions,
      rope_theta: c.ropeTheta,
      ...(c.ropeScaling === undefined ? {} : { rope_scaling: formatRopeScaling(c.ropeScaling) }),
      rms_norm_eps: c.rmsNormEps,
      tie_word_embeddings: c.tiedEmbeddings,
      ...(c.family === 'llama' ? { mlp_bias: c.mlpBias } : { use_sliding_window: false }),
      ...(c.family === 'qwen2' ? {} : { attention_bias: c.outputBias }),
      attention_dropout: 0,
      initializer_range: 0.02,
      use_cache: true,
      torch_dtype: 'float32',
      ...formatSpecialTokenIds(special),
    },
    undefined,
    2,
  )}\n`;
}

/** The ids as config.json and generation_config.json write them. */
export function formatSpecialTokenIds({ bos, eos, pad }: SpecialTokenIds): Record<string, number | readonly number[]> {
  return {
    ...(bos === undefined ? {} : { bos_token_id: bos }),
    ...(eos.length === 0 ? {} : { eos_token_id: eos.length === 1 ? eos[0] : eos }),
    ...(pad === undefined ? {} : { pad_token_id: pad }),
  };
}

/**
 * Checks that the sizes fit together.
 *
 * @throws CheckpointError naming the first that does not
 */
export function checkDecoderConfig(c: DecoderConfig, file: string): void {
  const refuse = (field: string, problem: string): never => {
    throw new CheckpointError(problem, { file, field });
  };
  const sizes = [
    'hiddenSize',
    'layers',
    'heads',
    'kvHeads',
    'headDim',
    'ffnSize',
    'vocabSize',
    'maxPositions',
  ] as const;
  for (const field of sizes) {
    if (!Number.isInteger(c[field]) || c[field] < 1)
      refuse(field, `\`${field}\` is ${c[field]}; it must be a positive integer.`);
  }
  if (c.heads % c.kvHeads !== 0) {
    refuse('kvHeads', `${c.heads} attention heads cannot share ${c.kvHeads} key/value heads evenly.`);
  }
  if (c.headDim % 2 !== 0) refuse('headDim', `\`headDim\` is ${c.headDim}; rotary positions need an even number.`);
  const features = (['qkvBias', 'outputBias', 'mlpBias', 'qkNorm'] as const).filter((name) => c[name]);
  if (!FEATURES[c.family].includes(features.join())) {
    refuse(
      'family',
      `no ${c.family} model has ${features.join(', ') || 'neither biases nor norms of queries and keys'}.`,
    );
  }
}

/** Which of qkvBias, outputBias, mlpBias and qkNorm a model of the family can have. */
const FEATURES: Readonly<Record<ModelFamily, readonly string[]>> = {
  qwen2: ['qkvBias'],
  qwen3: ['qkNorm', 'qkvBias,outputBias,qkNorm'],
  llama: ['', 'qkvBias,outputBias', 'mlpBias', 'qkvBias,outputBias,mlpBias'],
};

function ropeParameter(c: HuggingFaceConfig, name: string): number | undefined {
  const value = c.rope_parameters?.[name];
  return typeof value === 'number' ? value : undefined;
}

function refuseUnsupported(c: HuggingFaceConfig, file: string): ModelFamily {
  const byType = SUPPORTED_ARCHITECTURES.find((name) => FAMILIES[name] === c.model_type);
  const named = c.architectures?.[0] ?? byType ?? c.model_type ?? 'none named';
  const architecture = SUPPORTED_ARCHITECTURES.find((name) => name === named);
  const supported = `Supported: ${SUPPORTED_ARCHITECTURES.join(', ')}`;
  if (architecture === undefined) {
    throw new CheckpointError(`the architecture is ${named}, which is not supported. ${supported}.`, {
      file,
      field: 'architectures',
    });
  }
  const variants: readonly [boolean, string, string][] = [
    [c.hidden_act !== 'silu', 'hidden_act', `activation ${c.hidden_act}`],
    [c.use_sliding_window === true, 'use_sliding_window', 'sliding-window attention'],
    [c.quantization_config != null, 'quantization_config', 'quantized weights'],
    [architecture !== 'LlamaForCausalLM' && c.mlp_bias === true, 'mlp_bias', 'a bias in the feed-forward'],
    [architecture === 'Qwen2ForCausalLM' && c.attention_bias === true, 'attention_bias', 'a bias on all of attention'],
  ];
  for (const [holds, field, what] of variants) {
    if (holds) {
      throw new CheckpointError(`${named} with ${what} (\`${field}\`) is not supported. ${supported} without it.`, {
        file,
        field,
      });
    }
  }
  return FAMILIES[architecture];
}
