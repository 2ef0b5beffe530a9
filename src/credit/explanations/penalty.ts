import type { StepBatch } from '../batch.ts';
import type { ColumnMaker, CreditColumn } from './columns.ts';

/** What an invalid action lost in score, as a quantity; nothing where no penalty is set. */
export function penaltyQuantity(batch: StepBatch, column: ColumnMaker, penalty: number): CreditColumn[] {
  if (penalty === 0) return [];
  const description = 'What an invalid action takes off its score; reward units.';
  return [column('penalty', 'p·(1 − valid_t)', description, (t) => (batch.valid[t] === 0 ? penalty : 0))];
}

/**
 * What the penalty of its own action took off the advantage of a step, as a term; nothing where no penalty is set.
 *
 * @param symbol how the term is written.
 * @param unit of the advantage.
 * @param scale turns a difference of scores into one of advantages.
 */
export function penaltyTerm(
  batch: StepBatch,
  column: ColumnMaker,
  penalty: number,
  symbol: string,
  unit: string,
  scale: (difference: number, t: number) => number,
): CreditColumn[] {
  if (penalty === 0) return [];
  const description = `What the penalty of the step's own action took off, 0 where it was valid; ${unit}.`;
  return [column('penalty', symbol, description, (t) => (batch.valid[t] === 0 ? -scale(penalty, t) : 0))];
}
