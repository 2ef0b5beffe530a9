import type { Objective } from './objective.ts';

/**
 * Estimators of KL(π ‖ π_ref) at a token sampled from π (Schulman 2020, "Approximating KL Divergence"), d = log π − log π_ref:
 *
 *     k1 = d              unbiased, may be negative
 *     k2 = d²/2           biased, low variance
 *     k3 = e^(−d) + d − 1 unbiased, never negative; verl's low_var_kl
 */
export function klEstimate(kind: Objective['klKind'], logprob: number, refLogprob: number): number {
  const d = logprob - refLogprob;
  if (kind === 'k1') return d;
  if (kind === 'k2') return 0.5 * d * d;
  const back = -limited(d);
  return Math.exp(back) - back - 1;
}

/** ∂klEstimate/∂log π. */
export function klGradient(kind: Objective['klKind'], logprob: number, refLogprob: number): number {
  const d = logprob - refLogprob;
  if (kind === 'k1') return 1;
  if (kind === 'k2') return d;
  return Math.abs(d) > LOG_RATIO_LIMIT ? 0 : 1 - Math.exp(-d);
}

/** Log-ratios beyond this are cut before exp, so that a wild token gives a large number and not infinity. */
export const LOG_RATIO_LIMIT = 20;

export function limited(logRatio: number): number {
  return Math.min(LOG_RATIO_LIMIT, Math.max(-LOG_RATIO_LIMIT, logRatio));
}
