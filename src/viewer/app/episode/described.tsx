import { FormulaSymbol } from './formula-symbol.tsx';

/** A sentence in which symbols of formulas may stand: `r_t + γ·V̄(s_{t+1}) − V̄(s_t); reward units.` */
export function Described({ text }: { readonly text: string }) {
  let at = 0;
  return text.split(/(\s+)/).map((word) => {
    const key = at++;
    // A subscript or superscript makes a word a symbol; its punctuation is the sentence's.
    const symbol = /^(.*[_^].*?)([.,;:]*)$/.exec(word);
    if (symbol === null) return word;
    return (
      <span key={key}>
        <FormulaSymbol text={symbol[1]} />
        {symbol[2]}
      </span>
    );
  });
}
