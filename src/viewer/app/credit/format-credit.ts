import { readable } from '../../../reports/ticks.ts';

/** An advantage with its sign and two digits behind the point: `+0.21`, `−2.31`; a small one by its first digit. */
export function formatCredit(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size >= 1000 || size < 0.005 ? readable(size, size < 0.005 ? 1 : 3) : size.toFixed(2);
  return `${value > 0 ? '+' : '−'}${text}`;
}

/** `up` for credit that raises an action, `down` for credit that lowers it. */
export function creditClass(value: number | null): string | undefined {
  if (value === null || value === 0) return undefined;
  return value > 0 ? 'up' : 'down';
}
