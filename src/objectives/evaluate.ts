import { tokenWeights } from './aggregation.ts';
import { klEstimate, klGradient } from './kl.ts';
import type { Objective } from './objective.ts';
import { cispoWeight, clippedSurrogate, importanceRatios, ratioPullback } from './surrogate.ts';

/** One response as an objective sees it: one number per token in every list, nats. */
export interface ScoredResponse {
  readonly logprobs: ArrayLike<number>;
  /** log π_old; not read by imitation. */
  readonly oldLogprobs?: ArrayLike<number>;
  /** log π_ref; read where klCoefficient is not 0. */
  readonly refLogprobs?: ArrayLike<number>;
  /** Entropy of the distribution each token was drawn from. */
  readonly entropies?: ArrayLike<number>;
  readonly advantage: number;
}

export interface ObjectiveValue {
  readonly loss: number;
  /** ∂loss/∂(log π) of every token. The entropy's own gradient runs through the logits and is not in it. */
  readonly gradients: readonly Float64Array[];
  /** Under verl's names; token means unless they say otherwise. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * The objective in plain numbers:
 *
 *     loss = Σ_a Σ_t w_a · (surrogate_at + klCoefficient · kl_at − entropyCoefficient · H_at)
 *
 * What trains is the same thing inside the network's graph; this is its definition, and gives the metrics.
 */
export function evaluateObjective(responses: readonly ScoredResponse[], objective: Objective): ObjectiveValue {
  const weights = tokenWeights(
    responses.map((r) => r.logprobs.length),
    objective.aggregation,
    objective.horizon,
  );
  const sums = { loss: 0, surrogate: 0, kl: 0, entropy: 0, clipped: 0, dual: 0, approximateKl: 0, ratio: 0, tokens: 0 };
  const gradients = responses.map((r, a) => {
    const n = r.logprobs.length;
    const w = weights[a];
    const gradient = new Float64Array(n);
    const surrogate = responseSurrogate(r, objective, sums);
    for (let t = 0; t < n; t++) {
      let loss = surrogate.losses[t];
      gradient[t] = w * surrogate.gradients[t];
      sums.surrogate += w * loss;
      if (r.refLogprobs) {
        const kl = klEstimate(objective.klKind, r.logprobs[t], r.refLogprobs[t]);
        sums.kl += kl;
        loss += objective.klCoefficient * kl;
        gradient[t] += w * objective.klCoefficient * klGradient(objective.klKind, r.logprobs[t], r.refLogprobs[t]);
      }
      if (r.entropies) {
        sums.entropy += r.entropies[t];
        loss -= objective.entropyCoefficient * r.entropies[t];
      }
      sums.loss += w * loss;
      sums.tokens++;
    }
    return gradient;
  });
  const mean = (total: number): number => total / Math.max(1, sums.tokens);
  return {
    loss: sums.loss,
    gradients,
    metrics: {
      'actor/pg_loss': sums.surrogate,
      'actor/ppo_kl': mean(sums.approximateKl),
      'actor/pg_clipfrac': mean(sums.clipped),
      'actor/pg_clipfrac_lower': mean(sums.dual),
      'actor/ratio/mean': mean(sums.ratio),
      'actor/entropy': mean(sums.entropy),
      ...(responses.some((r) => r.refLogprobs) ? { 'actor/kl_loss': mean(sums.kl) } : {}),
    },
  };
}

interface Sums {
  clipped: number;
  dual: number;
  approximateKl: number;
  ratio: number;
}

/** Losses of a response's tokens before weighting, and their gradients with respect to its log-probabilities. */
function responseSurrogate(
  r: ScoredResponse,
  objective: Objective,
  sums: Sums,
): { losses: Float64Array; gradients: Float64Array } {
  if (objective.loss === 'imitation') {
    const losses = Float64Array.from(r.logprobs, (l) => -r.advantage * l);
    return { losses, gradients: losses.map(() => -r.advantage) };
  }
  const old = r.oldLogprobs;
  if (!old || old.length !== r.logprobs.length) {
    throw new RangeError(
      `a response of ${r.logprobs.length} tokens needs as many old log-probabilities, got ${old?.length ?? 'none'}`,
    );
  }
  const ratios = importanceRatios(objective.ratio, r.logprobs, old);
  ratios.forEach((ratio, t) => {
    sums.ratio += ratio;
    sums.approximateKl += old[t] - r.logprobs[t];
  });
  if (objective.loss === 'cispo') {
    const constants = ratios.map((ratio) => cispoWeight(ratio, r.advantage, objective));
    return { losses: constants.map((c, t) => c * r.logprobs[t]), gradients: constants };
  }
  const parts = Array.from(ratios, (ratio) => clippedSurrogate(ratio, r.advantage, objective));
  for (const p of parts) {
    if (p.clipped) sums.clipped++;
    if (p.dualClipped) sums.dual++;
  }
  const slopes = Float64Array.from(parts, (p) => p.slope);
  return {
    losses: Float64Array.from(parts, (p) => p.loss),
    gradients: ratioPullback(objective.ratio, r.logprobs, old, ratios, slopes),
  };
}
