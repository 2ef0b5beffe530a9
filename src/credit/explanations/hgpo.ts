import type { StepBatch } from '../batch.ts';
import type { Clusters } from '../clusters.ts';
import { counts, type HgpoOptions, type HgpoTerm, type HgpoWorkings, hgpo } from '../hgpo.ts';
import type { Trace } from '../trace.ts';
import { amongQuantities } from './among.ts';
import { type ColumnMaker, type CreditColumn, type CreditExplanation, columnMaker, unitOf } from './columns.ts';
import { episodePart } from './episode-part.ts';
import { penaltyQuantity } from './penalty.ts';
import { returnQuantity, scoreQuantity } from './scores.ts';

/** A term with what it weighs in the average. */
interface Part extends HgpoTerm {
  /** w_k/(Σ_k w_k + 1e-6): 0 where the term does not count, NaN where the step has fewer than k states behind it. */
  readonly share: (t: number) => number;
}

export function explainHgpo(batch: StepBatch, options: HgpoOptions, clusters?: Clusters): CreditExplanation {
  const trace: Trace<HgpoWorkings> = {};
  const advantages = hgpo(batch, options, clusters, trace);
  const { returns, scores, terms, weights } = trace as HgpoWorkings;
  const parts: Part[] = terms.map((term) => ({ ...term, share: shareOf(term, weights) }));
  const column = columnMaker(batch);
  return {
    advantages,
    terms: parts.map(({ k, normed, share }) => {
      const what = k === 0 ? 'GRPO' : `The score against those with the same ${lastStates(k)}`;
      const description = `${what}, times its share of the weights; ${unitOf(options.normalization)}.`;
      return column(states(k), `w_${k}·A_${k},t/(Σ_k w_k + 1e-6)`, description, (t) => share(t) * normed.term[t]);
    }),
    quantities: [
      returnQuantity(column, returns),
      ...(options.base ? [] : penaltyQuantity(batch, column, options.invalidActionPenalty)),
      scoreQuantity(column, scores, 'G_t', options.invalidActionPenalty),
      ...parts.flatMap((part) => partQuantities(batch, column, part, options)),
    ],
  };
}

function shareOf({ weight, normed }: HgpoTerm, weights: Float64Array): Part['share'] {
  const { segment, term } = normed;
  return (t) => (segment[t] < 0 ? Number.NaN : counts(term[t]) ? weight / weights[t] : 0);
}

function partQuantities(batch: StepBatch, column: ColumnMaker, part: Part, options: HgpoOptions): CreditColumn[] {
  const { k, normed, share } = part;
  const unit = unitOf(options.normalization);
  return [
    ...(k === 0
      ? episodePart(batch, column, normed, options)
      : amongQuantities(column, normed, {
          names: [`visits, ${states(k)}`, `mean, ${states(k)}`, `std, ${states(k)}`],
          index: `${k}`,
          what: 'x_t',
          steps: `steps of the group with the same ${lastStates(k)}`,
          deviation: 'Population',
        })),
    column(`advantage, ${states(k)}`, `A_${k},t`, `The term before weighting; ${unit}.`, (t) => {
      return normed.segment[t] < 0 ? Number.NaN : normed.term[t];
    }),
    column(
      `share, ${states(k)}`,
      `w_${k}/(Σ_k w_k + 1e-6)`,
      'What the term weighs, 0 where it does not count; from 0 to 1.',
      share,
    ),
  ];
}

function states(k: number): string {
  return k === 0 ? 'episode' : k === 1 ? '1 state' : `${k} states`;
}

function lastStates(k: number): string {
  return k === 1 ? 'last state' : `last ${k} states`;
}
