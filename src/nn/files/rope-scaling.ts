import { z } from 'zod';
import { CheckpointError } from './checkpoint-error.ts';

/** How rotary frequencies are changed so that a model reaches further than it was pre-trained for. */
export type RopeScaling =
  | { readonly type: 'linear'; readonly factor: number }
  | {
      /** Llama 3.1: long waves are stretched, short ones are not, those between partly. */
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      /** Positions of pre-training. */
      readonly originalMaxPositions: number;
    }
  | {
      /** YaRN (Peng et al. 2023, arXiv 2309.00071, §3.2–3.4). */
      readonly type: 'yarn';
      readonly factor: number;
      readonly originalMaxPositions: number;
      /** Turns over the original positions above which a frequency is kept, and below which it is stretched. */
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Factor on cos and sin, so that its square scales the scores. */
      readonly attentionFactor: number;
      /** Whether the bounds of the ramp are whole numbers. */
      readonly truncate: boolean;
    };

const factor = z.number().min(1);
const positions = z.number().positive();

const scalings = z.discriminatedUnion('rope_type', [
  z.object({ rope_type: z.literal('linear'), factor }),
  z.object({
    rope_type: z.literal('llama3'),
    factor,
    low_freq_factor: z.number().positive(),
    high_freq_factor: z.number().positive(),
    original_max_position_embeddings: positions,
  }),
  z.object({
    rope_type: z.literal('yarn'),
    factor,
    original_max_position_embeddings: positions.nullish(),
    beta_fast: z.number().positive().nullish(),
    beta_slow: z.number().positive().nullish(),
    attention_factor: z.number().positive().nullish(),
    mscale: z.number().nullish(),
    mscale_all_dim: z.number().nullish(),
    truncate: z.boolean().nullish(),
  }),
]);

/**
 * Reads `rope_scaling` (or, as newer files call it, `rope_parameters`) of a config.json; the defaults are those of transformers.
 *
 * @param maxPositions `max_position_embeddings`, YaRN's original positions where it names none
 * @throws CheckpointError for a kind that is not supported, or a wrong field
 */
export function parseRopeScaling(
  raw: Readonly<Record<string, unknown>> | null | undefined,
  maxPositions: number,
  file: string,
): RopeScaling | undefined {
  const type = raw?.['rope_type'] ?? raw?.['type'];
  if (raw == null || type === undefined || type === 'default') return undefined;
  if (type !== 'linear' && type !== 'llama3' && type !== 'yarn') {
    throw new CheckpointError(
      `rotary positions scaled by \`${String(type)}\` are not supported; linear, llama3 and yarn are.`,
      { file, field: 'rope_scaling' },
    );
  }
  const parsed = scalings.safeParse({ ...raw, rope_type: type });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = `rope_scaling.${issue.path.join('.')}`;
    throw new CheckpointError(`\`${field}\`: ${issue.message}.`, { file, field });
  }
  const s = parsed.data;
  if (s.rope_type === 'linear') return { type: 'linear', factor: s.factor };
  if (s.rope_type === 'llama3') {
    return {
      type: 'llama3',
      factor: s.factor,
      lowFreqFactor: s.low_freq_factor,
      highFreqFactor: s.high_freq_factor,
      originalMaxPositions: s.original_max_position_embeddings,
    };
  }
  return {
    type: 'yarn',
    factor: s.factor,
    originalMaxPositions: s.original_max_position_embeddings ?? maxPositions,
    betaFast: s.beta_fast ?? 32,
    betaSlow: s.beta_slow ?? 1,
    attentionFactor: s.attention_factor ?? yarnAttentionFactor(s.factor, s.mscale, s.mscale_all_dim),
    truncate: s.truncate ?? true,
  };
}

/** The fields of config.json that say the same. */
export function formatRopeScaling(s: RopeScaling): Record<string, unknown> {
  if (s.type === 'linear') return { rope_type: 'linear', factor: s.factor };
  if (s.type === 'llama3') {
    return {
      rope_type: 'llama3',
      factor: s.factor,
      low_freq_factor: s.lowFreqFactor,
      high_freq_factor: s.highFreqFactor,
      original_max_position_embeddings: s.originalMaxPositions,
    };
  }
  return {
    rope_type: 'yarn',
    factor: s.factor,
    original_max_position_embeddings: s.originalMaxPositions,
    beta_fast: s.betaFast,
    beta_slow: s.betaSlow,
    attention_factor: s.attentionFactor,
    truncate: s.truncate,
  };
}

/** YaRN's factor on cos and sin where the file gives none: 0.1 · ln(factor) + 1, or the ratio of two such with their own slopes. */
function yarnAttentionFactor(factor: number, mscale?: number | null, mscaleAllDim?: number | null): number {
  const scale = (slope: number): number => (factor <= 1 ? 1 : 0.1 * slope * Math.log(factor) + 1);
  return mscale && mscaleAllDim ? scale(mscale) / scale(mscaleAllDim) : scale(1);
}
