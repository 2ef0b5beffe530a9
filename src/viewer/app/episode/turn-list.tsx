import { memo } from 'react';
import { readable } from '../../../reports/ticks.ts';
import type { EpisodeView, GroupView, StepView } from '../../api.ts';
import { CreditBar } from '../credit/credit-bar.tsx';
import { creditClass, formatCredit } from '../credit/format-credit.ts';
import { creditReach } from '../credit/rank-steps.ts';
import { formatRoute } from '../routing/route.ts';
import { currentRoute } from '../routing/use-route.tsx';
import { oneLine } from '../text/visible.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { creditTitle, type ShownCredit } from './shown-credit.ts';

interface TurnListProps {
  readonly view: GroupView;
  readonly episode: EpisodeView;
  readonly shown: readonly ShownCredit[];
  readonly stacked: boolean;
  readonly step: number;
  readonly onStep: (step: number) => void;
}

/** All turns of an episode, a line each: what was seen, what was done, what credit it got. */
export function TurnList({ episode, shown, stacked, step, onStep }: TurnListProps) {
  const credited = shown.filter(({ credit }) => credit !== null && episode.firstRow >= 0);
  const reaches = credited.map(({ credit }) => creditReach(credit!, stacked, episode));
  return (
    <section className={`turn-list panel${credited.length > 1 ? ' two' : ''}`} aria-label="Turns">
      <table>
        <thead>
          <tr>
            <th scope="col" className="number">
              Turn
            </th>
            <th scope="col">Seen, and done</th>
            <th scope="col" className="number">
              Reward
            </th>
            {credited.map((one) => (
              <th key={one.name} scope="col" colSpan={2} className="credit-head">
                {credited.length > 1 ? creditTitle(one) : 'Credit'}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {episode.steps.map((one, i) => (
            <Turn
              // biome-ignore lint/suspicious/noArrayIndexKey: a turn is its index.
              key={i}
              step={one}
              index={i}
              chosen={i === step}
              credited={credited}
              row={episode.firstRow + i}
              reaches={reaches.join(' ')}
              stacked={stacked}
              onStep={onStep}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface TurnProps {
  readonly step: StepView;
  readonly index: number;
  readonly chosen: boolean;
  readonly credited: readonly ShownCredit[];
  readonly row: number;
  readonly reaches: string;
  readonly stacked: boolean;
  readonly onStep: (step: number) => void;
}

/** Drawn again only when something of it changed: an episode may have thousands of turns. */
const Turn = memo(
  function Turn({ step, index, chosen, credited, row, reaches, stacked, onStep }: TurnProps) {
    const { place, parameters } = currentRoute();
    const values = credited.map(({ credit }) => credit!.advantages[row]);
    const split = values.length === 2 && values[0] * values[1] < 0;
    return (
      <tr id={`turn-${index}`} className={chosen ? 'chosen' : undefined}>
        <td className="number turn-number">{index + 1}</td>
        <td className="turn-text">
          <span className="turn-seen">
            <VisibleText text={oneLine(step.observation.text, 140)} />
          </span>
          <a
            href={formatRoute(place, { ...parameters, step: String(index + 1) })}
            aria-current={chosen ? 'step' : undefined}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              onStep(index);
            }}
          >
            <VisibleText text={oneLine(step.action.text, 100) || '(nothing)'} />
          </a>
          {!step.valid && <span className="invalid">invalid</span>}
          {step.stopped === false && (
            <span className="invalid" title="The response hit its token limit">
              cut
            </span>
          )}
        </td>
        <td className="number">{step.reward === 0 ? <span className="muted">0</span> : readable(step.reward)}</td>
        {credited.map(({ name, credit }, c) => (
          <CreditCells
            key={name}
            value={values[c]}
            reach={Number(reaches.split(' ')[c])}
            terms={stacked ? credit!.terms : undefined}
            row={row}
            split={split}
          />
        ))}
      </tr>
    );
  },
  (a, b) =>
    a.step === b.step &&
    a.chosen === b.chosen &&
    a.row === b.row &&
    a.reaches === b.reaches &&
    a.stacked === b.stacked &&
    a.credited.length === b.credited.length &&
    a.credited.every(({ credit }, c) => credit === b.credited[c].credit),
);

interface CreditCellsProps {
  readonly value: number;
  readonly reach: number;
  readonly terms: Parameters<typeof CreditBar>[0]['terms'];
  readonly row: number;
  /** The two algorithms disagree on the sign. */
  readonly split: boolean;
}

function CreditCells({ value, reach, terms, row, split }: CreditCellsProps) {
  return (
    <>
      <td className="bar-cell">
        <CreditBar value={value} reach={reach} terms={terms} row={row} />
      </td>
      <td className={`number credit-number ${creditClass(value) ?? ''} ${split ? 'split' : ''}`}>
        {formatCredit(value)}
        {split && <span className="only-read">, the two disagree on the sign</span>}
      </td>
    </>
  );
}
