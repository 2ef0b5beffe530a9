/** A point of a drawing; px, x to the right and y down. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** An arrow: quadratic pieces one after the other, and the point its head touches. */
export interface Curve {
  readonly start: Point;
  readonly pieces: readonly { readonly control: Point; readonly end: Point }[];
  readonly tip: Point;
}

/** Where an arrow begins and ends: the centre of a disc, and how far from it the line keeps. */
export interface Ends {
  readonly from: Point;
  readonly to: Point;
  readonly start: number;
  readonly end: number;
}

/** Length of an arrow head. */
const HEAD = 6;

/** A smooth line through given points between two discs. */
export function through({ from, to, start, end }: Ends, points: readonly Point[]): Curve {
  const last = points.at(-1) ?? from;
  const way = [toward(from, points[0] ?? to, start), ...points, toward(to, last, end + HEAD)];
  const pieces = [];
  for (let i = 1; i < way.length - 1; i++) {
    pieces.push({ control: way[i], end: i === way.length - 2 ? way[i + 1] : middle(way[i], way[i + 1]) });
  }
  if (pieces.length === 0) pieces.push({ control: middle(way[0], way[1]), end: way[1] });
  return { start: way[0], pieces, tip: toward(to, last, end) };
}

/** A bow between two discs, always to the right of its direction, so that to and fro are two lines. */
export function bow({ from, to, start, end }: Ends): Curve {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const bulge = Math.min(90, 14 + 0.14 * length) / length;
  const control = { x: from.x + dx / 2 - dy * bulge, y: from.y + dy / 2 + dx * bulge };
  return {
    start: toward(from, control, start),
    pieces: [{ control, end: toward(to, control, end + HEAD) }],
    tip: toward(to, control, end),
  };
}

/** How far a loop reaches beyond the rim of its disc, to the right, and its own radius. */
export const LOOP = { beyond: 20, radius: 10 };

/** A step that stays where it is: most of a circle, at the right of the disc. */
export function loop({ x, y }: Point, radius: number): Curve {
  const rim = radius + 1;
  const half = Math.min(0.8 * LOOP.radius, 0.7 * rim);
  const ends = Math.sqrt(rim * rim - half * half);
  const centre = ends + Math.sqrt(LOOP.radius * LOOP.radius - half * half);
  const open = Math.atan2(half, ends - centre);
  const on = (angle: number, distance: number): Point => ({
    x: x + centre + distance * Math.cos(angle),
    y: y + distance * Math.sin(angle),
  });
  const [from, to] = [-open, open - HEAD / LOOP.radius];
  const count = 4;
  const part = (to - from) / count;
  const pieces = Array.from({ length: count }, (_, k) => ({
    control: on(from + (k + 0.5) * part, LOOP.radius / Math.cos(part / 2)),
    end: on(from + (k + 1) * part, LOOP.radius),
  }));
  return { start: on(from, LOOP.radius), pieces, tip: on(open, LOOP.radius) };
}

/** As the `d` of an SVG path. */
export function pathOf({ start, pieces }: Curve): string {
  return `M${at(start)}${pieces.map(({ control, end }) => `Q${at(control)} ${at(end)}`).join('')}`;
}

/** The triangle at an arrow's end, as the `d` of an SVG path. */
export function headOf({ pieces, tip }: Curve, width: number): string {
  const base = pieces[pieces.length - 1].end;
  const [dx, dy] = [tip.x - base.x, tip.y - base.y];
  const length = Math.hypot(dx, dy) || 1;
  const half = (2.2 + width * 0.7) / length;
  const left = { x: base.x - dy * half, y: base.y + dx * half };
  const right = { x: base.x + dy * half, y: base.y - dx * half };
  return `M${at(tip)}L${at(left)}L${at(right)}Z`;
}

/** Points on a curve, no further apart than `step`, px. */
export function pointsOn({ start, pieces }: Curve, step: number): Point[] {
  const points = [start];
  let from = start;
  for (const { control, end } of pieces) {
    const length =
      Math.hypot(control.x - from.x, control.y - from.y) + Math.hypot(end.x - control.x, end.y - control.y);
    // The derivative is nowhere longer than twice the longer leg.
    const count = Math.max(1, Math.ceil((2 * length) / step));
    for (let k = 1; k <= count; k++) {
      const t = k / count;
      const [a, b, c] = [(1 - t) * (1 - t), 2 * t * (1 - t), t * t];
      points.push({ x: a * from.x + b * control.x + c * end.x, y: a * from.y + b * control.y + c * end.y });
    }
    from = end;
  }
  return points;
}

/** The point at `distance` from `from` on the way to `to`. */
function toward(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const share = distance / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function at({ x, y }: Point): string {
  return `${round(x)},${round(y)}`;
}

/** To a tenth of a pixel. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
