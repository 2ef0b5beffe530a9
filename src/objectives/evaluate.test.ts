import { describe, expect, it } from 'vitest';
import { Random } from '../text/random.ts';
import { tokenWeights } from './aggregation.ts';
import { evaluateObjective, type ScoredResponse } from './evaluate.ts';
import { klEstimate } from './kl.ts';
import { OBJECTIVE_DEFAULTS, type Objective } from './objective.ts';
import { cispoWeight, clippedSurrogate, importanceRatios } from './surrogate.ts';

const AGGREGATIONS = ['token-mean', 'seq-mean-token-sum', 'seq-mean-token-mean', 'seq-mean-token-sum-norm'] as const;

function responses(seed: number): ScoredResponse[] {
  const random = Random.of(seed, 'responses');
  return Array.from({ length: 5 }, () => {
    const n = 1 + random.below(4);
    const logprobs = Array.from({ length: n }, () => -0.2 - 2 * random.next());
    return {
      logprobs,
      oldLogprobs: logprobs.map((l) => l + 0.5 * random.normal()),
      refLogprobs: logprobs.map((l) => l + 0.5 * random.normal()),
      entropies: logprobs.map(() => random.next()),
      advantage: random.normal() * 2,
    };
  });
}

describe('evaluateObjective', () => {
  it('has the gradient of its loss, for every combination', () => {
    for (const loss of ['clip', 'imitation'] as const) {
      for (const ratio of ['token', 'action'] as const) {
        for (const klKind of ['k1', 'k2', 'k3'] as const) {
          for (const aggregation of AGGREGATIONS) {
            const objective: Objective = {
              ...OBJECTIVE_DEFAULTS,
              loss,
              ratio,
              klKind,
              aggregation,
              klCoefficient: 0.3,
              entropyCoefficient: 0.1,
            };
            const batch = responses(3);
            const { gradients } = evaluateObjective(batch, objective);
            batch.forEach((r, a) => {
              Array.from(r.logprobs).forEach((_, t) => {
                const at = (h: number): number => {
                  const moved = batch.map((other, b) =>
                    a === b
                      ? { ...other, logprobs: Array.from(other.logprobs, (l, u) => (u === t ? l + h : l)) }
                      : other,
                  );
                  return evaluateObjective(moved, objective).loss;
                };
                expect(gradients[a][t]).toBeCloseTo((at(1e-6) - at(-1e-6)) / 2e-6, 5);
              });
            });
          }
        }
      }
    }
  });

  it('gives −A·w at ratio 1', () => {
    const batch = responses(1).map((r) => ({ logprobs: r.logprobs, oldLogprobs: r.logprobs, advantage: r.advantage }));
    for (const ratio of ['token', 'action'] as const) {
      const { gradients } = evaluateObjective(batch, { ...OBJECTIVE_DEFAULTS, ratio });
      const weights = tokenWeights(
        batch.map((r) => r.logprobs.length),
        'token-mean',
        1,
      );
      batch.forEach((r, a) => {
        for (const g of gradients[a]) expect(g).toBeCloseTo(-r.advantage * weights[a], 12);
      });
    }
  });

  it('takes CISPO as imitation weighted by a constant', () => {
    const batch = responses(2);
    const objective: Objective = {
      ...OBJECTIVE_DEFAULTS,
      loss: 'cispo',
      ratio: 'token',
      cispoLow: 0.1,
      cispoHigh: 0.2,
    };
    const { gradients } = evaluateObjective(batch, objective);
    const weights = tokenWeights(
      batch.map((r) => r.logprobs.length),
      'token-mean',
      1,
    );
    batch.forEach((r, a) => {
      Array.from(r.logprobs).forEach((l, t) => {
        const ratio = Math.min(1.2, Math.max(0.9, Math.exp(l - r.oldLogprobs![t])));
        expect(gradients[a][t]).toBeCloseTo(-weights[a] * ratio * r.advantage, 12);
      });
    });
  });

  it('does not care about the order of responses', () => {
    const batch = responses(4);
    expect(evaluateObjective([...batch].reverse(), OBJECTIVE_DEFAULTS).loss).toBeCloseTo(
      evaluateObjective(batch, OBJECTIVE_DEFAULTS).loss,
      12,
    );
  });

  it('says which response lacks its old log-probabilities', () => {
    expect(() =>
      evaluateObjective([{ logprobs: [-1, -2], oldLogprobs: [-1], advantage: 1 }], OBJECTIVE_DEFAULTS),
    ).toThrow(/2 tokens.*got 1/);
  });
});

