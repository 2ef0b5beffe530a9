import type { RunCurves, RunSummary } from '../../api.ts';
import type { Point, Series } from '../charts/line-chart.tsx';
import { differingKeys, shortKeys } from '../runs/config-differences.ts';
import { interval } from './interval.ts';
import { smooth } from './smoothing.ts';

export const X_AXES = ['iteration', 'episodes', 'tokens', 'seconds'] as const;
/** What curves are drawn over. */
export type XAxis = (typeof X_AXES)[number];

/** How many colours there are; after them the lines are dashed. */
const COLOURS = 8;
const DASHES = [undefined, '6 3', '2 3'];

/** Colour of the run at an index. */
export function seriesColour(index: number): string {
  return `var(--series-${(index % COLOURS) + 1})`;
}

/** Dashes for runs at these indices: only where an earlier one has the same colour. */
function dashesOf(indices: readonly number[]): (string | undefined)[] {
  return indices.map((index, i) => {
    const before = indices.slice(0, i).filter((other) => other % COLOURS === index % COLOURS).length;
    return DASHES[before % DASHES.length];
  });
}

/** Names without the folders, first or last, that all of them have. */
export function distinctNames(names: readonly string[]): string[] {
  const paths = names.map((name) => name.split('/'));
  const shortest = Math.min(...paths.map(({ length }) => length));
  const same = (part: (path: string[]) => string) => paths.every((path) => part(path) === part(paths[0]));
  let first = 0;
  while (names.length > 1 && first < shortest - 1 && same((path) => path[first])) first++;
  let last = 0;
  while (names.length > 1 && last < shortest - 1 - first && same((path) => path[path.length - 1 - last])) last++;
  return paths.map((path) => path.slice(first, path.length - last).join('/'));
}

export interface CurveOptions {
  readonly metric: string;
  readonly x: XAxis;
  /** Weight of the moving average, 0 … below 1. */
  readonly smoothing: number;
}

/** A run with its curves and its index among all runs, which decides its colour. */
export interface CurvedRun {
  readonly run: RunSummary;
  readonly curves: RunCurves;
  readonly index: number;
}

/** A line for each run that has the metric. */
export function seriesByRun(runs: readonly CurvedRun[], { metric, x, smoothing }: CurveOptions): Series[] {
  const dashes = dashesOf(runs.map(({ index }) => index));
  const labels = distinctNames(runs.map(({ run }) => run.name));
  return runs.flatMap(({ run, curves, index }, i) => {
    const values = curves.metrics[metric];
    if (values === undefined) return [];
    const points = pointsOf(curves[x], smooth(values, smoothing));
    const raw = smoothing > 0 ? pointsOf(curves[x], values) : [];
    return points.length === 0
      ? []
      : [{ key: run.id, label: labels[i], colour: seriesColour(index), dash: dashes[i], points, raw }];
  });
}

/**
 * A line for each experiment: the mean over its seeds, iteration by iteration, with the 95 % interval of the mean. Each run is
 * smoothed by itself; over episodes, tokens or time a point stands at the mean of its runs.
 */
export function seriesByExperiment(runs: readonly CurvedRun[], options: CurveOptions): Series[] {
  const { metric, x, smoothing } = options;
  const experiments = groupBy(runs, ({ run }) => run.experiment);
  const labels = experimentLabels(experiments.map((members) => members.map(({ run }) => run)));
  const dashes = dashesOf(experiments.map(([{ index }]) => index));
  return experiments.flatMap((members, e) => {
    const at = new Map<number, { x: number[]; y: number[] }>();
    for (const { curves } of members) {
      const values = smooth(curves.metrics[metric] ?? [], smoothing);
      values.forEach((value, i) => {
        if (value === null) return;
        const cell = at.get(curves.iteration[i]) ?? { x: [], y: [] };
        cell.x.push(curves[x][i]);
        cell.y.push(value);
        at.set(curves.iteration[i], cell);
      });
    }
    if (at.size === 0) return [];
    const points = [...at]
      .sort(([a], [b]) => a - b)
      .map(([, { x: places, y }]): Point => {
        const { mean, low, high, count } = interval(y);
        const half = high === undefined ? '' : `± ${(high - mean).toPrecision(2)}, `;
        return {
          x: interval(places).mean,
          y: mean,
          low,
          high,
          note: `${half}${count === 1 ? '1 run' : `${count} runs`}`,
        };
      });
    const colour = seriesColour(members[0].index);
    return [{ key: members[0].run.experiment, label: labels[e], colour, dash: dashes[e], points }];
  });
}

function pointsOf(x: readonly number[], y: readonly (number | null)[]): Point[] {
  return y.flatMap((value, i) => (value === null ? [] : [{ x: x[i], y: value }]));
}

/** Names for experiments: what the names of their runs begin with, and where that does not tell them apart, what differs. */
export function experimentLabels(experiments: readonly (readonly RunSummary[])[]): string[] {
  const names = distinctNames(experiments.flatMap((runs) => runs.map(({ name }) => name)));
  let at = 0;
  const stems = experiments.map((runs) => {
    const own = names.slice(at, at + runs.length);
    at += runs.length;
    if (runs.length === 1) return own[0];
    const stem = commonStart(own).replace(/[-_ ./]*(seed|s)?[-_ ./]*$/, '');
    return stem === '' ? `${runs[0].algorithm} on ${runs[0].environment}` : stem;
  });
  const firsts = experiments.map((runs) => runs[0]);
  const keys = differingKeys(firsts);
  const short = shortKeys(keys);
  return experiments.map((runs, e) => {
    const alike = stems.filter((stem) => stem === stems[e]).length > 1;
    const told = alike ? keys.map((key, k) => `${short[k]} ${runs[0].config[key] ?? '–'}`).join(', ') : '';
    return `${stems[e]}${told === '' ? '' : `, ${told}`} (n=${runs.length})`;
  });
}

function commonStart(texts: readonly string[]): string {
  let length = 0;
  while (length < texts[0].length && texts.every((text) => text[length] === texts[0][length])) length++;
  return texts[0].slice(0, length);
}

/** Lists of what has the same key, in the order of their firsts. */
export function groupBy<T>(values: readonly T[], key: (value: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group === undefined) groups.set(key(value), [value]);
    else group.push(value);
  }
  return [...groups.values()];
}
