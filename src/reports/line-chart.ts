import { html, type Markup, trusted } from './html.ts';
import { readable, ticks } from './ticks.ts';

/** One point of a curve; `low` and `high` bound its confidence interval, where it has one. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
}

export interface ChartSeries {
  readonly name: string;
  /** Ascending in x. */
  readonly points: readonly ChartPoint[];
}

export interface LineChart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** At most eight have colours of their own; dashes tell further ones apart. */
  readonly series: readonly ChartSeries[];
  /** Ends of the y axis; default: what holds all points and intervals. Intervals are drawn only within it. */
  readonly yRange?: readonly [low: number, high: number];
  /** Values that there can be, for example 0 … 100 per cent: an axis without `yRange` goes no further, and intervals are drawn only within it. */
  readonly yPossible?: readonly [low: number, high: number];
  /** How far apart the ends of the y axis are at least, so that noise does not fill the picture; default: as far as the values. */
  readonly ySpan?: number;
  /** Whether x is counted, so that its ticks are whole numbers. */
  readonly xWhole?: boolean;
  /** Pixels; default 720 × 360. The picture scales with its place. */
  readonly width?: number;
  readonly height?: number;
}

const COLOURS = 8;
const DASHES = ['', '6 3', '2 3'];
const LEGEND_LINE = 18;
/** Rough width of a character of the 12 px type. */
const CHARACTER = 6.6;

/**
 * Curves with confidence bands as an inline SVG for a page of `renderPage`, which has its colours for light and dark.
 * Points that are not finite are left out and the curve is broken there. The title is the picture's accessible name, its
 * description says where each curve begins and ends, and every point names its numbers.
 */
export function lineChart(chart: LineChart): string {
  const { title, xLabel, yLabel, series, yRange, width = 720, height = 360 } = chart;
  const points = series.flatMap((s) => s.points).filter(isFinitePoint);
  const xs = points.map((p) => p.x);
  const ys = points.flatMap((p) => [p.y, p.low, p.high]).filter((y): y is number => Number.isFinite(y));
  const [xLow, xHigh] = widened(extent(xs));
  const [yLow, yHigh] = yRange ?? axisOf(ys, chart);

  const legend = legendOf(series, width - 20);
  const yTicks = ticks(yLow, yHigh, 5);
  const xTicks = ticks(xLow, xHigh, Math.max(2, Math.floor(width / 110)), chart.xWhole ? 1 : 0);
  const tickWidth = Math.max(...yTicks.map((v) => readable(v, 6).length)) * CHARACTER;
  const left = 34 + tickWidth;
  const right = width - 16;
  const top = 34 + legend.rows * LEGEND_LINE + 8;
  const bottom = height - 46;
  const x = (value: number) => left + ((value - xLow) / (xHigh - xLow)) * (right - left);
  const y = (value: number) => {
    const within = Math.min(yHigh, Math.max(yLow, value));
    return bottom - ((within - yLow) / (yHigh - yLow)) * (bottom - top);
  };

  return html`<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-label="${title}">
<title>${title}</title>
<desc>${describe(xLabel, yLabel, series)}</desc>
<text class="title" x="${left}" y="20">${title}</text>
${legend.entries.map((entry) => {
  const lineY = 40 + entry.row * LEGEND_LINE;
  return html`<g><path ${stroke(entry.index)} stroke-width="2" d="M${n(left + entry.x)},${lineY - 4}h22"/><text x="${n(left + entry.x + 28)}" y="${lineY}">${entry.name}</text></g>\n`;
})}${yTicks.map(
  (v) =>
    html`<path class="grid" d="M${n(left)},${n(y(v))}H${n(right)}"/><text x="${n(left - 8)}" y="${n(y(v) + 4)}" text-anchor="end">${readable(v, 6)}</text>\n`,
)}${xTicks.map(
  (v) =>
    html`<path class="axis" d="M${n(x(v))},${n(bottom)}v5"/><text x="${n(x(v))}" y="${n(bottom + 19)}" text-anchor="middle">${readable(v, 6)}</text>\n`,
)}<path class="axis" d="M${n(left)},${n(bottom)}H${n(right)}"/>
<text x="${n((left + right) / 2)}" y="${height - 8}" text-anchor="middle">${xLabel}</text>
<text transform="translate(14 ${n((top + bottom) / 2)}) rotate(-90)" text-anchor="middle">${yLabel}</text>
${series.map((s, i) => bands(s.points, x, y).map((d) => html`<path d="${d}" fill="${colour(i)}" fill-opacity="0.16"/>\n`))}${series.map(
  (s, i) =>
    html`<g>${runs(s.points).map((run) => html`<path ${stroke(i)} stroke-width="2" stroke-linejoin="round" d="${path(run, x, y)}"/>\n`)}${s.points
      .filter(isFinitePoint)
      .map(
        (p) =>
          html`<circle cx="${n(x(p.x))}" cy="${n(y(p.y))}" r="${s.points.length > 60 ? 1.2 : 2.4}" fill="${colour(i)}"><title>${pointTitle(s.name, p, xLabel)}</title></circle>`,
      )}</g>\n`,
)}</svg>`.text;
}

