import type { DecoderConfig } from './files/model-config.ts';
import type { GraphPlan } from './objective-graph.ts';

/** Bytes that the tensors of one training run may take before less is kept or fewer tokens are taken at once. */
export interface MemoryLimits {
  readonly activationBytes: number;
  /** Padded tokens in one run, where memory allows as many. */
  readonly tokensPerRun: number;
}

/** Fewer tokens than this leave the matrix products too small to be fast. */
const FEWEST_TOKENS = 256;
/** Logits of one piece of the head, bytes. */
const HEAD_BYTES = 64 * 2 ** 20;
/** Queries in one piece of attention, once a sequence has more than twice as many. */
const ATTENTION_ROWS = 256;

const FLOAT = Float32Array.BYTES_PER_ELEMENT;

/** Bytes that one layer keeps of every token for the way back, in sequences of `width` tokens: what the operations' derivatives read. */
export function activationBytesPerToken(c: DecoderConfig, width: number): number {
  const attention = (c.heads + 2 * c.kvHeads) * c.headDim;
  return FLOAT * (6 * c.hiddenSize + 4 * attention + 2 * c.heads * width + 5 * c.ffnSize);
}

/** How many tokens go into one run, and whether layers must be computed again on the way back. */
export function planRuns(
  c: DecoderConfig,
  width: number,
  { activationBytes, tokensPerRun }: MemoryLimits,
): { readonly tokens: number; readonly recompute: boolean } {
  const kept = activationBytesPerToken(c, width) * c.layers;
  const fits = Math.floor(activationBytes / kept);
  const least = Math.max(FEWEST_TOKENS, width);
  if (fits >= Math.min(least, tokensPerRun)) return { tokens: Math.min(tokensPerRun, fits), recompute: false };
  // Of every layer only its input is kept, and all of the one that is being computed again.
  const again = activationBytesPerToken(c, width) + FLOAT * c.layers * c.hiddenSize;
  return { tokens: Math.min(tokensPerRun, Math.max(least, Math.floor(activationBytes / again))), recompute: true };
}

/** Pieces for attention in sequences of `width` tokens and for the head over `rows` rows; powers of two, so that few graphs are needed. */
export function planPieces(
  c: DecoderConfig,
  width: number,
  rows: number,
): Pick<GraphPlan, 'attentionChunks' | 'headChunks'> {
  return {
    attentionChunks: width > 2 * ATTENTION_ROWS ? powerOfTwo(width / ATTENTION_ROWS) : 1,
    headChunks: powerOfTwo((rows * c.vocabSize * FLOAT) / HEAD_BYTES),
  };
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(atLeast)));
}
