import type { Objective } from './objective.ts';

/**
 * How token losses become one number. All four of verl's modes are weighted sums, loss = Σ_a Σ_t w_a·l_at, with one weight per
 * sequence:
 *
 *     token-mean               w_a = 1 / Σ_b |b|            every token counts the same (DAPO)
 *     seq-mean-token-sum       w_a = 1 / A                  A sequences; long ones count more
 *     seq-mean-token-mean      w_a = 1 / (A·|a|)            every sequence counts the same (GRPO)
 *     seq-mean-token-sum-norm  w_a = 1 / (A·horizon)        as token-sum, scaled by a constant (Dr.GRPO)
 *
 * @param lengths response tokens of every sequence
 * @returns the weight of each token of each sequence
 */
export function tokenWeights(
  lengths: readonly number[],
  aggregation: Objective['aggregation'],
  horizon: number,
): Float64Array {
  const sequences = lengths.length;
  const tokens = lengths.reduce((a, b) => a + b, 0);
  return Float64Array.from(lengths, (length) => {
    switch (aggregation) {
      case 'token-mean':
        return 1 / tokens;
      case 'seq-mean-token-sum':
        return 1 / sequences;
      case 'seq-mean-token-mean':
        return 1 / (sequences * length);
      case 'seq-mean-token-sum-norm':
        return 1 / (sequences * horizon);
    }
  });
}
