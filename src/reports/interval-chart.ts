import { html } from './html.ts';
import { readable, ticks } from './ticks.ts';

/** A value with its interval, on a line of its own. */
export interface IntervalRow {
  readonly label: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Why it has the colour of an effect: its interval leaves zero out. */
  readonly clear: boolean;
}

export interface IntervalChart {
  readonly title: string;
  readonly xLabel: string;
  readonly rows: readonly IntervalRow[];
  /** How far apart the ends of the axis are at least, so that noise does not fill the picture; default: as far as the values. */
  readonly span?: number;
  /** Pixels; default 720. The height follows from the rows. */
  readonly width?: number;
}

const ROW = 26;
const CHARACTER = 6.6;

/**
 * Differences with their intervals around a line at zero, as an inline SVG for a page of `renderPage`. Rows whose interval leaves zero out are
 * blue above it and orange below; the others are grey.
 */
export function intervalChart({ title, xLabel, rows, span = 0, width = 720 }: IntervalChart): string {
  const ends = rows.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  const held = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const missing = Math.max(0, span - (held[1] - held[0])) / 2;
  const [low, high] = [held[0] - missing, held[1] + missing];
  const room = (high - low || 1) * 0.06;
  const left = 24 + Math.max(...rows.map(({ label }) => label.length), 4) * CHARACTER;
  const right = width - 24;
  const top = 44;
  const bottom = top + rows.length * ROW;
  const x = (value: number): number => left + ((value - low + room) / (high - low + 2 * room)) * (right - left);
  const colour = ({ clear, value }: IntervalRow): string =>
    clear ? (value > 0 ? 'var(--positive)' : 'var(--negative)') : 'var(--muted)';
  const told = ({ label, value, low: l, high: h }: IntervalRow): string =>
    `${label}: ${readable(value, 3)}${l === null || h === null ? '' : ` (${readable(l, 3)} … ${readable(h, 3)})`}`;
  return html`<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 ${width} ${bottom + 48}" width="${width}" height="${bottom + 48}" aria-label="${title}">
<title>${title}</title>
<desc>${xLabel}. ${rows.map(told).join('; ')}.</desc>
<text class="title" x="${n(left)}" y="20">${title}</text>
${ticks(low - room, high + room, 6).map(
  (v) =>
    html`<path class="grid" d="M${n(x(v))},${top - 6}V${bottom}"/><text x="${n(x(v))}" y="${bottom + 18}" text-anchor="middle">${readable(v, 6)}</text>\n`,
)}<path class="axis" d="M${n(x(0))},${top - 10}V${bottom}"/>
${rows.map((row, i) => {
  const y = top + i * ROW + ROW / 2;
  return html`<g><title>${told(row)}</title><text x="${n(left - 10)}" y="${n(y + 4)}" text-anchor="end">${row.label}</text>${
    row.low !== null &&
    row.high !== null &&
    html`<path d="M${n(x(row.low))},${n(y)}H${n(x(row.high))}M${n(x(row.low))},${n(y - 4)}v8M${n(x(row.high))},${n(y - 4)}v8" fill="none" stroke="${colour(row)}" stroke-width="2"/>`
  }<circle cx="${n(x(row.value))}" cy="${n(y)}" r="4.5" fill="${colour(row)}"/></g>\n`;
})}<text x="${n((left + right) / 2)}" y="${bottom + 40}" text-anchor="middle">${xLabel}</text>
</svg>`.text;
}

function n(value: number): number {
  return Math.round(value * 10) / 10;
}
