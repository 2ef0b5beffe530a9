import type { Graph, Value } from './graph.ts';

/**
 * Linear maps whose frozen weights are kept in float16 and multiplied in float32. The provider's own float16 products add up in float16, which over
 * 4,864 numbers is wrong by a hundredth of what comes out; converted right before it is used, a weight costs its rounding only, and of all weights few are
 * there in float32 at a time.
 */

/** Elements of a weight that are converted at once: 64 MiB in float32. Larger ones, such as the head, go in pieces. */
export const PIECE_ELEMENTS = 16 * 2 ** 20;
/** Rows of a piece are a multiple of this, which suits the provider's kernels. */
const ROWS = 64;

/**
 * x [N, I] · Wᵀ (+ b): W [O, I] in float16, b [O] in float32 → [N, O]. There is no derivative for W.
 *
 * @param pieceElements of W that are converted at once
 */
export function halfLinear(g: Graph, x: Value, w: Value, b?: Value, pieceElements = PIECE_ELEMENTS): Value {
  const [O, I] = w.shape as readonly number[];
  const shape = [x.shape[0], O];
  const pieces = piecesOf(O, Math.max(1, Math.floor(pieceElements / I)));
  const parts = pieces.map(([from, to]) => {
    const own = pieces.length === 1 ? b : undefined;
    return g.node('Gemm', [x, g.widened(w, from, to), own], [x.shape[0], to - from], { transB: 1 });
  });
  const joined = parts.length === 1 ? parts[0] : g.node('Concat', parts, shape, { axis: 1 });
  const y = b && parts.length > 1 ? g.node('Add', [joined, b], shape) : joined;
  return g.record(y, b ? [x, b] : [x], (d, n) => [
    n[0] ? backThrough(g, d, w, pieces, x.shape) : undefined,
    n[1] ? g.node('ReduceSum', [d, g.constant('int64', [1], [0])], b!.shape, { keepdims: 0 }) : undefined,
  ]);
}

/** d [N, O] · W, added up over the pieces of W. */
function backThrough(
  g: Graph,
  d: Value,
  w: Value,
  pieces: readonly (readonly [number, number])[],
  shape: Value['shape'],
): Value {
  const widths = pieces.map(([from, to]) => to - from);
  const cut =
    pieces.length === 1
      ? [d]
      : g.nodeOutputs(
          'Split',
          [d, g.constant('int64', [widths.length], widths)],
          widths.map((width) => [d.shape[0], width]),
          { axis: 1 },
        );
  let sum: Value | undefined;
  for (const [i, [from, to]] of pieces.entries()) {
    sum = g.node('Gemm', [cut[i], g.widened(w, from, to), sum], shape);
  }
  return sum!;
}

/** First row and the one after the last of every piece, of about `most` rows each. */
function piecesOf(rows: number, most: number): (readonly [number, number])[] {
  const even = Math.ceil(rows / Math.ceil(rows / most));
  const step = even === rows ? rows : Math.ceil(even / ROWS) * ROWS;
  return Array.from({ length: Math.ceil(rows / step) }, (_, i) => [i * step, Math.min(rows, (i + 1) * step)] as const);
}
