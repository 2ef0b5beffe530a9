import { columnHead } from './credit-report-bar.client.js';
import { names, report } from './credit-report-choice.client.js';
import { byId, make, readable } from './elements.client.js';

const MEASURES = {
  pearson: '1: the advantages are the same up to scale. 0: they have nothing to do with each other. −1: opposite.',
  spearman: 'As Pearson, of the ranks: 1 when two algorithms put the steps in the same order, however far apart.',
  sign: 'Share of the steps that both raise, both lower or both leave alone. Colour tells it from one half.',
};

/** @type {keyof typeof MEASURES} */
let measure = 'pearson';

/** Fills the matrix, and again whenever another measure is chosen. */
export function showAgreement() {
  for (const key of byId('measures', HTMLElement).querySelectorAll('button')) {
    key.addEventListener('click', () => {
      measure = /** @type {typeof measure} */ (key.value);
      drawMatrix();
    });
  }
  drawMatrix();
}

function drawMatrix() {
  const matrix = report.agreement[measure];
  const head = make('tr', {}, make('td', {}), ...names.map((name) => columnHead(name)));
  const rows = matrix.map((row, i) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row' }, names[i]),
      ...row.map((value, j) => {
        const cell = make('td', { title: `${names[i]} and ${names[j]}: ${readable(value, 4)}` });
        cell.textContent = value === null ? '' : (value === 0 ? 0 : value).toFixed(2).replace('-', '−');
        const strength = value === null ? 0 : measure === 'sign' ? 2 * value - 1 : value;
        cell.classList.add(strength < 0 ? 'down' : 'up');
        if (i === j) cell.classList.add('same');
        else cell.style.setProperty('--share', Math.min(1, Math.abs(strength)).toFixed(3));
        return cell;
      }),
    ),
  );
  const caption = make('caption', { class: 'hidden' }, 'Agreement between algorithms');
  byId('matrix', HTMLTableElement).replaceChildren(caption, make('thead', {}, head), make('tbody', {}, ...rows));
  byId('measure-note', HTMLElement).textContent = `${MEASURES[measure]} ${extremes(matrix)}`;
  for (const key of byId('measures', HTMLElement).querySelectorAll('button')) {
    key.setAttribute('aria-pressed', String(key.value === measure));
  }
}

/** @param {(number | null)[][]} matrix */
function extremes(matrix) {
  /** @type {{ value: number, pair: string }[]} */
  const pairs = [];
  for (let i = 0; i < matrix.length; i++) {
    for (let j = 0; j < i; j++) {
      const value = matrix[i][j];
      if (value !== null) pairs.push({ value, pair: `${names[j]} and ${names[i]}` });
    }
  }
  if (pairs.length < 2) return '';
  pairs.sort((a, b) => b.value - a.value);
  const [most, least] = [pairs[0], pairs[pairs.length - 1]];
  return `Closest: ${most.pair} (${readable(most.value)}); farthest: ${least.pair} (${readable(least.value)}).`;
}
