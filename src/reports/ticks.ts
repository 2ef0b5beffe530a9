/**
 * Round numbers within low … high, ascending, at steps of 1, 2 or 5 times a power of ten; about `count` of them.
 * Where low equals high, that number alone.
 *
 * @param least step that is not gone below: 1 for what is counted
 */
export function ticks(low: number, high: number, count = 5, least = 0): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(least, power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10));
  const list: number[] = [];
  // Whole multiples, so that no error adds up.
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) {
    list.push(Number((k * step).toPrecision(12)) + 0);
  }
  return list;
}

/** A number for people: `digits` significant ones but no whole digit lost, a real minus sign, no trailing zeros. */
export function readable(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  const whole = size >= 1 ? Math.floor(Math.log10(size)) + 1 : 1;
  if (whole > 7 || (size !== 0 && size < 1e-4)) return minus(Number(value.toPrecision(digits)).toExponential());
  return minus(String(Number(value.toPrecision(Math.max(digits, whole)))));
}

/** A share 0 … 1 as per cent. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${readable(100 * share, share > 0.9995 ? 4 : 3)} %` : '–';
}

function minus(text: string): string {
  return text.replaceAll('-', '−');
}
