import type { ReactNode } from 'react';
import type { RunSummary } from '../../api.ts';
import { formatMetric, metricName } from '../metrics/metric-names.ts';
import { visible } from '../text/visible.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { type Config, type ConfigValue, differingKeys, shortKeys, withLists } from './config-differences.ts';

export type ColumnGroup = 'run' | 'config' | 'metric';

/** A column of the table of runs. */
export interface RunColumn {
  /** In the address: `seed`, `config:credit.options.lambda`, `metric:val/success_rate`. */
  readonly key: string;
  readonly group: ColumnGroup;
  readonly title: string;
  /** The whole name, where the title is a short one. */
  readonly full?: string;
  readonly numeric: boolean;
  readonly value: (run: RunSummary) => ConfigValue | undefined;
  readonly show: (run: RunSummary) => ReactNode;
}

const RUN_COLUMNS: readonly RunColumn[] = [
  text('environment', 'Environment', (run) => run.environment),
  text('algorithm', 'Credit by', (run) => run.algorithm),
  number('seed', 'Seed', (run) => run.seed),
  number('iteration', 'Iteration', (run) => run.iteration),
  number('episodes', 'Episodes', (run) => run.episodes),
  { ...text('started', 'Started', (run) => run.startedAt ?? null), show: (run) => formatTime(run.startedAt) },
];

const ALWAYS = ['environment', 'algorithm', 'seed', 'iteration'];
const FIRST_METRICS = ['val/success_rate', 'episode/success_rate', 'val/task_score', 'episode/length/mean'];

/** Every column there can be for these runs, and the keys of those shown where nobody chose. */
export function runColumns(runs: readonly RunSummary[]): { all: RunColumn[]; byDefault: string[] } {
  const configs = new Map(runs.map((run) => [run, withLists(run.config)]));
  const keys = [...new Set([...configs.values()].flatMap((config) => Object.keys(config)))].sort();
  const differing = differingKeys([...configs.values()]);
  const short = shortKeys(differing);
  const titles = new Map(differing.map((key, i) => [key, short[i]]));
  const config = keys.map((key) => configColumn(key, titles.get(key) ?? key, configs));
  const found = [...new Set(runs.flatMap(({ last }) => Object.keys(last)))].sort();
  const first = FIRST_METRICS.filter((name) => found.includes(name));
  const metrics = [...first, ...found.filter((name) => !first.includes(name))].map(metricColumn);
  return {
    all: [...RUN_COLUMNS, ...config, ...metrics],
    byDefault: [...ALWAYS, ...differing.map((key) => `config:${key}`), ...first.map((name) => `metric:${name}`)],
  };
}

function text(key: string, title: string, value: (run: RunSummary) => string | null): RunColumn {
  return { key, group: 'run', title, numeric: false, value, show: (run) => <VisibleText text={value(run) ?? '–'} /> };
}

function number(key: string, title: string, value: (run: RunSummary) => number | null): RunColumn {
  return { key, group: 'run', title, numeric: true, value, show: (run) => value(run)?.toLocaleString('en') ?? '–' };
}

function configColumn(key: string, title: string, configs: ReadonlyMap<RunSummary, Config>): RunColumn {
  const value = (run: RunSummary) => configs.get(run)?.[key];
  const numeric = [...configs.values()].every((config) => ['number', 'undefined'].includes(typeof config[key]));
  const show = (run: RunSummary) => <VisibleText text={formatConfig(value(run))} />;
  return { key: `config:${key}`, group: 'config', title: visible(title), full: visible(key), numeric, value, show };
}

function metricColumn(name: string): RunColumn {
  return {
    key: `metric:${name}`,
    group: 'metric',
    title: visible(metricName(name).title),
    full: visible(name),
    numeric: true,
    value: ({ last }) => last[name],
    show: ({ last }) => formatMetric(name, last[name]),
  };
}

/** A value of a configuration as a file has it; a dash where the run has no such key. */
export function formatConfig(value: ConfigValue | undefined): string {
  return value === undefined ? '–' : String(value);
}

/** A time as this machine's clock shows it. */
export function formatTime(iso: string | undefined): string {
  if (iso === undefined) return '–';
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return visible(iso);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** Runs by a column; those without a value last either way. */
export function sortRuns(
  runs: readonly RunSummary[],
  column: RunColumn | undefined,
  descending: boolean,
): RunSummary[] {
  if (column === undefined) return [...runs];
  const sign = descending ? -1 : 1;
  return [...runs].sort((a, b) => {
    const [x, y] = [column.value(a) ?? null, column.value(b) ?? null];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
    return sign * String(x).localeCompare(String(y), 'en', { numeric: true });
  });
}
