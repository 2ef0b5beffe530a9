import { html, type Markup } from './html.ts';
import { readable } from './ticks.ts';

export interface Histogram {
  /** Accessible name. */
  readonly title: string;
  /** (bins + 1) Ascending. */
  readonly edges: readonly number[];
  /** (bins) */
  readonly counts: readonly number[];
  readonly quartiles: readonly [p25: number, p50: number, p75: number];
}

const WIDTH = 260;
const HEIGHT = 116;
const BASE = 90;
const TOP = 6;
const SIDE = 8;

/**
 * A small histogram as inline SVG: bars on a linear scale, blue above zero and orange below, a line at zero, and under
 * the axis a box from quartile to quartile with a notch at the median.
 */
export function histogram({ title, edges, counts, quartiles }: Histogram): Markup {
  const low = edges[0] ?? 0;
  const high = edges[edges.length - 1] ?? 1;
  const most = Math.max(1, ...counts);
  const x = (value: number) => n(SIDE + ((value - low) / (high - low || 1)) * (WIDTH - 2 * SIDE));
  const [p25, p50, p75] = quartiles;
  const zero = low < 0 && high > 0;
  return html`<svg xmlns="http://www.w3.org/2000/svg" class="chart histogram" role="img" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-label="${title}">
${counts.map((count, i) => {
  if (count === 0) return null;
  const height = n(Math.max(1, (count / most) * (BASE - TOP)));
  const middle = (edges[i] + edges[i + 1]) / 2;
  const kind = edges[i] < 0 && edges[i + 1] > 0 ? 'around' : middle > 0 ? 'above' : middle < 0 ? 'below' : 'around';
  const width = n(Math.max(1, x(edges[i + 1]) - x(edges[i]) - 0.6));
  return html`<rect class="${kind}" x="${x(edges[i])}" y="${n(BASE - height)}" width="${width}" height="${height}"><title>${readable(edges[i])} … ${readable(edges[i + 1])}: ${count}</title></rect>`;
})}
<path class="axis" d="M${SIDE},${BASE}H${WIDTH - SIDE}"/>
${zero && html`<path class="zero" d="M${x(0)},${TOP}V${BASE + 9}"/>`}
${
  Number.isFinite(p25) &&
  Number.isFinite(p75) &&
  html`<rect class="box" x="${x(p25)}" y="${BASE + 3}" width="${n(Math.max(1.5, x(p75) - x(p25)))}" height="6"/><path class="median" d="M${x(p50)},${BASE + 1}v10"/>`
}
<text x="${SIDE}" y="${HEIGHT - 2}">${readable(low)}</text>
${zero && x(0) > 60 && x(0) < WIDTH - 60 && html`<text x="${x(0)}" y="${HEIGHT - 2}" text-anchor="middle">0</text>`}
<text x="${WIDTH - SIDE}" y="${HEIGHT - 2}" text-anchor="end">${readable(high)}</text>
</svg>`;
}

function n(value: number): number {
  return Math.round(value * 10) / 10;
}
