import type { DecoderConfig } from './files/model-config.ts';
import { type ParameterLayout, parameterLayout, placed } from './files/parameters.ts';

/** Projections that can have an adapter, by PEFT's short names. */
export const LORA_TARGETS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type LoraTarget = (typeof LORA_TARGETS)[number];

/** Low-rank adapters (Hu et al. 2021, arXiv 2106.09685): y = W·x + scale · B·(A·x) on the chosen projections of every layer. */
export interface LoraConfig {
  readonly rank: number;
  /** scale = alpha / rank, or alpha / √rank where rank-stabilized. */
  readonly alpha: number;
  /** Kalajdzievski 2023, arXiv 2312.03732. */
  readonly rankStabilized: boolean;
  /** Share of an adapter's inputs left out while training; sampling and scoring leave out none. */
  readonly dropout: number;
  readonly targets: readonly LoraTarget[];
}

export const LORA_DEFAULTS: LoraConfig = {
  rank: 16,
  alpha: 32,
  rankStabilized: false,
  dropout: 0,
  targets: LORA_TARGETS,
};

/** Adapters on nothing: the weights are read and sampled from, and nothing is kept for training. */
export const NOTHING_TRAINED: LoraConfig = { ...LORA_DEFAULTS, targets: [] };

export function loraScale({ rank, alpha, rankStabilized }: LoraConfig): number {
  return alpha / (rankStabilized ? Math.sqrt(rank) : rank);
}

/** PEFT's names of the two matrices of a projection, given as `model.layers.0.self_attn.q_proj`. */
export function adapterNames(projection: string): { readonly a: string; readonly b: string } {
  return { a: `base_model.model.${projection}.lora_A.weight`, b: `base_model.model.${projection}.lora_B.weight` };
}

/** Projections with an adapter, as `model.layers.0.self_attn.q_proj`, with their sizes, in the order of the layers. */
export function adaptedProjections(
  config: DecoderConfig,
  lora: LoraConfig,
): { readonly projection: string; readonly inputs: number; readonly outputs: number }[] {
  return parameterLayout(config).specs.flatMap(({ name, shape }) => {
    const projection = name.slice(0, -'.weight'.length);
    const target = lora.targets.find((t) => name.endsWith(`.${t}.weight`));
    return target === undefined ? [] : [{ projection, outputs: shape[0], inputs: shape[1] }];
  });
}

/** Names, shapes and places of all adapter matrices: A [rank, in], B [out, rank]. */
export function adapterLayout(config: DecoderConfig, lora: LoraConfig): ParameterLayout {
  return placed(
    adaptedProjections(config, lora).flatMap(({ projection, inputs, outputs }) => {
      const { a, b } = adapterNames(projection);
      return [
        [a, [lora.rank, inputs]],
        [b, [outputs, lora.rank]],
      ] as const;
    }),
  );
}

/** Names, shapes and places of what is trained: the adapters, or all weights where there are none. */
export function trainedLayout({
  config,
  lora,
}: {
  readonly config: DecoderConfig;
  readonly lora?: LoraConfig;
}): ParameterLayout {
  return lora ? adapterLayout(config, lora) : parameterLayout(config);
}