describe('surrogates', () => {
  const o = { clipLow: 0.2, clipHigh: 0.3, dualClip: 3 };

  it('clip above for gains and below for losses', () => {
    expect(clippedSurrogate(1.5, 2, o)).toEqual({ loss: -2.6, slope: 0, clipped: true, dualClipped: false });
    expect(clippedSurrogate(0.5, 2, o)).toEqual({ loss: -1, slope: -2, clipped: false, dualClipped: false });
    expect(clippedSurrogate(0.5, -2, o)).toEqual({ loss: 1.6, slope: 0, clipped: true, dualClipped: false });
    expect(clippedSurrogate(1.5, -2, o)).toEqual({ loss: 3, slope: 2, clipped: false, dualClipped: false });
  });

  it('bound what a wild ratio may cost', () => {
    expect(clippedSurrogate(5, -2, o)).toEqual({ loss: 6, slope: 0, clipped: false, dualClipped: true });
    expect(clippedSurrogate(5, -2, { ...o, dualClip: 0 }).loss).toBe(10);
    expect(clippedSurrogate(5, 2, o).dualClipped).toBe(false);
  });

  it('hold CISPO’s weight between its bounds', () => {
    expect(cispoWeight(5, 1, { cispoLow: 1, cispoHigh: 2 })).toBe(-3);
    expect(cispoWeight(0.5, -1, { cispoLow: 1, cispoHigh: 2 })).toBe(0.5);
  });

  it('share one ratio in an action, and equal the token ratio for one token', () => {
    const shared = importanceRatios('action', [-1, -2, -3], [-1.3, -2, -2.7]);
    for (const r of shared) expect(r).toBeCloseTo(1, 12);
    expect(importanceRatios('action', [-1], [-1.5])[0]).toBeCloseTo(importanceRatios('token', [-1], [-1.5])[0], 12);
  });
});

describe('tokenWeights', () => {
  it('are verl’s four aggregations', () => {
    const lengths = [1, 3];
    const losses = [[2], [1, 2, 3]];
    const total = (aggregation: (typeof AGGREGATIONS)[number]): number => {
      const w = tokenWeights(lengths, aggregation, 10);
      return losses.reduce((sum, row, a) => sum + row.reduce((s, l) => s + w[a] * l, 0), 0);
    };
    expect(total('token-mean')).toBeCloseTo(8 / 4, 12);
    expect(total('seq-mean-token-sum')).toBeCloseTo((2 + 6) / 2, 12);
    expect(total('seq-mean-token-mean')).toBeCloseTo((2 + 2) / 2, 12);
    expect(total('seq-mean-token-sum-norm')).toBeCloseTo((2 + 6) / 2 / 10, 12);
  });
});

describe('KL estimators', () => {
  it('are 0 where the policies agree, and k3 never below', () => {
    for (const kind of ['k1', 'k2', 'k3'] as const) expect(klEstimate(kind, -1.2, -1.2)).toBeCloseTo(0, 15);
    const random = new Random(1);
    for (let i = 0; i < 200; i++)
      expect(klEstimate('k3', -3 * random.next(), -3 * random.next())).toBeGreaterThanOrEqual(0);
  });

  it('k1 and k3 have the true KL as their mean', () => {
    const p = [0.5, 0.3, 0.2];
    const q = [0.2, 0.5, 0.3];
    const truth = p.reduce((s, x, i) => s + x * Math.log(x / q[i]), 0);
    for (const kind of ['k1', 'k3'] as const) {
      expect(p.reduce((s, x, i) => s + x * klEstimate(kind, Math.log(x), Math.log(q[i])), 0)).toBeCloseTo(truth, 12);
    }
  });
});
