import type { ColumnMaker, CreditColumn } from './columns.ts';

/** G_t */
export function returnQuantity(column: ColumnMaker, returns: Float64Array): CreditColumn {
  return column('return', 'G_t', 'Discounted sum of the rewards from the step on; reward units.', (t) => returns[t]);
}

/** x_t. @param from what the penalty was taken off, as a symbol. @param more what else was. */
export function scoreQuantity(
  column: ColumnMaker,
  scores: Float64Array,
  from: string,
  penalty: number,
  more = '',
): CreditColumn {
  const less = penalty === 0 ? '' : ' − p·(1 − valid_t)';
  return column('score', 'x_t', `What is compared: ${from}${less}${more}; reward units.`, (t) => scores[t]);
}
