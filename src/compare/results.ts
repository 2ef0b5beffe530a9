import type { CellResult } from './cell-result.ts';
import type { Tree } from './comparison.ts';
import { type Estimate, estimate, type PairedDifference, pairedDifference } from './statistics.ts';

/** A cell that is finished, with what it measured. */
export interface FinishedCell {
  readonly id: string;
  readonly variant: string;
  readonly environment: string;
  readonly seed: number;
  /** Those that decide what it finds. */
  readonly settings: Tree;
  /** Versions and processor that it was computed with. */
  readonly machine: string;
  readonly result: CellResult;
}

/** Variants that belong together in a table and a picture. */
export interface Panel {
  readonly title: string;
  readonly variants: readonly string[];
  /** What the others of the panel are compared with. */
  readonly baseline: string;
}

/** What a comparison found, environment by environment. */
export interface ComparisonResults {
  readonly title: string;
  readonly threshold: number;
  readonly environments: readonly EnvironmentResults[];
  readonly panels: readonly Panel[];
  readonly cells: readonly FinishedCell[];
  /** Cells that are not finished. */
  readonly missing: readonly string[];
}

export interface EnvironmentResults {
  readonly environment: string;
  readonly variants: readonly VariantResults[];
}

/** One variant over its seeds. */
export interface VariantResults {
  readonly variant: string;
  readonly seeds: readonly number[];
  readonly start: Estimate;
  readonly final: Estimate;
  readonly area: Estimate;
  readonly length: Estimate;
  /** Seeds that reached the threshold, and when those did, on average. */
  readonly reached: { readonly seeds: number; readonly iterations: Estimate; readonly tokens: Estimate } | null;
  readonly episodes: Estimate;
  readonly tokens: Estimate;
  readonly seconds: Estimate;
  /** Training metrics, means over the iterations. */
  readonly metrics: Readonly<Record<string, Estimate>>;
}

/** Sums a comparison up. */
export function summarizeComparison(
  cells: readonly FinishedCell[],
  plan: {
    readonly title: string;
    readonly threshold: number;
    readonly variants: readonly string[];
    readonly environments: readonly string[];
    readonly panels: readonly Panel[];
    readonly missing: readonly string[];
  },
): ComparisonResults {
  const environments = plan.environments.map((environment) => ({
    environment,
    variants: plan.variants.flatMap((variant) => {
      const own = cells.filter((cell) => cell.variant === variant && cell.environment === environment);
      return own.length === 0 ? [] : [variantResults(variant, own)];
    }),
  }));
  const { title, threshold, panels, missing } = plan;
  return { title, threshold, environments, panels, cells, missing };
}

function variantResults(variant: string, cells: readonly FinishedCell[]): VariantResults {
  const over = (pick: (result: CellResult) => number): Estimate => estimate(cells.map(({ result }) => pick(result)));
  const reached = cells.flatMap(({ result }) => (result.toThreshold === null ? [] : [result.toThreshold]));
  const names = Object.keys(cells[0].result.means).filter((name) =>
    cells.every(({ result }) => result.means[name] !== undefined),
  );
  return {
    variant,
    seeds: cells.map(({ seed }) => seed),
    start: over((r) => r.curve[0].success),
    final: over((r) => r.final),
    area: over((r) => r.area),
    length: over((r) => r.length),
    reached:
      reached.length === 0
        ? null
        : {
            seeds: reached.length,
            iterations: estimate(reached.map((r) => r.iterations)),
            tokens: estimate(reached.map((r) => r.tokens)),
          },
    episodes: over((r) => r.budget.episodes),
    tokens: over((r) => r.budget.tokens),
    seconds: over((r) => r.budget.seconds),
    metrics: Object.fromEntries(names.map((name) => [name, over((r) => r.means[name])])),
  };
}

/** `final`: success after the last iteration. `area`: mean height of the curve of held-out success. */
export type Measure = 'final' | 'area';

/** b − a over the seeds that both have; undefined where they share none. */
export function difference(
  cells: readonly FinishedCell[],
  environment: string,
  a: string,
  b: string,
  measure: Measure,
): PairedDifference | undefined {
  const of = (variant: string): Map<number, number> =>
    new Map(
      cells
        .filter((cell) => cell.variant === variant && cell.environment === environment)
        .map(({ seed, result }) => [seed, result[measure]]),
    );
  const [valuesA, valuesB] = [of(a), of(b)];
  const pairs = [...valuesA].flatMap(([seed, value]) => {
    const other = valuesB.get(seed);
    return other === undefined ? [] : [[value, other] as const];
  });
  return pairs.length === 0 ? undefined : pairedDifference(pairs);
}
