import { extent } from 'd3-array';
import { scaleLinear, scaleLog } from 'd3-scale';
import { area, line } from 'd3-shape';
import { type KeyboardEvent, type PointerEvent, useId, useState } from 'react';
import { oneLine } from '../text/visible.ts';
import { spread } from './spread.ts';
import { thin } from './thin.ts';
import { useWidth } from './use-width.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Ends of an interval around `y`. */
  readonly low?: number;
  readonly high?: number;
  /** Said of the point beside its value. */
  readonly note?: string;
}

export interface Series {
  readonly key: string;
  readonly label: string;
  readonly colour: string;
  readonly dash?: string;
  /** Ascending in x. */
  readonly points: readonly Point[];
  /** Drawn faintly behind: the values before smoothing. */
  readonly raw?: readonly Point[];
}

interface LineChartProps {
  readonly label: string;
  readonly series: readonly Series[];
  readonly xLabel: string;
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
  /** Numbers at the axis of y, where it is not the shortest way of writing them. */
  readonly formatTickY?: (y: number) => string | undefined;
  readonly log?: boolean;
  readonly height?: number;
  /** Without the name of the axis of x. */
  readonly plainX?: boolean;
  /** Names at the ends of the lines. */
  readonly labels?: boolean;
  /** What is normal, drawn as a band. */
  readonly normal?: readonly [low: number, high: number];
  /** Beyond these nothing can lie, so that the axis does not reach there; what is drawn of an interval ends there. */
  readonly bounds?: readonly [low: number, high: number];
  /** Must be within the picture. */
  readonly include?: readonly number[];
}

const MARGIN = { top: 10, right: 14, bottom: 34, left: 48 };
const LABEL_GAP = 13;
/** Pixels of a letter in a label, on average. */
const LETTER = 6.8;

