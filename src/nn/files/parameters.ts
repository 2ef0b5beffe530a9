import type { DecoderConfig } from './model-config.ts';

/** One weight tensor under its Hugging Face name, and where it lies in the flat array. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** First element in the flat array; a multiple of 16. */
  readonly offset: number;
  /** Number of elements. */
  readonly size: number;
}

export interface ParameterLayout {
  readonly specs: readonly ParameterSpec[];
  /** Length of the flat array. */
  readonly total: number;
}

/** Names, shapes and places of all weights of a Qwen2 decoder. */
export function parameterLayout(c: DecoderConfig): ParameterLayout {
  const shapes: [string, number[]][] = [['model.embed_tokens.weight', [c.vocabSize, c.hiddenSize]]];
  for (let layer = 0; layer < c.layers; layer++) {
    const p = `model.layers.${layer}`;
    const q = c.heads * c.headDim;
    const kv = c.kvHeads * c.headDim;
    shapes.push([`${p}.input_layernorm.weight`, [c.hiddenSize]]);
    for (const [name, width] of [
      ['q', q],
      ['k', kv],
      ['v', kv],
    ] as const) {
      shapes.push([`${p}.self_attn.${name}_proj.weight`, [width, c.hiddenSize]]);
      if (c.qkvBias) shapes.push([`${p}.self_attn.${name}_proj.bias`, [width]]);
    }
    shapes.push([`${p}.self_attn.o_proj.weight`, [c.hiddenSize, q]]);
    shapes.push([`${p}.post_attention_layernorm.weight`, [c.hiddenSize]]);
    shapes.push([`${p}.mlp.gate_proj.weight`, [c.ffnSize, c.hiddenSize]]);
    shapes.push([`${p}.mlp.up_proj.weight`, [c.ffnSize, c.hiddenSize]]);
    shapes.push([`${p}.mlp.down_proj.weight`, [c.hiddenSize, c.ffnSize]]);
  }
  shapes.push(['model.norm.weight', [c.hiddenSize]]);
  if (!c.tiedEmbeddings) shapes.push(['lm_head.weight', [c.vocabSize, c.hiddenSize]]);
  let offset = 0;
  const specs = shapes.map(([name, shape]) => {
    const spec = { name, shape, offset, size: shape.reduce((a, b) => a * b, 1) };
    offset += Math.ceil(spec.size / 16) * 16;
    return spec;
  });
  return { specs, total: offset };
}
