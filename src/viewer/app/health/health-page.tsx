import { useMemo } from 'react';
import type { RunSummary } from '../../api.ts';
import { Figure } from '../charts/figure.tsx';
import { LineChart } from '../charts/line-chart.tsx';
import { useAnswer } from '../data/use-answer.ts';
import { formatAxis, formatMetric } from '../metrics/metric-names.ts';
import { Failure, Loading } from '../parts/problems.tsx';
import { examine, type Verdict } from './examine.ts';

/** Signs of how a run is doing, each with what is normal and a mark where it is not. */
export function HealthPage({ run }: { readonly run: RunSummary }) {
  const ids = useMemo(() => [run.id], [run.id]);
  const { data, error } = useAnswer('curves', ids);
  const curves = data?.[0];
  const verdicts = useMemo(() => (curves ? examine(run.config, curves) : []), [run.config, curves]);
  if (curves === undefined) {
    if (error) return <Failure error={error} what="The metrics" />;
    return data === undefined ? <Loading what="the metrics" /> : <p className="empty">This run has no metrics.</p>;
  }
  const present = verdicts.filter(({ signal }) => signal !== undefined);
  const absent = verdicts.filter(({ signal }) => signal === undefined);
  const concerning = present.filter(({ concerns }) => concerns.length > 0);
  const undecided = present.filter(({ open }) => open !== undefined).length;
  const fine = present.length - concerning.length - undecided;
  return (
    <section aria-label="Health">
      {curves.iteration.length === 0 ? (
        <p className="empty">There are no metrics yet; they appear with the first iteration.</p>
      ) : (
        <p className={`message ${concerning.length > 0 ? 'warn' : ''} health-summary`}>
          {concerning.length === 0 ? (
            <>
              <b className="succeeded">✓</b> None of the {present.length} signs needs a look
              {undecided > 0 && `: ${fine} ${fine === 1 ? 'is' : 'are'} normal, ${undecided} cannot be told`}.
            </>
          ) : (
            <>
              <b>
                {concerning.length} of {present.length} signs {concerning.length === 1 ? 'needs' : 'need'} a look:
              </b>{' '}
              {concerning.map(({ check }, i) => (
                <span key={check.key}>
                  {i > 0 && ', '}
                  <button type="button" className="link printed" onClick={() => show(check.key)}>
                    {check.title}
                  </button>
                </span>
              ))}
              {`. ${fine === 1 ? '1 is' : `${fine} are`} normal${undecided > 0 ? `, of ${undecided} that cannot be told` : ''}.`}
            </>
          )}
        </p>
      )}
      <div className="health-grid">
        {present.map((verdict) => (
          <Sign key={verdict.check.key} run={run} verdict={verdict} />
        ))}
      </div>
      {absent.length > 0 && (
        <p className="muted small absent">
          Not among the metrics of this run:{' '}
          {absent.map(({ check }, i) => (
            <span key={check.key}>
              {i > 0 && ', '}
              {check.title} (<code>{check.metric}</code>)
            </span>
          ))}
          .
        </p>
      )}
    </section>
  );
}

function show(key: string): void {
  const sign = document.getElementById(`sign-${key}`);
  sign?.scrollIntoView({ block: 'center' });
  sign?.querySelector<HTMLElement>('.plot')?.focus({ preventScroll: true });
}

const MARKS = {
  look: ['⚠', 'look', 'needs a look'],
  open: ['?', 'open', 'cannot be told'],
  fine: ['✓', 'fine', 'normal'],
} as const;

function Sign({ run, verdict }: { readonly run: RunSummary; readonly verdict: Verdict }) {
  const { check, concerns, open } = verdict;
  const [sign, mark, word] = concerns.length > 0 ? MARKS.look : open !== undefined ? MARKS.open : MARKS.fine;
  const signal = verdict.signal!;
  const draw = check.draw ?? ((value: number) => value);
  const points = signal.values.map((value, i) => ({ x: signal.iterations[i], y: draw(value) }));
  const band = check.band?.(run.config);
  const now = points.at(-1)?.y;
  const format = (value: number) => formatMetric(check.metric, value);
  const normal = check.normal(run.config);
  return (
    <div id={`sign-${check.key}`} className={`sign-card ${concerns.length > 0 ? 'concerning' : ''}`}>
      <Figure
        title={check.title}
        heading={
          <h2>
            <span className={`sign-mark ${mark}`} aria-hidden="true">
              {sign}
            </span>{' '}
            {check.title} <span className="sign-now">{now === undefined ? '' : format(now)}</span>
            <span className="only-read">, {word}</span>
          </h2>
        }
        summary={`Normal: ${normal.charAt(0).toLowerCase()}${normal.slice(1)}`}
        table={() => ({
          columns: ['iteration', check.draw === undefined ? check.metric : check.title],
          rows: points.map(({ x, y }) => [x, y]),
        })}
        file={`${run.name}-${check.key}`}
      >
        {concerns.map((concern) => (
          <p key={concern} className="concern">
            {concern}
          </p>
        ))}
        {open !== undefined && <p className="muted small sign-open">{open}</p>}
        {points.length === 0 ? (
          <p className="muted">No value yet.</p>
        ) : (
          <LineChart
            label={check.title}
            series={[{ key: check.key, label: check.title, colour: 'var(--series-1)', points }]}
            xLabel="Iterations"
            formatX={(x) => x.toLocaleString('en')}
            formatY={format}
            formatTickY={(value) => formatAxis(check.metric, value)}
            plainX
            normal={band}
            include={band === undefined || band[1] === 0 ? [0] : []}
            height={128}
          />
        )}
      </Figure>
    </div>
  );
}
