import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import type { EpisodeView, GroupView } from '../../api.ts';
import type { Table } from '../charts/csv.ts';
import { Figure } from '../charts/figure.tsx';
import { moved } from '../charts/line-chart.tsx';
import { useWidth } from '../charts/use-width.ts';
import { termColour } from '../credit/credit-bar.tsx';
import { formatCredit } from '../credit/format-credit.ts';
import { creditReach, episodeCredit } from '../credit/rank-steps.ts';
import { oneLine } from '../text/visible.ts';
import { creditTitle, type ShownCredit } from './shown-credit.ts';

interface CreditStripProps {
  readonly view: GroupView;
  readonly episode: EpisodeView;
  readonly shown: readonly ShownCredit[];
  readonly stacked: boolean;
  readonly step: number;
  readonly onStep: (step: number) => void;
}

const LEFT = 46;
const LANE = 62;
const LANE_GAP = 12;
const FOOT = 26;
/** Its title and edges, about. */
const HEAD = 38;

/** How much of the window the strip takes while it stays on top; px. @param lanes algorithms that are shown */
export function stripHeight(lanes: number): number {
  return lanes === 0 ? 0 : HEAD + lanesHeight(lanes) + FOOT;
}

function lanesHeight(lanes: number): number {
  return lanes * (LANE + LANE_GAP) - LANE_GAP;
}

