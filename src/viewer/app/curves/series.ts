import type { RunCurves, RunSummary } from '../../api.ts';
import type { Point, Series } from '../charts/line-chart.tsx';
import { differingKeys, shortKeys, withLists } from '../runs/config-differences.ts';
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
 * smoothed by itself; where points stand over episodes, tokens or time see `meanWay`.
 */
export function seriesByExperiment(runs: readonly CurvedRun[], options: CurveOptions): Series[] {
  const { metric, x, smoothing } = options;
  const experiments = groupBy(runs, ({ run }) => run.experiment);
  const labels = experimentLabels(experiments.map((members) => members.map(({ run }) => run)));
  const dashes = dashesOf(experiments.map(([{ index }]) => index));
  return experiments.flatMap((members, e) => {
    const at = byIteration(members, (values) => smooth(values, smoothing), metric);
    if (at.size === 0) return [];
    const way = meanWay(
      members.map(({ curves }) => curves),
      x,
    );
    const iterations = [...at.keys()].sort((a, b) => a - b);
    const measured = smoothing > 0 ? byIteration(members, (values) => values, metric) : undefined;
    const raw =
      measured && iterations.map((iteration) => ({ x: way.get(iteration)!, y: mean(measured.get(iteration)!) }));
    const points = iterations.map((iteration): Point => {
      const y = at.get(iteration)!;
      const { mean: middle, low, high, count } = interval(y);
      const half = high === undefined ? '' : `± ${(high - middle).toPrecision(2)}, `;
      return {
        x: way.get(iteration)!,
        y: middle,
        low,
        high,
        note: `${half}${count === 1 ? '1 run' : `${count} runs`}`,
      };
    });
    const colour = seriesColour(members[0].index);
    return [{ key: members[0].run.experiment, label: labels[e], colour, dash: dashes[e], points, ...(raw && { raw }) }];
  });
}

/** What runs measured of a metric, iteration by iteration. @param as what is made of the values of each run, null where there is none */
function byIteration(
  runs: readonly CurvedRun[],
  as: (values: readonly (number | null)[]) => readonly (number | null)[],
  metric: string,
): Map<number, number[]> {
  const at = new Map<number, number[]>();
  for (const { curves } of runs) {
    as(curves.metrics[metric] ?? []).forEach((value, i) => {
      if (value === null) return;
      const cell = at.get(curves.iteration[i]) ?? [];
      cell.push(value);
      at.set(curves.iteration[i], cell);
    });
  }
  return at;
}

/**
 * How far runs had come by each iteration, on average: the mean of their first places, and from iteration to iteration the mean
 * of the ways of those that went it. With all runs at hand that is the mean of their places; where some end early, begin late or
 * skip an iteration, it goes on forward all the same, which a mean of whoever is left would not.
 *
 * @returns by iteration; never falls
 */
export function meanWay(curves: readonly RunCurves[], x: XAxis): ReadonlyMap<number, number> {
  const iterations = [...new Set(curves.flatMap(({ iteration }) => iteration))].sort((a, b) => a - b);
  const places = curves.map((one) => placesOf(one, x, iterations));
  const way = new Map<number, number>();
  let at: number | undefined;
  iterations.forEach((iteration, k) => {
    const here = places.flatMap((own) => own[k] ?? []);
    const steps = places.flatMap((own) =>
      own[k] === undefined || own[k - 1] === undefined ? [] : own[k]! - own[k - 1]!,
    );
    if (at === undefined) at = mean(here);
    // Nobody went this stretch: one run ended before the next began.
    else at = steps.length === 0 ? Math.max(at, mean(here)) : at + mean(steps);
    way.set(iteration, at);
  });
  return way;
}

/** (iterations) Where a run was, in between in proportion; undefined before its first and after its last record. */
function placesOf(curves: RunCurves, x: XAxis, iterations: readonly number[]): (number | undefined)[] {
  const { iteration: own } = curves;
  let after = 0;
  return iterations.map((iteration) => {
    while (after < own.length && own[after] < iteration) after++;
    if (after === own.length) return undefined;
    if (own[after] === iteration) return curves[x][after];
    if (after === 0) return undefined;
    const share = (iteration - own[after - 1]) / (own[after] - own[after - 1]);
    return curves[x][after - 1] + share * (curves[x][after] - curves[x][after - 1]);
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
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
  const configs = experiments.map((runs) => withLists(runs[0].config));
  const keys = differingKeys(configs);
  const short = shortKeys(keys);
  return experiments.map(({ length }, e) => {
    const alike = stems.filter((stem) => stem === stems[e]).length > 1;
    const told = alike ? keys.map((key, k) => `${short[k]} ${configs[e][key] ?? '–'}`).join(', ') : '';
    return `${stems[e]}${told === '' ? '' : `, ${told}`} (n=${length})`;
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
