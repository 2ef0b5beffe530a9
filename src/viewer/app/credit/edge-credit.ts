import { quantileSorted } from 'd3-array';
import type { GraphView } from '../../api.ts';

/** (edges) Mean advantage of the steps that an edge stands for; null where none of them has credit. */
export function edgeCredit(
  { edges }: Pick<GraphView, 'edges'>,
  advantages: readonly number[] | null,
): (number | null)[] {
  return edges.map(({ steps }) => {
    const values = steps.flatMap(({ row }) => (advantages === null || row < 0 ? [] : [advantages[row]]));
    return values.length === 0 ? null : values.reduce((sum, a) => sum + a, 0) / values.length;
  });
}

/** The mean advantage from which on an edge has its full colour: most lie within, so that a few large ones do not pale all others. */
export function fullColour(means: readonly (number | null)[]): number {
  const sizes = means.flatMap((mean) => (mean === null ? [] : [Math.abs(mean)])).sort((a, b) => a - b);
  return quantileSorted(sizes, 0.95) || sizes.at(-1) || 1;
}
