import type { RunCurves } from '../../api.ts';

/** The values of one metric that are there, in time order. */
export interface Signal {
  readonly iterations: readonly number[];
  readonly values: readonly number[];
  /** Iterations of training in which the metric was no finite number; before its first one only where it has none at all. */
  readonly broken: number;
}

/** Values that count as how it is now. */
export const LATEST = 5;
/** A metric that every iteration of training writes, and no evaluation. */
const TRAINING = 'timing_s/step';

/** What there is of a metric; undefined where the run has none. */
export function signalOf(curves: RunCurves, metric: string): Signal | undefined {
  const all = curves.metrics[metric];
  if (all === undefined) return undefined;
  const iterations: number[] = [];
  const values: number[] = [];
  let [broken, trained] = [0, 0];
  all.forEach((value, i) => {
    const inTraining = (curves.metrics[TRAINING]?.[i] ?? null) !== null;
    if (inTraining) trained++;
    if (value !== null) {
      iterations.push(curves.iteration[i]);
      values.push(value);
    } else if (inTraining && values.length > 0) broken++;
  });
  return { iterations, values, broken: values.length === 0 ? trained : broken };
}

/** Between what four fifths of the values lie. */
export function mostOf(values: readonly number[]): readonly [low: number, high: number] {
  const sorted = [...values].sort((a, b) => a - b);
  return [sorted[Math.floor(sorted.length / 10)], sorted[Math.ceil(0.9 * sorted.length) - 1]];
}

/** The mean of how it is now. */
export function latest(values: readonly number[]): number {
  return mean(values.slice(-LATEST));
}

/** The mean of the beginning. */
export function first(values: readonly number[]): number {
  return mean(values.slice(0, LATEST));
}

export function total(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

export function mean(values: readonly number[]): number {
  return total(values) / values.length;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
