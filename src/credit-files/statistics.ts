import type { AdvantageDistribution, CreditReport } from '../reports/index.ts';
import { Random } from '../text/random.ts';

/** Steps kept of a file to tell medians, ranks and shapes from. */
const SAMPLE = 20_000;
/** Below this an advantage counts as none; rounding alone stays under it. */
const ZERO = 1e-9;
const BINS = 48;

/** The advantages of one algorithm; quantiles and histogram are of a sample of 20,000 steps where there are more. */
export type Distribution = AdvantageDistribution;

/** How much algorithms agree, pair by pair: Pearson and sign over all steps, Spearman over the sample. */
export type Agreement = CreditReport['agreement'];

/** Gathers what there is to know about the advantages of several algorithms, step by step, in bounded memory. */
export class Statistics {
  private readonly columns: number;
  private steps = 0;
  private readonly sum: Float64Array;
  private readonly products: Float64Array;
  private readonly sameSign: Float64Array;
  private readonly zeros: Float64Array;
  private readonly aboveOne: Float64Array;
  private readonly sample: Float64Array[] = [];
  private readonly random = Random.of(0, 'credit-sample');

  /** @param columns how many algorithms */
  constructor(columns: number) {
    this.columns = columns;
    this.sum = new Float64Array(columns);
    this.products = new Float64Array(columns * columns);
    this.sameSign = new Float64Array(columns * columns);
    this.zeros = new Float64Array(columns);
    this.aboveOne = new Float64Array(columns);
  }

  /** @param advantages of each algorithm (steps) */
  add(advantages: readonly Float64Array[]): void {
    const n = this.columns;
    const sign = new Int8Array(n);
    for (let t = 0; t < advantages[0].length; t++) {
      for (let i = 0; i < n; i++) {
        const a = advantages[i][t];
        sign[i] = a > ZERO ? 1 : a < -ZERO ? -1 : 0;
        this.sum[i] += a;
        if (sign[i] === 0) this.zeros[i]++;
        if (Math.abs(a) > 1) this.aboveOne[i]++;
        for (let j = 0; j <= i; j++) {
          this.products[i * n + j] += a * advantages[j][t];
          if (sign[i] === sign[j]) this.sameSign[i * n + j]++;
        }
      }
      this.keep(advantages, t);
      this.steps++;
    }
  }

  /** Every step stays in the sample with the same chance (reservoir sampling). */
  private keep(advantages: readonly Float64Array[], t: number): void {
    const place = this.steps < SAMPLE ? this.steps : this.random.below(this.steps + 1);
    if (place < SAMPLE) this.sample[place] = Float64Array.from(advantages, (column) => column[t]);
  }

  distribution(i: number): Distribution {
    const n = this.steps;
    const mean = this.sum[i] / n;
    const sorted = Float64Array.from(this.sample, (row) => row[i]).sort();
    const at = (q: number): number => {
      const place = q * (sorted.length - 1);
      const low = Math.floor(place);
      return sorted[low] + (place - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
    };
    return {
      mean,
      std: Math.sqrt(this.covariance(i, i)),
      p05: at(0.05),
      p25: at(0.25),
      p50: at(0.5),
      p75: at(0.75),
      p95: at(0.95),
      zeroShare: this.zeros[i] / n,
      shareAboveOne: this.aboveOne[i] / n,
      ...histogram(sorted),
    };
  }

  agreement(): Agreement {
    const ranks = Array.from({ length: this.columns }, (_, i) => rank(Float64Array.from(this.sample, (row) => row[i])));
    return {
      pearson: this.pairs((i, j) => {
        const scale = Math.sqrt(this.covariance(i, i) * this.covariance(j, j));
        return scale > ZERO * ZERO ? this.covariance(i, j) / scale : null;
      }),
      spearman: this.pairs((i, j) => correlation(ranks[i], ranks[j])),
      sign: this.pairs((i, j) => this.sameSign[Math.max(i, j) * this.columns + Math.min(i, j)] / this.steps),
    };
  }

  private covariance(i: number, j: number): number {
    const n = this.steps;
    const product = this.products[Math.max(i, j) * this.columns + Math.min(i, j)] / n;
    const covariance = product - (this.sum[i] / n) * (this.sum[j] / n);
    return i === j ? Math.max(0, covariance) : covariance;
  }

  private pairs(measure: (i: number, j: number) => number | null): (number | null)[][] {
    return Array.from({ length: this.columns }, (_, i) =>
      Array.from({ length: this.columns }, (__, j) => measure(i, j)),
    );
  }
}

function histogram(sorted: Float64Array): Pick<Distribution, 'edges' | 'counts'> {
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  const bins = high > low ? BINS : 1;
  const counts = new Array<number>(bins).fill(0);
  for (const x of sorted) counts[Math.min(bins - 1, Math.floor(((x - low) / (high - low || 1)) * bins))]++;
  return { edges: Array.from({ length: bins + 1 }, (_, k) => low + ((high - low) * k) / bins), counts };
}

/** The place of each value among all; equal values share the mean of theirs. */
function rank(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]] - values[order[from]] <= ZERO) to++;
    for (let k = from; k < to; k++) ranks[order[k]] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}

function correlation(x: Float64Array, y: Float64Array): number | null {
  const mean = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) ** 2;
    yy += (y[i] - my) ** 2;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : null;
}