function colour(index: number): string {
  return `var(--series-${(index % COLOURS) + 1})`;
}

function stroke(index: number): Markup {
  const dash = DASHES[Math.floor(index / COLOURS) % DASHES.length];
  return trusted(`fill="none" stroke="${colour(index)}"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`);
}

function pointTitle(name: string, { x, y, low, high }: ChartPoint, xLabel: string): string {
  const band = low !== undefined && high !== undefined ? ` (${readable(low, 4)} … ${readable(high, 4)})` : '';
  return `${name}, ${xLabel} ${readable(x, 6)}: ${readable(y, 4)}${band}`;
}

function describe(xLabel: string, yLabel: string, series: readonly ChartSeries[]): string {
  const curves = series.map(({ name, points }) => {
    const finite = points.filter(isFinitePoint);
    if (finite.length === 0) return `${name}: no points`;
    const [first, last] = [finite[0], finite[finite.length - 1]];
    const ends = [first, last].map((p) => `${readable(p.y, 4)} at ${readable(p.x, 6)}`);
    return `${name}: ${first === last ? ends[0] : `from ${ends[0]} to ${ends[1]}`}`;
  });
  return `${yLabel} over ${xLabel}. ${curves.join('; ')}.`;
}

/** Names in rows, from left to right, as many as fit. */
function legendOf(series: readonly ChartSeries[], width: number) {
  let [row, x] = [0, 0];
  const entries = series.map(({ name }, index) => {
    const needed = 28 + name.length * CHARACTER + 16;
    if (x > 0 && x + needed > width) [row, x] = [row + 1, 0];
    const entry = { name, index, row, x };
    x += needed;
    return entry;
  });
  return { entries, rows: entries.length === 0 ? 0 : row + 1 };
}

/** The stretches of a curve between points that are not finite. */
function runs(points: readonly ChartPoint[]): ChartPoint[][] {
  const list: ChartPoint[][] = [[]];
  for (const point of points) {
    if (isFinitePoint(point)) list[list.length - 1].push(point);
    else if (list[list.length - 1].length > 0) list.push([]);
  }
  return list.filter((run) => run.length > 1);
}

type Scale = (value: number) => number;

function path(points: readonly ChartPoint[], x: Scale, y: Scale): string {
  return points.map((p, i) => `${i === 0 ? 'M' : 'L'}${n(x(p.x))},${n(y(p.y))}`).join('');
}

/** One closed path for each stretch of points that have both bounds. */
function bands(points: readonly ChartPoint[], x: Scale, y: Scale): string[] {
  const bounded = points.map((p) =>
    isFinitePoint(p) && Number.isFinite(p.low) && Number.isFinite(p.high) ? p : { x: p.x, y: Number.NaN },
  );
  return runs(bounded).map((run) => {
    const upper = run.map((p) => ({ x: p.x, y: p.high as number }));
    const lower = run.map((p) => ({ x: p.x, y: p.low as number })).reverse();
    return `${path(upper, x, y)}${path(lower, x, y).replace('M', 'L')}Z`;
  });
}

function isFinitePoint(point: ChartPoint): boolean {
  return Number.isFinite(point.x) && Number.isFinite(point.y);
}

function extent(values: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}

/** Ends of the y axis that hold the values, round ones where these can be. */
function axisOf(
  values: readonly number[],
  { yPossible: [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], ySpan = 0 }: LineChart,
): [number, number] {
  const within = (value: number): number => Math.min(most, Math.max(least, value));
  const [from, to] = extent(values).map(within);
  const span = Math.min(ySpan, most - least);
  // What is missing goes to both sides, and where one has no room to the other.
  const low = Math.max(least, Math.min(from, (from + to - span) / 2, most - span));
  const ends = widened([low, Math.min(most, Math.max(to, low + span))]);
  const [a, b] = roundedOut([within(ends[0]), within(ends[1])]);
  return [within(a), within(b)];
}

/** An interval that is no single point. */
function widened([low, high]: [number, number]): [number, number] {
  if (low < high) return [low, high];
  const room = Math.abs(low) * 0.1 || 0.5;
  return [low - room, high + room];
}

/** Out to the next ticks, so that the curves lie between two grid lines. */
function roundedOut([low, high]: [number, number]): [number, number] {
  const [a, b] = ticks(low, high, 5);
  const step = b - a;
  if (!(step > 0)) return [low, high];
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

function n(value: number): number {
  return Math.round(value * 10) / 10;
}
