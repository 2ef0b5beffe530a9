import { visible } from '../text/visible.ts';

/** A symbol of a formula, with what follows `_` and `^` set low and high: `V̄(s_{t+1})`, `mean^E`. */
export function FormulaSymbol({ text }: { readonly text: string }) {
  const parts = visible(text).split(/([_^](?:\{[^{}]*\}|[^\s()/·,{}^_−+]+))/);
  let at = 0;
  return (
    <span className="symbol">
      {parts.map((part) => {
        const key = at++;
        if (key % 2 === 0) return part;
        const inner = part.slice(1).replace(/^\{|\}$/g, '');
        return part.startsWith('_') ? <sub key={key}>{inner}</sub> : <sup key={key}>{inner}</sup>;
      })}
    </span>
  );
}
