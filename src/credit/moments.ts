/** Count, mean and standard deviation of each segment. */
export interface Moments {
  readonly count: Int32Array;
  readonly mean: Float64Array;
  readonly std: Float64Array;
}

/** Added to every standard deviation before dividing by it, as in the public implementations. */
const EPSILON = 1e-6;

/**
 * Moments of `values` by segment, two passes.
 *
 * @param segment segment of each value, 0 … segments − 1; a negative one leaves the value out.
 * @param ddof 1 for the sample standard deviation (divide by n − 1), 0 for the population's. With n ≤ ddof it is 0.
 */
export function moments(values: ArrayLike<number>, segment: Int32Array, segments: number, ddof: 0 | 1): Moments {
  const count = new Int32Array(segments);
  const mean = new Float64Array(segments);
  const std = new Float64Array(segments);
  // Summed as distances from the segment's first value, so that equal values have exactly their value as mean.
  const origin = new Float64Array(segments);
  for (let i = 0; i < values.length; i++) {
    const s = segment[i];
    if (s < 0) continue;
    if (count[s]++ === 0) origin[s] = values[i];
    mean[s] += values[i] - origin[s];
  }
  for (let s = 0; s < segments; s++) if (count[s] > 0) mean[s] = origin[s] + mean[s] / count[s];
  for (let i = 0; i < values.length; i++) {
    const s = segment[i];
    if (s < 0) continue;
    const deviation = values[i] - mean[s];
    std[s] += deviation * deviation;
  }
  for (let s = 0; s < segments; s++) std[s] = count[s] > ddof ? Math.sqrt(std[s] / (count[s] - ddof)) : 0;
  return { count, mean, std };
}

/** How a term is scaled: by mean and standard deviation, or by the mean alone. */
export type Normalization = 'std' | 'mean';

/** Numbers, what each was compared with, and what came of it. */
export interface Normed {
  /** x, as given. */
  readonly values: Float64Array;
  /** (values) Those of the same segment are compared with each other; a negative segment: with none. */
  readonly segment: Int32Array;
  /** (segments) */
  readonly moments: Moments;
  readonly normalization: Normalization;
  /** (values) (x − mean) / (std + 1e-6), or x − mean; 0 where the segment is negative. */
  readonly term: Float64Array;
}

/**
 * (values) (x − mean) / (std + 1e-6), or x − mean, with the moments of each value's segment; 0 where the segment is
 * negative. A segment of one value gives 0.
 *
 * @param tell is told what was compared with what.
 */
export function normalizeWithin(
  values: Float64Array,
  segment: Int32Array,
  stats: Moments,
  normalization: Normalization,
  tell?: (normed: Normed) => void,
): Float64Array {
  const { mean, std } = stats;
  const term = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const s = segment[i];
    if (s >= 0) term[i] = (values[i] - mean[s]) / divisor(std[s], normalization);
  }
  // A copy, since whoever asked for the term may go on with it in place.
  tell?.({ values, segment, moments: stats, normalization, term: term.slice() });
  return term;
}

/** What a difference to the mean is divided by. */
export function divisor(std: number, normalization: Normalization): number {
  return normalization === 'std' ? std + EPSILON : 1;
}
