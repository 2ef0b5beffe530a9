import { chosen, normalized } from './credit-report-choice.client.js';
import { make, readable } from './elements.client.js';

/** Standard deviations at which a bar is full. */
const FULL_BAR = 3;

/**
 * @param {number | null} advantage
 * @param {number} algorithm
 */
export function bar(advantage, algorithm) {
  const value = normalized(advantage, algorithm);
  const frame = make('div', { class: 'diverging' });
  if (value === undefined || value === 0) return frame;
  const length = 50 * Math.min(1, Math.abs(value) / FULL_BAR);
  const cut = Math.abs(value) > FULL_BAR * 1.0001;
  const fill = make('i', { class: `${value > 0 ? 'up' : 'down'}${cut ? ' cut' : ''}` });
  fill.style.setProperty('--from', `${value > 0 ? 50 : 50 - length}%`);
  fill.style.setProperty('--length', `${length}%`);
  frame.append(fill);
  return frame;
}

/**
 * The cells with the number and its bar.
 *
 * @param {number | null} advantage
 * @param {number} [algorithm]
 */
export function credit(advantage, algorithm = chosen.algorithm) {
  return [make('td', { class: 'number' }, readable(advantage)), make('td', { width: 52 }, bar(advantage, algorithm))];
}

/** @param {string} name */
export function columnHead(name) {
  return make('th', { scope: 'col', class: 'algorithm' }, make('span', {}, name));
}
