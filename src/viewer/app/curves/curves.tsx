import { useMemo } from 'react';
import type { RunSummary } from '../../api.ts';
import type { Table } from '../charts/csv.ts';
import { Figure } from '../charts/figure.tsx';
import { LineChart, type Series } from '../charts/line-chart.tsx';
import { useAnswer } from '../data/use-answer.ts';
import { formatAxis, formatDuration, formatMetric, metricName } from '../metrics/metric-names.ts';
import { ChoiceMenu } from '../parts/choice-menu.tsx';
import { Failure } from '../parts/problems.tsx';
import { Segments } from '../parts/segments.tsx';
import { formatList, parseChoice, parseList, parseNumber } from '../routing/lists.ts';
import { useParameters } from '../routing/use-route.tsx';
import { visible } from '../text/visible.ts';
import { type CurvedRun, seriesByExperiment, seriesByRun, X_AXES, type XAxis } from './series.ts';

const X_NAMES: Readonly<Record<XAxis, string>> = {
  iteration: 'Iterations',
  episodes: 'Episodes',
  tokens: 'Tokens',
  seconds: 'Time',
};

const AT_FIRST = ['val/success_rate', 'episode/success_rate'];

interface CurvesProps {
  readonly runs: readonly RunSummary[];
  readonly chosen: readonly RunSummary[];
}

/** The curves of the chosen runs over each other, one picture a metric. */
export function Curves({ runs, chosen }: CurvesProps) {
  const [parameters, change] = useParameters();
  const ids = useMemo(() => chosen.map(({ id }) => id), [chosen]);
  const { data: curves, error } = useAnswer('curves', ids.length === 0 ? undefined : ids, { keep: true });

  const curved = useMemo(() => {
    const byRun = new Map((curves ?? []).map((one) => [one.run, one]));
    return chosen.flatMap((run): CurvedRun[] => {
      const own = byRun.get(run.id);
      return own === undefined ? [] : [{ run, curves: own, index: runs.indexOf(run) }];
    });
  }, [runs, chosen, curves]);
  const names = useMemo(() => {
    const found = [...new Set(curved.flatMap(({ curves: own }) => Object.keys(own.metrics)))];
    return found.sort((a, b) => metricName(a).title.localeCompare(metricName(b).title));
  }, [curved]);

  const atFirst = AT_FIRST.filter((name) => names.includes(name));
  const metrics = parseList(parameters['metrics']) ?? (atFirst.length > 0 ? atFirst : names.slice(0, 2));
  const x = parseChoice(parameters['x'], X_AXES) ?? 'iteration';
  const by = parseChoice(parameters['by'], ['run', 'experiment']) ?? 'run';
  const smoothing = parseNumber(parameters['smooth'], 0, 0.99) ?? 0;
  const log = parameters['log'] === 'yes';

  if (error && curves === undefined) return <Failure error={error} what="The curves" />;
  return (
    <section className="curves" aria-label="Curves">
      <div className="controls bar screen">
        <ChoiceMenu
          label="Metrics"
          choices={names.map((name) => ({
            key: name,
            title: visible(metricName(name).title),
            note: visible(name),
            group: groupOf(name),
          }))}
          chosen={metrics}
          onChange={(next) => change({ metrics: next.length === 0 ? '-' : formatList(next) })}
          onReset={() => change({ metrics: undefined })}
        />
        <Segments
          name="Lines"
          value={by}
          choices={[
            ['run', 'Each run'],
            ['experiment', 'Mean over seeds'],
          ]}
          onChange={(next) => change({ by: next === 'run' ? undefined : next })}
        />
        <Segments
          name="Over"
          value={x}
          choices={X_AXES.map((axis) => [axis, X_NAMES[axis]] as const)}
          onChange={(next) => change({ x: next === 'iteration' ? undefined : next })}
        />
        <label className="field">
          <span>Smoothing</span>
          <input
            type="range"
            min={0}
            max={0.98}
            step={0.02}
            value={smoothing}
            onChange={({ target }) => change({ smooth: target.value === '0' ? undefined : target.value })}
          />
          <output>{smoothing === 0 ? 'none' : smoothing.toFixed(2)}</output>
        </label>
        <label className="check">
          <input
            type="checkbox"
            checked={log}
            onChange={({ target }) => change({ log: target.checked ? 'yes' : undefined })}
          />
          Logarithmic
        </label>
      </div>
      {chosen.length === 0 ? (
        <p className="empty">Choose runs in the table to see their curves.</p>
      ) : (
        <div className="curve-grid">
          {metrics
            .filter((metric) => names.includes(metric))
            .map((metric) => (
              <Curve key={metric} runs={curved} metric={metric} x={x} by={by} smoothing={smoothing} log={log} />
            ))}
          {curves !== undefined && !metrics.some((metric) => names.includes(metric)) && (
            <p className="empty">Choose a metric to see its curve.</p>
          )}
        </div>
      )}
    </section>
  );
}

