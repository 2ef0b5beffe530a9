import { memo } from 'react';
import type { CreditColumn } from '../../api.ts';

interface CreditBarProps {
  readonly value: number;
  /** The value at the edges. */
  readonly reach: number;
  /** With these, the bar is stacked: what raises to the right, what lowers to the left, and a mark at the sum. */
  readonly terms?: readonly CreditColumn[];
  readonly row?: number;
}

/** Credit as a bar around zero. The number stands beside it. */
export const CreditBar = memo(function CreditBar({ value, reach, terms, row = 0 }: CreditBarProps) {
  const share = (x: number) => (reach > 0 ? Math.min(1, Math.abs(x) / reach) * 50 : 0);
  if (terms === undefined) {
    const width = share(value);
    return (
      <span className="credit-bar" aria-hidden="true">
        <span
          className={value < 0 ? 'lower' : 'raise'}
          style={{ left: `${value < 0 ? 50 - width : 50}%`, width: `${width}%` }}
        />
      </span>
    );
  }
  let [up, down] = [0, 0];
  const parts = terms.map((term, t) => {
    const x = term.values[row] ?? 0;
    const from = x < 0 ? 50 - share(down - x) : 50 + share(up);
    const to = x < 0 ? 50 - share(down) : 50 + share(up + x);
    if (x < 0) down -= x;
    else up += x;
    return { key: term.name, from, to, colour: termColour(t) };
  });
  const sum = 50 + Math.sign(value) * share(value);
  return (
    <span className="credit-bar stacked" aria-hidden="true">
      {parts.map(({ key, from, to, colour }) => (
        <span key={key} style={{ left: `${from}%`, width: `${to - from}%`, background: colour }} />
      ))}
      <span className="sum" style={{ left: `${sum}%` }} />
    </span>
  );
});

const COLOURS = [3, 4, 5, 7, 6, 8];

/** Colour of the term at an index; blue and orange are for the whole. */
export function termColour(index: number): string {
  return `var(--series-${COLOURS[index % COLOURS.length]})`;
}

/** Names the colours of stacked bars. */
export function TermLegend({ terms }: { readonly terms: readonly CreditColumn[] }) {
  return (
    <ul className="legend" aria-label="Terms of the credit">
      {terms.map(({ name, description }, t) => (
        <li key={name} title={description}>
          <span className="swatch" style={{ background: termColour(t) }} />
          {name}
        </li>
      ))}
      <li>
        <span className="sum-sign" /> their sum
      </li>
    </ul>
  );
}
