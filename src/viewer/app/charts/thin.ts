/**
 * At most about four points per pixel column: the first, the lowest, the highest and the last in it, so that the line looks
 * as it would with all of them. Points ascend in x.
 *
 * @param column pixel column of a point
 */
export function thin<P extends { readonly y: number }>(points: readonly P[], column: (point: P) => number): P[] {
  const kept: P[] = [];
  for (let from = 0; from < points.length; ) {
    const at = Math.floor(column(points[from]));
    let [to, low, high] = [from, from, from];
    for (; to < points.length && Math.floor(column(points[to])) === at; to++) {
      if (points[to].y < points[low].y) low = to;
      if (points[to].y > points[high].y) high = to;
    }
    for (const i of [...new Set([from, low, high, to - 1])].sort((a, b) => a - b)) kept.push(points[i]);
    from = to;
  }
  return kept;
}