interface CurveProps {
  readonly runs: readonly CurvedRun[];
  readonly metric: string;
  readonly x: XAxis;
  readonly by: 'run' | 'experiment';
  readonly smoothing: number;
  readonly log: boolean;
}

function Curve({ runs, metric, x, by, smoothing, log }: CurveProps) {
  const series = useMemo(
    () => (by === 'run' ? seriesByRun : seriesByExperiment)(runs, { metric, x, smoothing }),
    [runs, metric, x, by, smoothing],
  );
  const title = visible(metricName(metric).title);
  const formatX = x === 'seconds' ? formatDuration : (value: number) => counts.format(value);
  const hidden = log ? series.flatMap(({ points }) => points).filter(({ y }) => y <= 0).length : 0;
  return (
    <Figure
      title={title}
      heading={
        <h2>
          {title} {title !== metric && <code className="muted">{visible(metric)}</code>}
        </h2>
      }
      summary={summaryOf(series, metric, by, hidden, smoothing > 0)}
      table={() => tableOf(series, x === 'seconds' ? 'Time, s' : X_NAMES[x], by)}
      file={metric}
    >
      <LineChart
        label={title}
        series={series}
        xLabel={X_NAMES[x]}
        formatX={formatX}
        formatY={(value) => formatMetric(metric, value)}
        formatTickY={(value) => formatAxis(metric, value)}
        bounds={metricName(metric).unit === 'share' ? [0, 1] : undefined}
        log={log}
        labels
        height={270}
      />
    </Figure>
  );
}

const counts = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

function groupOf(name: string): string {
  const slash = name.indexOf('/');
  return slash < 0 ? 'other' : visible(name.slice(0, slash));
}

function summaryOf(
  series: readonly Series[],
  metric: string,
  by: 'run' | 'experiment',
  hidden: number,
  smoothed: boolean,
): string {
  if (series.length === 0) return 'None of the chosen runs has a value yet.';
  const ranked = [...series].sort((a, b) => b.points.at(-1)!.y - a.points.at(-1)!.y);
  const told = ranked.slice(0, 3).map(({ label, points }) => {
    return `${visible(label)} ${formatMetric(metric, points[0].y)} → ${formatMetric(metric, points.at(-1)!.y)}`;
  });
  const more = ranked.length > 3 ? `; ${ranked.length - 3} more` : '';
  const beyond =
    metricName(metric).unit === 'share' &&
    series.some(({ points }) => points.some(({ low, high }) => (low ?? 0) < 0 || (high ?? 1) > 1));
  const kind =
    by === 'experiment'
      ? ` Band: 95 % interval of the mean over seeds${beyond ? ', where it reaches beyond 0 and 100 % not drawn' : ''}.`
      : '';
  const left =
    hidden > 0
      ? ` ${hidden} ${hidden === 1 ? 'value' : 'values'} of 0 or below cannot be drawn on a logarithmic axis.`
      : '';
  return `First → last${smoothed ? ', smoothed' : ''}: ${told.join('; ')}${more}.${kind}${left}`;
}

function tableOf(series: readonly Series[], x: string, by: 'run' | 'experiment'): Table {
  const smoothed = series.some(({ raw }) => raw !== undefined && raw.length > 0);
  if (by === 'experiment') {
    const means = smoothed ? ['mean, smoothed', 'low, smoothed', 'high, smoothed', 'mean'] : ['mean', 'low', 'high'];
    return {
      columns: ['experiment', x, ...means],
      rows: series.flatMap(({ label, points, raw }) =>
        points.map((p, i) => [label, p.x, p.y, p.low, p.high, ...(smoothed ? [raw![i].y] : [])]),
      ),
    };
  }
  return {
    columns: smoothed ? ['run', x, 'smoothed', 'value'] : ['run', x, 'value'],
    rows: series.flatMap(({ label, points, raw }) =>
      points.map((p, i) => (smoothed ? [label, p.x, p.y, raw![i].y] : [label, p.x, p.y])),
    ),
  };
}
