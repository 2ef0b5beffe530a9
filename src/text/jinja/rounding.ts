/** `round(x, digits)`: to the nearest, of two as near to the even one, judged by the exact value of x. */
export function roundFloat(x: number, digits: number): number {
  if (!Number.isFinite(x)) return x;
  if (digits < 0) {
    const unit = 10 ** Math.min(-digits, 400);
    const quotient = Math.abs(x) / unit;
    const rounded = Number.isFinite(unit) ? roundHalfEven(quotient) * unit : 0;
    return x < 0 ? -rounded : rounded;
  }
  // Floats of this size are whole, and what is smaller than the last of 22 digits has no say.
  if (digits > 22 || Math.abs(x) >= 2 ** 53) return x;
  const [whole, fraction] = Math.abs(x)
    .toFixed(digits + 60)
    .split('.');
  const kept = `${whole}.${fraction.slice(0, digits)}`;
  const rest = fraction.slice(digits);
  const isOdd = /[13579]\.?$/.test(kept);
  const isUp = /^50*$/.test(rest) ? isOdd : rest >= '5';
  const result = isUp ? Number(Math.abs(x).toFixed(digits)) : Number(kept);
  return x < 0 ? -result : result;
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
