/** Mean of some values with the 95 % interval of the mean. */
export interface Interval {
  readonly mean: number;
  /** Without bounds where there are fewer than two values. */
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly count: number;
}

/** 97.5 % quantiles of Student's t for 1 … 30 degrees of freedom. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** 97.5 % quantile of Student's t; beyond the table by the first terms of its expansion about the normal quantile. */
export function studentQuantile(freedom: number): number {
  const z = 1.959964;
  return T[freedom - 1] ?? z + (z ** 3 + z) / (4 * freedom);
}

/** mean ± t·s/√n with the sample deviation s. @param values at least one */
export function interval(values: readonly number[]): Interval {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, low: undefined, high: undefined, count };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const half = studentQuantile(count - 1) * Math.sqrt(variance / count);
  return { mean, low: mean - half, high: mean + half, count };
}
