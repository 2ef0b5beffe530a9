import { LOG_RATIO_LIMIT, limited } from './kl.ts';
import type { Objective } from './objective.ts';

/** The surrogate loss of one token and its derivative with respect to the importance ratio. */
export interface Surrogate {
  readonly loss: number;
  /** ∂loss/∂ratio; 0 where a clip holds the loss. */
  readonly slope: number;
  /** The clip of PPO holds the loss. */
  readonly clipped: boolean;
  /** The dual clip does. */
  readonly dualClipped: boolean;
}

/**
 * Clipped surrogate (Schulman et al. 2017, eq. 7) with separate bounds (DAPO, arXiv 2503.14476, eq. 10) and dual clip (Ye et al. 2020,
 * eq. 5):
 *
 *     l = max(−r·A, −clip(r, 1 − low, 1 + high)·A);   for A < 0: l = min(l, −c·A)
 *
 * Where both branches are equal the gradient is that of the unclipped one.
 */
export function clippedSurrogate(
  ratio: number,
  advantage: number,
  o: Pick<Objective, 'clipLow' | 'clipHigh' | 'dualClip'>,
): Surrogate {
  const plain = -ratio * advantage;
  const held = -Math.min(1 + o.clipHigh, Math.max(1 - o.clipLow, ratio)) * advantage;
  const clipped = held > plain;
  const loss = clipped ? held : plain;
  const bound = -o.dualClip * advantage;
  if (o.dualClip > 0 && advantage < 0 && loss > bound) return { loss: bound, slope: 0, clipped, dualClipped: true };
  return { loss, slope: clipped ? 0 : -advantage, clipped, dualClipped: false };
}

/** CISPO (MiniMax-M1, arXiv 2506.13585, eq. 4): l = −sg(clip(r, 1 − low, 1 + high))·A·log π. @returns the constant before log π */
export function cispoWeight(ratio: number, advantage: number, o: Pick<Objective, 'cispoLow' | 'cispoHigh'>): number {
  return -Math.min(1 + o.cispoHigh, Math.max(1 - o.cispoLow, ratio)) * advantage;
}

/**
 * Importance ratios π/π_old of a response's tokens: each token's own, or one for the action, exp of the mean log-ratio over its tokens, shared by
 * all (GAGPO; GSPO, arXiv 2507.18071, eq. 7).
 */
export function importanceRatios(
  kind: Objective['ratio'],
  logprobs: ArrayLike<number>,
  oldLogprobs: ArrayLike<number>,
): Float64Array {
  const differences = Float64Array.from(logprobs, (l, t) => l - oldLogprobs[t]);
  if (kind === 'token') return differences.map((d) => Math.exp(limited(d)));
  const mean = differences.reduce((a, b) => a + b, 0) / differences.length;
  return differences.fill(Math.exp(limited(mean)));
}

/**
 * ∂/∂(log π_t) of Σ_u f(r_u), given slopes f'(r_u): r_t's own for token ratios; for an action ratio every token moves all ratios by 1/n.
 */
export function ratioPullback(
  kind: Objective['ratio'],
  logprobs: ArrayLike<number>,
  oldLogprobs: ArrayLike<number>,
  ratios: Float64Array,
  slopes: Float64Array,
): Float64Array {
  const n = ratios.length;
  const inside = (d: number): number => (Math.abs(d) > LOG_RATIO_LIMIT ? 0 : 1);
  if (kind === 'token') return slopes.map((s, t) => s * ratios[t] * inside(logprobs[t] - oldLogprobs[t]));
  let mean = 0;
  for (let t = 0; t < n; t++) mean += (logprobs[t] - oldLogprobs[t]) / n;
  const total = slopes.reduce((a, s, t) => a + s * ratios[t], 0);
  return slopes.map(() => (total / n) * inside(mean));
}
