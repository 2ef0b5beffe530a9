import { readable } from '../../reports/index.ts';
import { type ComparisonResults, difference, type Measure, type Panel, type VariantResults } from '../results.ts';
import type { Estimate, PairedDifference } from '../statistics.ts';

/** A table in words; the first column names the row. */
export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of one environment and panel. */
export function panelTables(results: ComparisonResults, environment: string, panel: Panel): Table[] {
  const found = results.environments.find((e) => e.environment === environment)?.variants ?? [];
  const variants = panel.variants.flatMap((name) => found.find((v) => v.variant === name) ?? []);
  if (variants.length === 0) return [];
  const against = (variant: string, measure: Measure): string =>
    variant === panel.baseline ? '' : points(difference(results.cells, environment, panel.baseline, variant, measure));
  const byArea = [...variants].sort((a, b) => b.area.mean - a.area.mean);
  return [
    {
      caption: `Held-out success, %. ± is half the 95 % interval over seeds (Student). Differences to ${panel.baseline} are paired over seeds, in percentage points, with their 95 % bootstrap interval and p of the sign-flip test.`,
      head: [
        'variant',
        'seeds',
        'start',
        'mean while training',
        `against ${panel.baseline}`,
        'after training',
        `against ${panel.baseline}`,
        `reached ${readable(100 * results.threshold)} %`,
        'turns',
      ],
      rows: byArea.map((v) => [
        v.variant,
        String(v.seeds.length),
        share(v.start),
        share(v.area),
        against(v.variant, 'area'),
        share(v.final),
        against(v.variant, 'final'),
        reached(v),
        plain(v.length, 3),
      ]),
    },
    {
      caption: 'What credit and updates looked like: means over the iterations, ± half the 95 % interval over seeds.',
      head: [
        'variant',
        'advantage IQR',
        '|A| > 1',
        'gradient norm',
        'KL of a step',
        'clipped',
        'entropy',
        'singletons',
        'equal groups',
        'invalid',
      ],
      rows: byArea.map((v) => [
        v.variant,
        plain(v.metrics['credit/advantage_iqr'], 3),
        share(v.metrics['credit/share_above_one']),
        plain(v.metrics['actor/grad_norm'], 3),
        plain(v.metrics['actor/ppo_kl'], 2),
        share(v.metrics['actor/pg_clipfrac']),
        plain(v.metrics['actor/entropy'], 3),
        share(v.metrics['credit/singleton_share']),
        plain(v.metrics['credit/zero_variance_groups'], 3),
        share(complement(v.metrics['episode/valid_action_ratio'])),
      ]),
    },
    {
      caption: 'Budget of a run. Seconds are of playing and learning on the machine as busy as it was.',
      head: ['variant', 'episodes', 'tokens, M', 'seconds'],
      rows: byArea.map((v) => [v.variant, plain(v.episodes, 6), plain(scaled(v.tokens, 1e-6), 3), plain(v.seconds, 3)]),
    },
  ];
}

/** Every variant of a panel against every other: what the row has more than the column. */
export function pairTable(results: ComparisonResults, environment: string, panel: Panel, measure: Measure): Table {
  const names = panel.variants.filter((name) =>
    results.cells.some((cell) => cell.variant === name && cell.environment === environment),
  );
  return {
    caption: `${measure === 'final' ? 'Success after training' : 'Mean success while training'}: row less column, percentage points, paired over seeds, 95 % bootstrap interval.`,
    head: ['', ...names],
    rows: names.map((row) => [
      row,
      ...names.map((column) =>
        row === column ? '' : points(difference(results.cells, environment, column, row, measure), false),
      ),
    ]),
  };
}

/** How many runs are not in the report, and the first of them; undefined where all are. */
export function missingRuns({ missing }: ComparisonResults): string | undefined {
  if (missing.length === 0) return undefined;
  const named = missing.slice(0, 5).join(', ');
  const runs = missing.length === 1 ? '1 run is' : `${missing.length} runs are`;
  return `${runs} not finished and not in here: ${named}${missing.length > 5 ? ', …' : '.'}`;
}

function reached(v: VariantResults): string {
  if (v.reached === null) return `0 of ${v.seeds.length}`;
  const { seeds, iterations, tokens } = v.reached;
  return `${seeds} of ${v.seeds.length}, after ${readable(iterations.mean, 3)} ${iterations.mean === 1 ? 'iteration' : 'iterations'}, ${readable(tokens.mean / 1e6, 3)} M tokens`;
}

function points(d: PairedDifference | undefined, withP = true): string {
  if (d === undefined) return '–';
  const p = withP && d.low !== null ? `, p ${readable(d.p, 2)}` : '';
  const interval = d.low === null || d.high === null ? '' : ` (${signed(d.low)} … ${signed(d.high)}${p})`;
  return `${signed(d.mean)}${interval}`;
}

function signed(value: number): string {
  const text = (100 * value).toFixed(1);
  return Number(text) > 0 ? `+${text}` : text.replace('-', '−');
}

function share(e: Estimate | undefined): string {
  if (e === undefined) return '–';
  return `${(100 * e.mean).toFixed(1)}${e.high === null ? '' : ` ± ${(100 * (e.high - e.mean)).toFixed(1)}`}`;
}

function plain(e: Estimate | undefined, digits: number): string {
  if (e === undefined) return '–';
  const half = e.high === null ? 0 : e.high - e.mean;
  return `${readable(e.mean, digits)}${half === 0 ? '' : ` ± ${readable(half, 2)}`}`;
}

function scaled(e: Estimate, factor: number): Estimate {
  const times = (value: number | null): number | null => (value === null ? null : value * factor);
  return { ...e, mean: e.mean * factor, std: e.std * factor, low: times(e.low), high: times(e.high) };
}

function complement(e: Estimate | undefined): Estimate | undefined {
  if (e === undefined) return undefined;
  const { low, high } = e;
  return { ...e, mean: 1 - e.mean, low: high === null ? null : 1 - high, high: low === null ? null : 1 - low };
}
