import type { StepBatch } from '../batch.ts';
import type { Normalization } from '../moments.ts';

/** One number per step, and what it is. */
export interface CreditColumn {
  /** A few words, told apart from those of the other columns beside it. */
  readonly name: string;
  /** As in the equations of the algorithm. */
  readonly symbol: string;
  /** One sentence, with units. */
  readonly description: string;
  /** (steps) NaN where it does not exist for a step. */
  readonly values: Float64Array;
}

/** Why the steps of a batch got the credit they got. */
export interface CreditExplanation {
  /** (steps) Those of `assignCredit`, to the last bit. */
  readonly advantages: Float64Array;
  /** What the advantage of a step is the sum of, NaN counting as 0; exact to the rounding of the largest of them. */
  readonly terms: readonly CreditColumn[];
  /** The numbers from which the terms can be computed by hand. */
  readonly quantities: readonly CreditColumn[];
}

/** Makes a column of the batch at hand. @param at gives the number of a step. */
export type ColumnMaker = (
  name: string,
  symbol: string,
  description: string,
  at: (t: number) => number,
) => CreditColumn;

export function columnMaker({ steps }: StepBatch): ColumnMaker {
  return (name, symbol, description, at) => {
    const values = new Float64Array(steps);
    // Adding 0 makes a −0 a 0.
    for (let t = 0; t < steps; t++) values[t] = at(t) + 0;
    return { name, symbol, description, values };
  };
}

/** A difference to a mean as it is written once it is scaled. */
export function overStd(difference: string, std: string, normalization: Normalization): string {
  return normalization === 'std' ? `${difference}/(${std} + 1e-6)` : difference;
}

/** What a difference to a mean is counted in once it is scaled. */
export function unitOf(normalization: Normalization | 'none'): string {
  return normalization === 'std' ? 'standard deviations' : 'reward units';
}