/** Lines over a common axis, with names at their ends. A pointer, or the arrow keys, tell the values at a place. */
export function LineChart(props: LineChartProps) {
  const { label, series, xLabel, formatX, formatY, log = false, height = 240, labels = false, normal } = props;
  const [ref, width] = useWidth<HTMLDivElement>();
  const [at, setAt] = useState<number>();
  const clip = useId();

  const drawable = (y: number | undefined): y is number => y !== undefined && (!log || y > 0);
  const shown = series.map((one) => ({
    ...one,
    points: one.points.filter(({ y }) => drawable(y)),
    raw: (one.raw ?? []).filter(({ y }) => drawable(y)),
  }));
  const all = shown.flatMap(({ points, raw }) => [...points, ...raw]);
  const longest = Math.max(0, ...shown.map((one) => Math.min(24, [...one.label].length)));
  const right = labels && width > 420 ? Math.min(0.28 * width, longest * LETTER + 14) : MARGIN.right;
  const inner = {
    left: MARGIN.left,
    right: width - right,
    top: MARGIN.top,
    bottom: height - (props.plainX ? 22 : MARGIN.bottom),
  };

  const [x0 = 0, x1 = 1] = extent(all, ({ x }) => x);
  const ys = all.flatMap(({ y, low, high }) => [y, low, high].filter(drawable));
  const [y0 = log ? 0.1 : 0, y1 = 1] = extent([...ys, ...(props.include ?? []).filter(drawable)]);
  const x = scaleLinear([x0, x1 > x0 ? x1 : x0 + 1], [inner.left, inner.right]);
  const y = (log ? scaleLog : scaleLinear)(domainOf(y0, y1, log, props.bounds), [inner.bottom, inner.top]).nice();
  const yTicks = y.ticks(Math.max(3, Math.floor(height / 50)));
  const numbered = log ? new Set(labelledTicks(yTicks)) : undefined;
  const tickFormat = (tick: number) =>
    numbered?.has(tick) === false ? '' : (props.formatTickY?.(tick) ?? formatTick(tick));

  const path = line<Point>(
    (p) => x(p.x),
    (p) => y(p.y),
  );
  const band = area<Point>(
    (p) => x(p.x),
    (p) => y(drawable(p.low) ? p.low : p.y),
    (p) => y(p.high ?? p.y),
  ).defined((p) => p.low !== undefined && p.high !== undefined);
  const places = [...new Set(shown.flatMap(({ points }) => points.map((p) => p.x)))].sort((a, b) => a - b);
  const here = at === undefined || places.length === 0 ? undefined : places[Math.min(at, places.length - 1)];
  const values = here === undefined ? [] : valuesAt(shown, here);
  const said =
    here === undefined
      ? 'no point chosen'
      : `${xLabel} ${formatX(here)}: ${values.map(({ one, point }) => `${one.label} ${formatY(point.y)}`).join('; ')}`;

  const onPointer = (event: PointerEvent<HTMLElement>) => {
    const where = x.invert(event.clientX - event.currentTarget.getBoundingClientRect().left);
    setAt(nearest(places, where));
  };
  const onKey = (event: KeyboardEvent) => {
    const next = moved(event.key, at, places.length);
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
  };

  const ends = shown.filter(({ points }) => points.length > 0);
  const labelled = labels && right > MARGIN.right;
  const labelY = spread(
    ends.map(({ points }) => y(points.at(-1)!.y)),
    LABEL_GAP,
    inner.top,
    inner.bottom,
  );

  return (
    <div
      ref={ref}
      className="plot"
      role="slider"
      tabIndex={0}
      aria-label={`${label}: points, by arrow keys`}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, places.length - 1)}
      aria-valuenow={at ?? 0}
      aria-valuetext={said}
      onPointerMove={onPointer}
      onPointerLeave={() => setAt(undefined)}
      onKeyDown={onKey}
      onBlur={() => setAt(undefined)}
    >
      <svg data-picture className="chart" width={width} height={height} aria-hidden="true">
        {width > 0 && (
          <>
            <clipPath id={clip}>
              <rect
                x={inner.left}
                y={inner.top - 2}
                width={Math.max(0, inner.right - inner.left)}
                height={Math.max(0, inner.bottom - inner.top + 3)}
              />
            </clipPath>
            {normal && (
              <rect
                className="normal"
                clipPath={`url(#${clip})`}
                x={inner.left}
                width={Math.max(0, inner.right - inner.left)}
                {...bandBox(normal, y, inner)}
              />
            )}
            {yTicks.map((tick) => {
              const text = tickFormat(tick);
              return (
                <g key={tick} transform={`translate(0 ${y(tick)})`}>
                  {text !== '' && <line className="grid" x1={inner.left} x2={inner.right} />}
                  <text className="tick" x={inner.left - 7} dy="0.32em" textAnchor="end">
                    {text}
                  </text>
                </g>
              );
            })}
            {x.ticks(Math.max(2, Math.floor((inner.right - inner.left) / 90))).map((tick) => (
              <g key={tick} transform={`translate(${x(tick)} ${inner.bottom})`}>
                <line className="axis" y2={4} />
                <text className="tick" y={16} textAnchor="middle">
                  {formatX(tick)}
                </text>
              </g>
            ))}
            <line className="axis" x1={inner.left} x2={inner.right} y1={inner.bottom} y2={inner.bottom} />
            {!props.plainX && (
              <text className="axis-label" x={inner.right} y={height - 4} textAnchor="end">
                {xLabel}
              </text>
            )}
            <g clipPath={`url(#${clip})`}>
              {shown.map((one) => (
                <path key={one.key} className="band" fill={one.colour} d={band(one.points) ?? undefined} />
              ))}
              {shown.map((one) => (
                <path
                  key={one.key}
                  className="raw"
                  stroke={one.colour}
                  d={path(thin(one.raw, (p) => x(p.x))) ?? undefined}
                />
              ))}
              {shown.map((one) => (
                <path
                  key={one.key}
                  className="line"
                  stroke={one.colour}
                  strokeDasharray={one.dash}
                  d={path(thin(one.points, (p) => x(p.x))) ?? undefined}
                />
              ))}
            </g>
            {shown.map((one) =>
              one.points.length > 30
                ? null
                : one.points.map((p) => (
                    <circle key={`${one.key} ${p.x}`} cx={x(p.x)} cy={y(p.y)} r={2.4} fill={one.colour} />
                  )),
            )}
            {labelled &&
              ends.map((one, i) => (
                <text
                  key={one.key}
                  className="name"
                  x={inner.right + 8}
                  y={labelY[i]}
                  dy="0.32em"
                  style={{ fill: one.colour }}
                >
                  {oneLine(one.label, Math.floor((right - 10) / LETTER))}
                </text>
              ))}
            {here !== undefined && (
              <g data-screen="">
                <line className="cursor" x1={x(here)} x2={x(here)} y1={inner.top} y2={inner.bottom} />
                {values.map(({ one, point }) => (
                  <circle key={one.key} className="spot" cx={x(point.x)} cy={y(point.y)} r={3.5} fill={one.colour} />
                ))}
              </g>
            )}
          </>
        )}
      </svg>
      {here !== undefined && (
        <div
          className="tooltip"
          style={x(here) > width / 2 ? { right: width - x(here) + 12 } : { left: x(here) + 12 }}
          aria-hidden="true"
        >
          <div className="tooltip-head">
            {xLabel} {formatX(here)}
          </div>
          <table>
            <tbody>
              {values.slice(0, 12).map(({ one, point }) => (
                <tr key={one.key}>
                  <td>
                    <span className="swatch" style={{ background: one.colour }} />
                    {oneLine(one.label, 36)}
                  </td>
                  <td className="number">{formatY(point.y)}</td>
                  {point.note && <td className="muted">{point.note}</td>}
                </tr>
              ))}
            </tbody>
          </table>
          {values.length > 12 && <div className="muted">and {values.length - 12} more</div>}
        </div>
      )}
    </div>
  );
}

