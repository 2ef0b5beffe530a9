import { type ChartPoint, intervalChart, lineChart } from '../../reports/index.ts';
import { folderName } from '../folder-name.ts';
import { type ComparisonResults, difference, type FinishedCell, type Measure, type Panel } from '../results.ts';
import { estimate } from '../statistics.ts';
import { isWhole } from './heading.ts';

/** A picture of the report. */
export interface Figure {
  /** File name without its ending; unique. */
  readonly name: string;
  readonly environment: string;
  readonly panel: string;
  readonly svg: string;
}

/** Training metrics that are drawn, what the axis calls them, and what they can at most be; none is below 0. */
const DRAWN: readonly (readonly [metric: string, name: string, label: string, most: number])[] = [
  ['credit/advantage_iqr', 'advantage-iqr', 'inter-quartile range of the advantages', Number.POSITIVE_INFINITY],
  ['credit/share_above_one', 'share-above-one', 'share of steps with |A| > 1', 1],
  ['actor/grad_norm', 'gradient-norm', 'gradient norm before clipping', Number.POSITIVE_INFINITY],
  ['episode/length/mean', 'episode-length', 'turns of a training episode', Number.POSITIVE_INFINITY],
];

/** Iterations that a drawn training metric is averaged over: the iteration and those before it. */
const SMOOTHED = 5;

/** All pictures: for each environment and panel the curve of success, the differences, and the training metrics. */
export function figures(results: ComparisonResults): Figure[] {
  const several = results.environments.length > 1;
  return results.environments.flatMap(({ environment }) =>
    results.panels.flatMap((panel, p) => {
      const prefix = [several && folderName(environment), results.panels.length > 1 && `${p + 1}`]
        .filter(Boolean)
        .join('-');
      const own = results.cells.filter(
        (cell) => cell.environment === environment && panel.variants.includes(cell.variant),
      );
      if (own.length === 0) return [];
      const figure = (name: string, svg: string): Figure => ({
        name: prefix === '' ? name : `${prefix}-${name}`,
        environment,
        panel: panel.title,
        svg,
      });
      return [
        figure('success', successChart(results, panel, own)),
        ...(['area', 'final'] as const).flatMap((measure) => {
          const svg = differenceChart(results.cells, environment, panel, measure);
          return svg === undefined ? [] : [figure(`difference-${measure}`, svg)];
        }),
        ...DRAWN.flatMap(([metric, name, label, most]) => {
          const svg = metricChart(results, panel, own, metric, label, most);
          return svg === undefined ? [] : [figure(name, svg)];
        }),
      ];
    }),
  );
}

function successChart(results: ComparisonResults, panel: Panel, cells: readonly FinishedCell[]): string {
  return lineChart({
    title: titled(results, panel, 'held-out success, mean and 95 % interval over seeds'),
    xLabel: 'iteration',
    xWhole: true,
    yLabel: 'success, %',
    yPossible: [0, 100],
    ySpan: 10,
    height: 400,
    series: series(panel, cells, ({ result }) =>
      result.curve.map(({ iteration, success }) => [iteration, 100 * success] as const),
    ),
  });
}

/** The panel's name before what is shown, where there are several panels or one with a name of its own. */
function titled(results: ComparisonResults, panel: Panel, what: string): string {
  return isWhole(results, panel) ? `${what[0].toUpperCase()}${what.slice(1)}` : `${panel.title}: ${what}`;
}

/** Of which seeds a picture is, where iteration by iteration not all runs are known. */
function onlySeeds(kept: readonly FinishedCell[], all: readonly FinishedCell[]): string {
  if (kept.length === all.length) return '';
  const seeds = [...new Set(kept.map(({ seed }) => seed))].sort((a, b) => a - b);
  const whole = all.every((cell) => kept.includes(cell) === seeds.includes(cell.seed));
  return whole
    ? ` (${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')})`
    : ` (${kept.length} of ${all.length} runs)`;
}

/** Undefined where of no cell the metric is known iteration by iteration. */
function metricChart(
  results: ComparisonResults,
  panel: Panel,
  all: readonly FinishedCell[],
  metric: string,
  label: string,
  most: number,
): string | undefined {
  const cells = all.filter(({ result }) => result.series[metric] !== undefined);
  if (cells.length === 0) return undefined;
  return lineChart({
    title: titled(results, panel, `${label}${onlySeeds(cells, all)}`),
    xLabel: 'iteration',
    xWhole: true,
    yPossible: [0, most],
    yLabel: label,
    series: series(panel, cells, ({ result }) => {
      const values = result.series[metric];
      return values.map((_, i) => {
        const window = values.slice(Math.max(0, i - SMOOTHED + 1), i + 1).filter(Number.isFinite);
        return [i + 1, window.reduce((sum, v) => sum + v, 0) / window.length] as const;
      });
    }).map(({ name, points }) => ({ name, points: points.map(({ x, y }) => ({ x, y })) })),
  });
}

/** One curve per variant: mean and interval over its seeds at every x that all of them have. */
function series(
  panel: Panel,
  cells: readonly FinishedCell[],
  curve: (cell: FinishedCell) => readonly (readonly [x: number, y: number])[],
): { name: string; points: ChartPoint[] }[] {
  return panel.variants.flatMap((name) => {
    const curves = cells.filter(({ variant }) => variant === name).map((cell) => new Map(curve(cell)));
    if (curves.length === 0) return [];
    const points = [...curves[0].keys()]
      .filter((x) => curves.every((c) => c.has(x)))
      .map((x) => {
        const { mean, low, high } = estimate(curves.map((c) => c.get(x) as number));
        return { x, y: mean, ...(low !== null && high !== null && { low, high }) };
      });
    return [{ name, points }];
  });
}

function differenceChart(
  cells: readonly FinishedCell[],
  environment: string,
  panel: Panel,
  measure: Measure,
): string | undefined {
  const rows = panel.variants.flatMap((variant) => {
    if (variant === panel.baseline) return [];
    const d = difference(cells, environment, panel.baseline, variant, measure);
    if (d === undefined) return [];
    return [
      {
        label: variant,
        value: 100 * d.mean,
        low: d.low === null ? null : 100 * d.low,
        high: d.high === null ? null : 100 * d.high,
        clear: d.low !== null && d.high !== null && d.low * d.high > 0,
      },
    ];
  });
  if (rows.length === 0) return undefined;
  const what = measure === 'final' ? 'success after training' : 'mean success while training';
  return intervalChart({
    title: `${what[0].toUpperCase()}${what.slice(1)}: difference to ${panel.baseline}`,
    xLabel: 'percentage points; 95 % bootstrap interval over seeds',
    span: 4,
    rows: rows.sort((a, b) => b.value - a.value),
  });
}
