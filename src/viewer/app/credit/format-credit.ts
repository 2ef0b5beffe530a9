import { readable } from '../../../reports/ticks.ts';

/** An advantage with its sign and two digits behind the point: `+0.21`, `−2.31`; a very small one as `−6e−4`. */
export function formatCredit(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const sign = value > 0 ? '+' : '−';
  if (size < 0.005) return `${sign}${size.toExponential(0).replace('-', '−')}`;
  return `${sign}${size < 1000 ? size.toFixed(2) : readable(size)}`;
}

/** `up` for credit that raises an action, `down` for credit that lowers it. */
export function creditClass(value: number | null): string | undefined {
  if (value === null || value === 0) return undefined;
  return value > 0 ? 'up' : 'down';
}
