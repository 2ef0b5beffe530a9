import type { DecoderConfig } from './model-config.ts';

/** One weight tensor under its Hugging Face name, and where it lies in the flat array. */
export interface ParameterSpec {
  readonly name: string;
  /** Row-major; matrices are [out, in]. */
  readonly shape: readonly number[];
  /** First element in the flat array; a multiple of 16. */
  readonly offset: number;
  /** Number of elements. */
  readonly size: number;
}

export interface ParameterLayout {
  readonly specs: readonly ParameterSpec[];
  /** Length of the flat array, the gaps between tensors included. */
  readonly total: number;
}

/** Offsets are multiples of this many floats: a cache line. */
const ALIGNMENT = 16;

/** Names, shapes and places of all weights of a decoder, in one flat float array. */
export function parameterLayout(c: DecoderConfig): ParameterLayout {
  const q = c.heads * c.headDim;
  const kv = c.kvHeads * c.headDim;
  const projections = [
    ['q', q],
    ['k', kv],
    ['v', kv],
  ] as const;
  const shapes: [string, number[]][] = [['model.embed_tokens.weight', [c.vocabSize, c.hiddenSize]]];
  for (let layer = 0; layer < c.layers; layer++) {
    const p = `model.layers.${layer}`;
    shapes.push([`${p}.input_layernorm.weight`, [c.hiddenSize]]);
    for (const [name, width] of projections) {
      shapes.push([`${p}.self_attn.${name}_proj.weight`, [width, c.hiddenSize]]);
      if (c.qkvBias) shapes.push([`${p}.self_attn.${name}_proj.bias`, [width]]);
    }
    if (c.qkNorm)
      shapes.push([`${p}.self_attn.q_norm.weight`, [c.headDim]], [`${p}.self_attn.k_norm.weight`, [c.headDim]]);
    shapes.push([`${p}.self_attn.o_proj.weight`, [c.hiddenSize, q]]);
    if (c.outputBias) shapes.push([`${p}.self_attn.o_proj.bias`, [c.hiddenSize]]);
    shapes.push([`${p}.post_attention_layernorm.weight`, [c.hiddenSize]]);
    for (const [name, to, from] of [
      ['gate', c.ffnSize, c.hiddenSize],
      ['up', c.ffnSize, c.hiddenSize],
      ['down', c.hiddenSize, c.ffnSize],
    ] as const) {
      shapes.push([`${p}.mlp.${name}_proj.weight`, [to, from]]);
      if (c.mlpBias) shapes.push([`${p}.mlp.${name}_proj.bias`, [to]]);
    }
  }
  shapes.push(['model.norm.weight', [c.hiddenSize]]);
  if (!c.tiedEmbeddings) shapes.push(['lm_head.weight', [c.vocabSize, c.hiddenSize]]);
  return placed(shapes);
}

/** Lays tensors one after the other, each at a multiple of 16 floats. */
export function placed(shapes: readonly (readonly [name: string, shape: readonly number[]])[]): ParameterLayout {
  let total = 0;
  const specs = shapes.map(([name, shape]) => {
    const spec = { name, shape, offset: total, size: shape.reduce((a, b) => a * b, 1) };
    total += Math.ceil(spec.size / ALIGNMENT) * ALIGNMENT;
    return spec;
  });
  return { specs, total };
}
