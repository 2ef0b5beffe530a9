import { bar, columnHead } from './credit-report-bar.client.js';
import {
  choose,
  chooseEpisode,
  chosen,
  groups,
  names,
  normalized,
  onChoice,
  summary,
} from './credit-report-choice.client.js';
import { button, byId, fillSelect, make, readable } from './elements.client.js';

/** Per algorithm: whether the table has its column. */
const shown = names.map(() => true);

/** Keeps the table on the chosen episode. */
export function showEpisode() {
  const select = byId('episode', HTMLSelectElement);
  select.addEventListener('change', () => chooseEpisode(Number(select.value)));
  const step = (/** @type {number} */ by) => () => {
    const { length } = groups[chosen.group].episodes;
    chooseEpisode((chosen.episode + by + length) % length);
  };
  byId('previous', HTMLElement).addEventListener('click', step(-1));
  byId('next', HTMLElement).addEventListener('click', step(1));
  drawChoice();
  onChoice(['group'], () => {
    const { episodes } = groups[chosen.group];
    fillSelect(
      select,
      episodes.map((episode, i) => [i, `${episode.id} – ${summary(episode)}`]),
      0,
    );
  });
  onChoice(['group', 'episode'], drawSteps);
  onChoice(['episode'], () => {
    select.value = String(chosen.episode);
  });
  onChoice(['selection'], markSteps);
}

function drawChoice() {
  const all = (/** @type {boolean} */ on) => () => {
    shown.fill(on);
    drawChoice();
    drawSteps();
  };
  byId('choice', HTMLElement).replaceChildren(
    make('legend', {}, 'Algorithms shown'),
    ...names.map((name, a) => {
      const change = () => {
        shown[a] = !shown[a];
        drawSteps();
      };
      return make('label', {}, make('input', { type: 'checkbox', checked: shown[a], change }), name);
    }),
    button('all', all(true)),
    button('none', all(false)),
  );
}

function drawSteps() {
  const { nodes, episodes } = groups[chosen.group];
  const episode = episodes[chosen.episode];
  const table = byId('steps', HTMLTableElement);
  if (episode === undefined) return table.replaceChildren();
  const columns = names.map((_, a) => a).filter((a) => shown[a]);
  const result = byId('outcome', HTMLElement);
  result.className = `outcome ${episode.success ? 'success' : 'failure'}`;
  result.textContent = `${summary(episode)}, reward ${readable(episode.reward)}`;

  const heads = [
    make('th', { scope: 'col' }, '#'),
    make('th', { scope: 'col', class: 'seen' }, 'Observation'),
    make('th', { scope: 'col' }, 'Action'),
    make('th', { scope: 'col', class: 'number' }, 'Reward'),
    make('th', { scope: 'col', title: 'Shown algorithms that raise and lower the step' }, '+/−'),
    ...columns.map((a) => columnHead(names[a])),
  ];
  const rows = episode.steps.map((step, t) => {
    const number = button(String(t + 1), () => choose({ node: step.node }), {
      class: 'step',
      title: `State ${step.node + 1}: show in the graph`,
    });
    const raise = columns.filter((a) => step.advantages[a] > 1e-9).length;
    const lower = columns.filter((a) => step.advantages[a] < -1e-9).length;
    const apart = raise > 0 && lower > 0;
    return make(
      'tr',
      { 'data-node': step.node },
      make('th', { scope: 'row' }, number),
      make('td', { class: 'seen' }, make('div', { class: 'text' }, step.observation ?? nodes[step.node].text)),
      make(
        'td',
        { class: 'action' },
        step.action,
        !step.valid && ' ',
        !step.valid && make('span', { class: 'invalid' }, 'invalid'),
      ),
      make('td', { class: 'number' }, readable(step.reward)),
      make('td', { class: apart ? 'split apart' : 'split' }, `${raise}/${lower}`),
      ...columns.map((a) => {
        const advantage = step.advantages[a];
        const value = normalized(advantage, a);
        const title = `${names[a]}: ${readable(advantage, 6)}${value === undefined ? '' : `, ${readable(value)} standard deviations`}`;
        return make('td', { class: 'bar', title }, bar(advantage, a), readable(advantage, 2));
      }),
    );
  });
  const caption = make('caption', { class: 'hidden' }, `Steps of episode ${episode.id}`);
  table.replaceChildren(caption, make('thead', {}, make('tr', {}, ...heads)), make('tbody', {}, ...rows));
  for (const text of table.querySelectorAll('.text')) {
    if (text.scrollHeight > text.clientHeight + 2) text.after(moreButton(text));
  }
  markSteps();
}

/** @param {Element} text */
function moreButton(text) {
  const more = button(
    'more',
    () => {
      const open = text.classList.toggle('open');
      more.textContent = open ? 'less' : 'more';
      more.setAttribute('aria-expanded', String(open));
    },
    { class: 'more', 'aria-expanded': 'false' },
  );
  return more;
}

/** Marks the steps in the table that were taken in the chosen state. */
function markSteps() {
  for (const row of byId('steps', HTMLTableElement).querySelectorAll('tr[data-node]')) {
    const marked = chosen.node >= 0 && row.getAttribute('data-node') === String(chosen.node);
    row.classList.toggle('chosen', marked);
    if (marked) row.setAttribute('aria-current', 'true');
    else row.removeAttribute('aria-current');
  }
}

/**
 * @param {number} episode
 * @param {number} step
 */
export function goToStep(episode, step) {
  chooseEpisode(episode);
  const row = byId('steps', HTMLTableElement).tBodies[0].rows[step];
  row.scrollIntoView({ block: 'center' });
  row.querySelector('button')?.focus({ preventScroll: true });
}
