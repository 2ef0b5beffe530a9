import type { Graph, Value } from './graph.ts';

/** A mask to multiply x [N, I] by; `place` tells places in the network apart. */
export type Dropout = (x: Value, place: number) => Value;

/**
 * Dropout (Srivastava et al. 2014) whose masks follow from numbers fed with the batch: entry (n, i) of a place's mask is 0 or 1/(1 − p), by
 * the fractional part of sin(a·n + b·i + c·place + seed of row n) · 43758.5453. Equal seeds give equal masks, on the way there, on
 * the way back, and in a resumed run. Input: `dropout.rows` float [N, 1], numbers in [0, 1).
 *
 * @param chosen int32 [R], the rows that are left where x has R of them
 */
export function hashedDropout(g: Graph, p: number, chosen: Value): Dropout {
  const all = g.input('dropout.rows', 'float32', ['N', 1]);
  const left = g.node('Gather', [all, chosen], [chosen.shape[0], 1], { axis: 0 });
  return (x, place) => {
    const rows = x.shape[0] === chosen.shape[0] ? left : all;
    const width = x.shape[1] as number;
    const columns = g.constant(
      'float32',
      [1, width],
      Array.from({ length: width }, (_, i) => (i * 78.233) % (2 * Math.PI)),
    );
    const seeds = g.node('Mul', [rows, g.scalar(1289.98 + 37.719 * place)], rows.shape);
    const angle = g.node('Add', [seeds, columns], x.shape);
    const spread = g.node('Mul', [g.node('Sin', [angle], x.shape), g.scalar(43758.5453)], x.shape);
    const uniform = g.node('Sub', [spread, g.node('Floor', [spread], x.shape)], x.shape);
    const kept = g.node('GreaterOrEqual', [uniform, g.scalar(p)], x.shape, {}, { dtype: 'bool' });
    return g.node('Where', [kept, g.scalar(1 / (1 - p)), g.scalar(0)], x.shape);
  };
}
