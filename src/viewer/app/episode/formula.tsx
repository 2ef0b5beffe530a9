import type { CreditColumn, CreditView } from '../../api.ts';
import { CreditBar, termColour } from '../credit/credit-bar.tsx';
import { creditClass, formatAmount, formatCredit } from '../credit/format-credit.ts';
import { creditReach } from '../credit/rank-steps.ts';
import { visible } from '../text/visible.ts';
import { Described } from './described.tsx';
import { FormulaSymbol } from './formula-symbol.tsx';

interface FormulaProps {
  readonly credit: CreditView;
  readonly row: number;
  readonly title: string | undefined;
}

/** How the number of one step came about: the sum of its terms, and what they were computed from. */
export function Formula({ credit, row, title }: FormulaProps) {
  const { terms, quantities, advantages } = credit;
  const reach = creditReach(credit, true);
  const options = Object.entries(credit.options);
  return (
    <section className="formula" aria-label={`How the credit came about${title ? `: ${title}` : ''}`}>
      <h3>How the credit came about {title && <span className="muted">– {title}</span>}</h3>
      <table className="terms">
        <thead className="only-read">
          <tr>
            <th scope="col">Term</th>
            <th scope="col">Bar</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {terms.map((term, t) => (
            <tr key={term.name}>
              <th scope="row">
                <span className="swatch" style={{ background: termColour(t) }} />
                <span className="term-name">{visible(term.name)}</span> <FormulaSymbol text={term.symbol} />
                <p className="muted small">
                  <Described text={visible(term.description)} />
                </p>
              </th>
              <td className="bar-cell">
                <CreditBar value={term.values[row] ?? 0} reach={reach} />
              </td>
              <td className="number">{shown(term, row, true)}</td>
            </tr>
          ))}
          <tr className="sum-row">
            <th scope="row">Credit, their sum</th>
            <td className="bar-cell">
              <CreditBar value={advantages[row]} reach={reach} />
            </td>
            <td className={`number ${creditClass(advantages[row]) ?? ''}`}>{formatCredit(advantages[row])}</td>
          </tr>
        </tbody>
      </table>
      {quantities.length > 0 && (
        <table className="quantities">
          <caption>Computed from</caption>
          <thead className="only-read">
            <tr>
              <th scope="col">Symbol</th>
              <th scope="col">Value</th>
              <th scope="col">What it is</th>
            </tr>
          </thead>
          <tbody>
            {quantities.map((quantity) => (
              <tr key={quantity.name}>
                <th scope="row">
                  <FormulaSymbol text={quantity.symbol} />
                </th>
                <td className="number">{shown(quantity, row, false)}</td>
                <td>
                  {visible(quantity.name)}{' '}
                  <span className="muted">
                    – <Described text={visible(quantity.description)} />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {options.length > 0 && (
        <p className="muted small options">
          With{' '}
          {options.map(([name, value], i) => (
            <span key={name}>
              {i > 0 && ', '}
              <code>
                {visible(name)} {visible(String(value))}
              </code>
            </span>
          ))}
        </p>
      )}
    </section>
  );
}

function shown({ values }: CreditColumn, row: number, signed: boolean): string {
  const value = values[row];
  if (value === null || value === undefined) return '–';
  return signed ? formatCredit(value) : formatAmount(value, 4);
}
