import { z } from 'zod';
import { CheckpointError } from './checkpoint-error.ts';
import { parseJsonObject } from './model-file.ts';

/** The shape of a decoder of the Qwen2 family. */
export interface DecoderConfig {
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
  /** ε inside the root of RMSNorm. */
  readonly rmsNormEps: number;
  /** The output projection is the embedding itself. */
  readonly tiedEmbeddings: boolean;
  /** Biases on q, k and v: true in Qwen2, false in Llama, otherwise the same network. */
  readonly qkvBias: boolean;
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
export const SUPPORTED_ARCHITECTURES = ['Qwen2ForCausalLM', 'LlamaForCausalLM'] as const;

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
  const architecture = refuseUnsupported(c, file);
  const heads = c.num_attention_heads;
  const decoder: DecoderConfig = {
    hiddenSize: c.hidden_size,
    layers: c.num_hidden_layers,
    heads,
    kvHeads: c.num_key_value_heads ?? heads,
    headDim: c.head_dim ?? c.hidden_size / heads,
    ffnSize: c.intermediate_size,
    vocabSize: c.vocab_size,
    ropeTheta: c.rope_theta ?? ropeParameter(c, 'rope_theta') ?? 10000,
    rmsNormEps: c.rms_norm_eps,
    tiedEmbeddings: c.tie_word_embeddings,
    qkvBias: architecture === 'Qwen2ForCausalLM',
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
      architectures: [c.qkvBias ? 'Qwen2ForCausalLM' : 'LlamaForCausalLM'],
      model_type: c.qkvBias ? 'qwen2' : 'llama',
      vocab_size: c.vocabSize,
      hidden_size: c.hiddenSize,
      intermediate_size: c.ffnSize,
      num_hidden_layers: c.layers,
      num_attention_heads: c.heads,
      num_key_value_heads: c.kvHeads,
      ...(c.headDim * c.heads === c.hiddenSize ? {} : { head_dim: c.headDim }),
      hidden_act: 'silu',
      max_position_embeddings: c.maxPositions,
      rope_theta: c.ropeTheta,
      rms_norm_eps: c.rmsNormEps,
      tie_word_embeddings: c.tiedEmbeddings,
      ...(c.qkvBias ? { use_sliding_window: false } : { attention_bias: false, mlp_bias: false }),
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
}

function ropeParameter(c: HuggingFaceConfig, name: string): number | undefined {
  const value = c.rope_parameters?.[name];
  return typeof value === 'number' ? value : undefined;
}

function refuseUnsupported(c: HuggingFaceConfig, file: string): (typeof SUPPORTED_ARCHITECTURES)[number] {
  const byType: Readonly<Record<string, string>> = { qwen2: 'Qwen2ForCausalLM', llama: 'LlamaForCausalLM' };
  const named = c.architectures?.[0] ?? byType[c.model_type ?? ''] ?? c.model_type ?? 'none named';
  const architecture = SUPPORTED_ARCHITECTURES.find((name) => name === named);
  const supported = `Supported: ${SUPPORTED_ARCHITECTURES.join(', ')}`;
  if (architecture === undefined) {
    throw new CheckpointError(`the architecture is ${named}, which is not supported. ${supported}.`, {
      file,
      field: 'architectures',
    });
  }
  const ropeType = [c.rope_scaling, c.rope_parameters].map((r) => r?.['rope_type'] ?? r?.['type']);
  const variants: readonly [boolean, string, string][] = [
    [c.hidden_act !== 'silu', 'hidden_act', `activation ${c.hidden_act}`],
    [c.use_sliding_window === true, 'use_sliding_window', 'sliding-window attention'],
    [c.rope_scaling != null && ropeType[0] !== 'default', 'rope_scaling', 'scaled rotary positions'],
    [ropeType[1] !== undefined && ropeType[1] !== 'default', 'rope_parameters', 'scaled rotary positions'],
    [c.quantization_config != null, 'quantization_config', 'quantized weights'],
    [architecture === 'LlamaForCausalLM' && c.attention_bias === true, 'attention_bias', 'a bias on all of attention'],
    [c.mlp_bias === true, 'mlp_bias', 'a bias in the feed-forward'],
  ];
  for (const [holds, field, what] of variants) {
    if (holds) {
      throw new CheckpointError(`${named} with ${what} (\`${field}\`) is not supported. ${supported} without it.`, {
        file,
        field,
      });
    }
  }
  return architecture;
}
