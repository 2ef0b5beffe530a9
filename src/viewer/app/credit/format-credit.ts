import { readable } from '../../../reports/ticks.ts';

/** What is smaller came of rounding. */
const ROUNDING = 1e-9;
/** From here on two digits behind the point say something. */
const HUNDREDTH = 0.01;

/** Whether a number of credit, of value or of reward is 0 but for rounding. */
export function isNothing(value: number): boolean {
  return Math.abs(value) < ROUNDING;
}

/** An advantage with its sign and two digits behind the point: `+0.21`, `−2.31`; a small one with one digit that is not 0: `+0.004`. */
export function formatCredit(value: number): string {
  if (isNothing(value)) return '0';
  const size = Math.abs(value);
  const sign = value > 0 ? '+' : '−';
  if (size < HUNDREDTH) return `${sign}${oneDigit(size)}`;
  return `${sign}${size < 1000 ? size.toFixed(2) : readable(size)}`;
}

/** A number below 1 as a plain decimal, whatever its size. */
function oneDigit(size: number): string {
  const rounded = Number(size.toPrecision(1));
  return rounded.toFixed(Math.max(0, -Math.floor(Math.log10(rounded) + 1e-9)));
}

/** An amount of reward or value, not signed with plus. */
export function formatAmount(value: number, digits: number): string {
  return isNothing(value) ? '0' : readable(value, digits);
}

/** `up` for credit that raises an action, `down` for credit that lowers it. */
export function creditClass(value: number | null): 'up' | 'down' | undefined {
  if (value === null || isNothing(value)) return undefined;
  return value > 0 ? 'up' : 'down';
}