/** Credit over the turns of an episode: a map of it. A click, or the arrow keys, go to a turn. */
export function CreditStrip({ view, episode, shown, stacked, step, onStep }: CreditStripProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const [over, setOver] = useState<number>();
  const count = episode.steps.length;
  const lanes = shown.filter(({ credit }) => credit !== null && episode.firstRow >= 0);
  const height = lanesHeight(lanes.length) + FOOT;
  const slot = (Math.max(0, width - LEFT - 4) || 1) / count;
  const x = (i: number) => LEFT + i * slot;
  const stepAt = (event: PointerEvent<HTMLElement>) => {
    const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
    return Math.max(0, Math.min(count - 1, Math.floor((at - LEFT) / slot)));
  };
  const onKey = (event: KeyboardEvent) => {
    const next = moved(event.key, step, count);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onStep(next);
  };
  const told = (i: number) => {
    const credits = shown.flatMap((one) => {
      const own = episodeCredit(one.credit, episode);
      return own === null ? [] : [lanes.length > 1 ? `${one.name} ${formatCredit(own[i])}` : formatCredit(own[i])];
    });
    const { action, valid, reward } = episode.steps[i];
    const facts = [...credits, ...(valid ? [] : ['invalid']), ...(reward === 0 ? [] : [`reward ${reward}`])];
    return `turn ${i + 1} of ${count}: ${oneLine(action.text, 60)}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
  };
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((n) => n * slot >= 34) ?? 5000;

  return (
    <Figure
      title="Credit over the episode"
      heading={
        <h2>
          Credit over the episode{' '}
          <span className="muted small">
            <span className="key invalid-key">▲</span> invalid action <span className="key reward-key">◆</span> reward
          </span>
        </h2>
      }
      summary={`${count} turns; ${lanes.map((one) => `${creditTitle(one)} from ${range(one, episode)}`).join('; ') || 'no credit'}. A triangle marks an invalid action, a diamond a reward.`}
      quiet
      className="strip"
      table={() => tableOf(view, episode, shown)}
      file={`credit-${episode.id}`}
    >
      <div
        ref={ref}
        className="plot strip-plot"
        role="slider"
        tabIndex={0}
        aria-label="Turn"
        aria-valuemin={1}
        aria-valuemax={count}
        aria-valuenow={step + 1}
        aria-valuetext={told(step)}
        onKeyDown={onKey}
        onPointerMove={(event) => setOver(stepAt(event))}
        onPointerLeave={() => setOver(undefined)}
        onClick={(event) => onStep(stepAt(event as unknown as PointerEvent<HTMLElement>))}
      >
        <svg data-picture className="chart" width={width} height={height} aria-hidden="true">
          {width > 0 && (
            <>
              <rect className="strip-now" data-screen="" x={x(step)} width={slot} y={0} height={height - FOOT + 6} />
              {over !== undefined && (
                <rect className="strip-over" data-screen="" x={x(over)} width={slot} y={0} height={height - FOOT + 6} />
              )}
              {lanes.map((one, lane) => (
                <Lane
                  key={one.name}
                  one={one}
                  episode={episode}
                  stacked={stacked}
                  top={lane * (LANE + LANE_GAP)}
                  x={x}
                  slot={slot}
                  titled={lanes.length > 1}
                  width={width}
                />
              ))}
              <line className="axis" x1={LEFT} x2={width} y1={height - FOOT + 6} y2={height - FOOT + 6} />
              {episode.steps.map(({ valid, reward }, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a turn is its index.
                <g key={i} transform={`translate(${x(i) + slot / 2} ${height - FOOT + 6})`}>
                  {!valid && <path className="invalid-mark" d="M-3.5,0L3.5,0L0,-6Z" />}
                  {reward !== 0 && <path className="reward-mark" d="M0,-4.5L4.5,0L0,4.5L-4.5,0Z" />}
                  {(i + 1) % every === 0 || (i === 0 && every > 1) || i === step ? (
                    <text className={i === step ? 'strip-number now' : 'strip-number'} y={16} textAnchor="middle">
                      {i === step || Math.abs(step - i) * slot > 18 ? i + 1 : ''}
                    </text>
                  ) : null}
                </g>
              ))}
            </>
          )}
        </svg>
        {over !== undefined && (
          <div
            className="tooltip"
            style={x(over) > width / 2 ? { right: width - x(over) + 8 } : { left: x(over) + slot + 8 }}
            aria-hidden="true"
          >
            {told(over)}
          </div>
        )}
      </div>
    </Figure>
  );
}

interface LaneProps {
  readonly one: ShownCredit;
  readonly episode: EpisodeView;
  readonly stacked: boolean;
  readonly top: number;
  readonly x: (i: number) => number;
  readonly slot: number;
  readonly titled: boolean;
  readonly width: number;
}

/** The bars of one algorithm. Each has a range of its own: algorithms differ in what a unit of theirs is. */
function Lane({ one, episode, stacked, top, x, slot, titled, width }: LaneProps) {
  const credit = one.credit!;
  const reach = creditReach(credit, stacked, episode);
  const zero = top + LANE / 2 + 2;
  const scale = (value: number) => (reach > 0 ? (value / reach) * (LANE / 2 - 5) : 0);
  const gap = slot > 4 ? 1 : 0;
  return (
    <g>
      {[1, 0, -1].map((side) => (
        <g key={side} transform={`translate(0 ${zero - scale(side * reach)})`}>
          <line className={side === 0 ? 'zero' : 'grid'} x1={LEFT} x2={width} />
          <text className="tick" x={LEFT - 6} dy="0.32em" textAnchor="end">
            {side === 0 ? '0' : formatCredit(side * reach)}
          </text>
        </g>
      ))}
      {episode.steps.map((_, i) => {
        const row = episode.firstRow + i;
        const place = { x: x(i) + gap / 2, width: Math.max(0.5, slot - gap) };
        if (!stacked) {
          const size = scale(credit.advantages[row]);
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: a turn is its index.
              key={i}
              className={size < 0 ? 'lower' : 'raise'}
              {...place}
              y={Math.min(zero, zero - size)}
              height={Math.abs(size)}
            />
          );
        }
        let [up, down] = [0, 0];
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a turn is its index.
          <g key={i}>
            {credit.terms.map(({ name, values }, t) => {
              const size = scale(values[row] ?? 0);
              const y = size > 0 ? zero - up - size : zero + down;
              if (size > 0) up += size;
              else down -= size;
              return <rect key={name} {...place} y={y} height={Math.abs(size)} style={{ fill: termColour(t) }} />;
            })}
            <line
              className="sum-line"
              x1={place.x}
              x2={place.x + place.width}
              y1={zero - scale(credit.advantages[row])}
              y2={zero - scale(credit.advantages[row])}
            />
          </g>
        );
      })}
      {titled && (
        <text className="lane-title" x={LEFT + 4} y={top + 11}>
          {creditTitle(one)}
        </text>
      )}
    </g>
  );
}

function range({ credit }: ShownCredit, episode: EpisodeView): string {
  const own = episodeCredit(credit, episode)!;
  return `${formatCredit(Math.min(...own))} to ${formatCredit(Math.max(...own))}`;
}

/** Every step of the episode with its credit, terms and quantities. */
function tableOf(view: GroupView, episode: EpisodeView, shown: readonly ShownCredit[]): Table {
  const credits = shown.flatMap(({ name, credit }) =>
    credit === null || episode.firstRow < 0 ? [] : [{ name, credit }],
  );
  const columns = credits.flatMap(({ name, credit }) => [
    { title: `${name}: advantage`, values: credit.advantages as readonly (number | null)[] },
    ...credit.terms.map((term) => ({ title: `${name}: term ${term.name} ${term.symbol}`, values: term.values })),
    ...credit.quantities.map((one) => ({ title: `${name}: ${one.name} ${one.symbol}`, values: one.values })),
  ]);
  return {
    columns: [
      'turn',
      'action',
      'valid',
      'reward',
      'trained with',
      'state visits',
      ...columns.map(({ title }) => title),
    ],
    rows: episode.steps.map((step, i) => [
      i + 1,
      step.action.text,
      step.valid,
      step.reward,
      step.advantage,
      view.graph.nodes[step.node]?.visits,
      ...columns.map(({ values }) => values[episode.firstRow + i]),
    ]),
  };
}
