import type { AlgorithmInfo, RunSummary } from '../../api.ts';
import { TermLegend } from '../credit/credit-bar.tsx';
import { useAnswer } from '../data/use-answer.ts';
import { useParameters } from '../routing/use-route.tsx';
import { visible } from '../text/visible.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { creditTitle, type ShownCredit } from './shown-credit.ts';

interface AlgorithmChoiceProps {
  readonly run: RunSummary;
  readonly shown: readonly ShownCredit[];
  readonly stacked: boolean;
  /** The turn that is seen, from 0. */
  readonly step: number;
}

/** Whose credit is shown, next to whose, and whether by terms. */
export function AlgorithmChoice({ run, shown, stacked, step }: AlgorithmChoiceProps) {
  const [parameters, change] = useParameters();
  const { data: algorithms = [] } = useAnswer('algorithms', null);
  return (
    <section className="algorithm-choice" aria-label="Credit shown">
      <div className="controls screen">
        {/* Another algorithm has another worst step; whoever compares them stays with the turn at hand. */}
        <AlgorithmSelect run={run} with={{ step: String(step + 1) }} />
        <label className="field">
          <span>beside</span>
          <select
            value={parameters['compare'] ?? ''}
            onChange={({ target }) => change({ compare: target.value || undefined })}
          >
            <option value="">nothing</option>
            {parameters['algorithm'] !== undefined && <option value={run.algorithm}>{visible(run.algorithm)}</option>}
            <Options algorithms={algorithms.filter(({ name }) => name !== run.algorithm)} />
          </select>
        </label>
        <label className="check">
          <input
            type="checkbox"
            checked={stacked}
            onChange={({ target }) => change({ terms: target.checked ? 'yes' : undefined })}
          />
          Bars by terms
        </label>
      </div>
      {shown.map((one) => (
        <div key={one.name} className="small muted shown-credit">
          {one.credit ? (
            <>
              <p>
                <b>{creditTitle(one)}</b>: <VisibleText text={one.credit.description} />
              </p>
              {stacked && <TermLegend terms={one.credit.terms} />}
            </>
          ) : (
            <p className="warn-ink">
              <b>{one.name}</b> gives no credit here. <VisibleText text={one.problem ?? ''} />
            </p>
          )}
        </div>
      ))}
    </section>
  );
}

interface AlgorithmSelectProps {
  readonly run: RunSummary;
  /** What else of the address is settled by the choice. */
  readonly with?: Readonly<Record<string, string>>;
}

/** Chooses by which algorithm credit is given; the choice is in the address. */
export function AlgorithmSelect({ run, with: settled = {} }: AlgorithmSelectProps) {
  const [parameters, change] = useParameters();
  const { data: algorithms = [] } = useAnswer('algorithms', null);
  return (
    <label className="field">
      <span>Credit by</span>
      <select
        value={parameters['algorithm'] ?? ''}
        onChange={({ target }) => change({ ...settled, algorithm: target.value || undefined })}
      >
        <option value="">{visible(run.algorithm)}, as trained</option>
        <Options algorithms={algorithms.filter(({ name }) => name !== run.algorithm)} />
      </select>
    </label>
  );
}

function Options({ algorithms }: { readonly algorithms: readonly AlgorithmInfo[] }) {
  return algorithms.map(({ name, needsValues }) => (
    <option key={name} value={name}>
      {visible(name)}
      {needsValues ? ' (needs a critic)' : ''}
    </option>
  ));
}
