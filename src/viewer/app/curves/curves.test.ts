import { expect, test } from 'vitest';
import type { RunCurves, RunSummary } from '../../api.ts';
import { interval, studentQuantile } from './interval.ts';
import { distinctNames, experimentLabels, meanWay, seriesByExperiment, seriesByRun } from './series.ts';
import { smooth } from './smoothing.ts';

test('smoothing keeps a level, starts at the first value, and passes over what is missing', () => {
  expect(smooth([3, 3, 3], 0.9)).toEqual([3, 3, 3].map((x) => expect.closeTo(x, 12)));
  expect(smooth([1, 2, 3], 0)).toEqual([1, 2, 3]);
  // m_2 = 0.5·(0.5·4) + 0.5·8 = 5, divided by 1 − 0.25.
  expect(smooth([4, null, 8], 0.5)).toEqual([4, null, 5 / 0.75]);
});

test('the interval of a mean is Student’s', () => {
  // scipy.stats.t.interval(0.95, 2, loc=2, scale=1/sqrt(3))
  const { mean, low, high, count } = interval([1, 2, 3]);
  expect([mean, low, high]).toEqual([2, -0.4841377, 4.4841377].map((x) => expect.closeTo(x, 3)));
  expect(count).toBe(3);
  expect(interval([5])).toEqual({ mean: 5, low: undefined, high: undefined, count: 1 });
  expect(studentQuantile(1)).toBe(12.706);
  // 2.0395, 1.9840
  expect(studentQuantile(31)).toBeCloseTo(2.0395, 2);
  expect(studentQuantile(100)).toBeCloseTo(1.984, 2);
});

function run(id: string, experiment: string, config: RunSummary['config'] = {}): RunSummary {
  return { id, name: id, experiment, config, algorithm: 'gagpo', environment: 'household' } as RunSummary;
}

function curves(id: string, metrics: Record<string, (number | null)[]>): RunCurves {
  return { run: id, iteration: [0, 1, 2], episodes: [0, 8, 16], tokens: [0, 90, 200], seconds: [0, 5, 9], metrics };
}

const three = [
  { run: run('a-seed1', 'a'), curves: curves('a-seed1', { x: [1, null, 3] }), index: 0 },
  { run: run('a-seed2', 'a'), curves: curves('a-seed2', { x: [3, 4, 5] }), index: 1 },
  { run: run('b', 'b'), curves: curves('b', { y: [1, 1, 1] }), index: 2 },
];

test('a line per run has the run’s own values, over what is asked for', () => {
  const series = seriesByRun(three, { metric: 'x', x: 'tokens', smoothing: 0 });
  expect(series.map(({ key }) => key)).toEqual(['a-seed1', 'a-seed2']);
  expect(series[0].points).toEqual([
    { x: 0, y: 1 },
    { x: 200, y: 3 },
  ]);
  expect(series[0].raw).toEqual([]);
  expect(seriesByRun(three, { metric: 'x', x: 'iteration', smoothing: 0.5 })[1].raw).toHaveLength(3);
});

test('a line per experiment is the mean of those seeds that have a value', () => {
  const [only, ...others] = seriesByExperiment(three, { metric: 'x', x: 'seconds', smoothing: 0 });
  expect(others).toEqual([]);
  expect(only.label).toBe('a (n=2)');
  expect(only.points.map(({ x, y }) => [x, y])).toEqual([
    [0, 2],
    [5, 4],
    [9, 4],
  ]);
  expect(only.points[0].high).toBeCloseTo(2 + 12.706, 2);
  expect(only.points[1].high).toBeUndefined();
  expect(only.points[1].note).toBe('1 run');
  expect(only.raw).toBeUndefined();
  // What was measured stays beside what is smoothed.
  const [smoothed] = seriesByExperiment(three, { metric: 'x', x: 'seconds', smoothing: 0.5 });
  expect(smoothed.raw).toEqual(only.points.map(({ x, y }) => ({ x, y })));
});

test('over tokens or time the mean of several seeds never goes back', () => {
  const of = (iteration: number[], seconds: number[]): RunCurves => {
    const rest = { episodes: seconds, tokens: seconds, metrics: { x: seconds.map(() => 1) } };
    return { run: 'r', iteration, seconds, ...rest };
  };
  // The slow one ends early: of the places alone the mean would fall from 60 to 30.
  const slow = of([0, 1, 2], [0, 50, 100]);
  const fast = of([0, 1, 2, 3, 4], [0, 10, 20, 30, 40]);
  const late = of([2, 4], [5, 9]);
  expect([...meanWay([slow, fast], 'seconds')]).toEqual([
    [0, 0],
    [1, 30],
    [2, 60],
    [3, 70],
    [4, 80],
  ]);
  expect([...meanWay([slow, fast, late], 'seconds')].map(([, x]) => x)).toEqual([0, 30, 60, 66, 72]);
  // Nothing in common.
  expect([...meanWay([of([0, 1], [0, 9]), of([5, 6], [4, 8])], 'tokens').values()]).toEqual([0, 9, 9, 13]);

  const members = [slow, fast, late].map((own, index) => ({ run: run(`${index}`, 'a'), curves: own, index }));
  const [only] = seriesByExperiment(members, { metric: 'x', x: 'seconds', smoothing: 0 });
  const places = only.points.map(({ x }) => x);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test('experiments are told apart by what differs, where their names do not', () => {
  const labels = experimentLabels([
    [run('house-seed1', 'p', { lambda: 0.8 }), run('house-seed2', 'p', { lambda: 0.8 })],
    [run('house-seed3', 'q', { lambda: 1 }), run('house-seed4', 'q', { lambda: 1 })],
    [run('1', 'r'), run('2', 'r')],
  ]);
  expect(labels).toEqual(['house, lambda 0.8 (n=2)', 'house, lambda 1 (n=2)', 'gagpo on household (n=2)']);
});

test('names lose the folders that all of them share, never all of a name', () => {
  expect(distinctNames(['GRPO/house/seed1', 'GAGPO/house/seed1'])).toEqual(['GRPO', 'GAGPO']);
  expect(distinctNames(['runs/a/seed1', 'runs/a/seed2'])).toEqual(['seed1', 'seed2']);
  expect(distinctNames(['a/b', 'a/b'])).toEqual(['b', 'b']);
  expect(distinctNames(['a/b'])).toEqual(['a/b']);
  expect(distinctNames([])).toEqual([]);
});

test('lines of the same colour differ in their dashes', () => {
  const run8 = (index: number) => ({ ...three[1], index });
  const dashes = seriesByRun([run8(10), run8(2), run8(3)], { metric: 'x', x: 'iteration', smoothing: 0 });
  expect(dashes.map(({ dash }) => dash)).toEqual([undefined, '6 3', undefined]);
  expect(dashes[0].colour).toBe(dashes[1].colour);
});
