import type { GroupView } from '../../api.ts';

/** What the states of a group are worth, and what that number is. */
export interface StateValues {
  /** (nodes) Reward units; of an end the mean reward of its episodes; null where a state has none. */
  readonly values: readonly (number | null)[];
  /** As the algorithm writes it, `V̄(s)`; undefined where the algorithm gives states no value. */
  readonly symbol: string | undefined;
  /** A few words that say which number it is, the same wherever it stands. */
  readonly title: string;
  /** One sentence. */
  readonly description: string;
}

/** The quantity of a step that is the value of the state it was taken in, whatever the algorithm. */
const VALUE = 'value';

/**
 * The algorithm's own value of every state, which its sentences and its credit speak of; where it has none the mean discounted
 * return, by a name of its own. A critic may tell visits to one state apart: then the mean over them.
 */
export function stateValues({
  graph,
  episodes,
  credit,
}: Pick<GroupView, 'graph' | 'episodes' | 'credit'>): StateValues {
  const column = credit?.quantities.find(({ name }) => name === VALUE);
  if (!credit || column === undefined) {
    return {
      values: graph.nodes.map(({ meanReturn }) => meanReturn),
      symbol: undefined,
      title: 'mean discounted return, without penalties',
      description: 'Mean over its visits of the rewards from there on, discounted; no penalty is taken off.',
    };
  }
  const sums = graph.nodes.map(() => ({ sum: 0, count: 0 }));
  for (const { firstRow, steps } of episodes) {
    if (firstRow < 0) continue;
    steps.forEach(({ node }, t) => {
      const value = column.values[firstRow + t];
      if (value === null || value === undefined) return;
      sums[node].sum += value;
      sums[node].count++;
    });
  }
  const symbol = column.symbol.replace('_t', '');
  return {
    values: graph.nodes.map(({ end, meanReturn }, n) => {
      if (end !== undefined) return meanReturn;
      return sums[n].count === 0 ? null : sums[n].sum / sums[n].count;
    }),
    symbol,
    title: `value ${symbol} by ${credit.algorithm}`,
    description: column.description,
  };
}

/** Least and largest value of the states, the ends apart; undefined where no state has one. */
export function valueRange(
  { nodes }: GroupView['graph'],
  { values }: StateValues,
): readonly [low: number, high: number] | undefined {
  const own = values.filter((value, n): value is number => value !== null && nodes[n].end === undefined);
  if (own.length === 0) return undefined;
  return [own.reduce((a, b) => Math.min(a, b)), own.reduce((a, b) => Math.max(a, b))];
}