/** Ends of the axis of y before they are rounded: no point, and no line along an edge where all values are the same. */
function domainOf(low: number, high: number, log: boolean, bounds: LineChartProps['bounds']): [number, number] {
  const [least, most] = bounds ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const [from, to] = [Math.max(low, least), Math.min(high, most)];
  if (to > from) return [from, to];
  if (log) return [from / 2, from * 2];
  const pad = Math.abs(from) * 0.1 || 1;
  return [from >= 0 ? Math.max(0, from - pad) : from - pad, Math.min(from + pad, most)];
}

/** A tick without more digits than it needs. */
function formatTick(number: number): string {
  const size = Math.abs(number);
  if (size >= 1e4) return compact.format(number).replace('-', '−');
  if (size !== 0 && size < 1e-3) return number.toExponential(0).replaceAll('-', '−');
  return String(Number(number.toPrecision(6))).replace('-', '−');
}

/** Of the ticks of a logarithmic axis those that get a number: powers of ten, and between few of them 2 and 5 too. */
function labelledTicks(ticks: readonly number[]): number[] {
  const mantissa = (tick: number) => Math.round(tick / 10 ** Math.floor(Math.log10(tick) + 1e-9));
  const powers = ticks.filter((tick) => mantissa(tick) === 1);
  return powers.length >= 3 ? powers : ticks.filter((tick) => [1, 2, 5].includes(mantissa(tick)));
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

function bandBox(
  [low, high]: readonly [number, number],
  y: (value: number) => number,
  inner: { top: number; bottom: number },
): { y: number; height: number } {
  const clamp = (value: number) => Math.max(inner.top, Math.min(inner.bottom, value));
  const top = Number.isFinite(high) ? clamp(y(high)) : inner.top;
  const bottom = Number.isFinite(low) ? clamp(y(low)) : inner.bottom;
  return { y: top, height: Math.max(0, bottom - top) };
}

/** Of each line the point nearest to a place, the highest first. */
function valuesAt<S extends Series>(series: readonly S[], x: number): { one: S; point: Point }[] {
  const values = series.flatMap((one) => {
    const index = nearest(
      one.points.map((p) => p.x),
      x,
    );
    return index === undefined ? [] : [{ one, point: one.points[index] }];
  });
  return values.sort((a, b) => b.point.y - a.point.y);
}

/** Index of the nearest of ascending numbers. */
export function nearest(sorted: readonly number[], value: number): number | undefined {
  if (sorted.length === 0) return undefined;
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low > 0 && value - sorted[low - 1] <= sorted[low] - value ? low - 1 : low;
}

/** Where a key leads in a list of `count` points; undefined where it leads nowhere. */
export function moved(key: string, at: number | undefined, count: number): number | undefined {
  if (count === 0) return undefined;
  const to: Readonly<Record<string, number>> = {
    ArrowRight: at === undefined ? 0 : at + 1,
    ArrowUp: at === undefined ? 0 : at + 1,
    ArrowLeft: at === undefined ? count - 1 : at - 1,
    ArrowDown: at === undefined ? count - 1 : at - 1,
    PageUp: (at ?? 0) + 10,
    PageDown: (at ?? count) - 10,
    Home: 0,
    End: count - 1,
  };
  return to[key] === undefined ? undefined : Math.max(0, Math.min(count - 1, to[key]));
}
