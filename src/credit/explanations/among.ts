import type { Normed } from '../moments.ts';
import type { ColumnMaker, CreditColumn } from './columns.ts';

/** How the numbers are called that a step was compared with. */
export interface Among {
  /** Names of their count, mean and standard deviation. */
  readonly names: readonly [count: string, mean: string, std: string];
  /** Index of the symbols. */
  readonly index: string;
  /** What is compared, as a symbol. */
  readonly what: string;
  /** The steps it is compared among, the step itself being one of them. */
  readonly steps: string;
  readonly deviation: 'Sample' | 'Population';
}

/** Count, mean and standard deviation of what a step was compared with; NaN where it was compared with nothing. */
export function amongQuantities(
  column: ColumnMaker,
  { segment, moments, normalization }: Normed,
  { names, index, what, steps, deviation }: Among,
): CreditColumn[] {
  const of = (values: ArrayLike<number>) => (t: number) => (segment[t] < 0 ? Number.NaN : values[segment[t]]);
  const columns = [
    column(names[0], `n_${index}`, `Count of the ${steps}.`, of(moments.count)),
    column(names[1], `mean_${index}`, `Mean of ${what} over the ${steps}; reward units.`, of(moments.mean)),
  ];
  if (normalization === 'std') {
    const description = `${deviation} standard deviation of the same; reward units.`;
    columns.push(column(names[2], `std_${index}`, description, of(moments.std)));
  }
  return columns;
}
