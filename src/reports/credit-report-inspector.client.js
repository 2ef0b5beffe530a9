import { credit } from './credit-report-bar.client.js';
import {
  choose,
  chooseEpisode,
  chosen,
  groups,
  hovered,
  names,
  nodeName,
  onChoice,
  successor,
  summary,
} from './credit-report-choice.client.js';
import { goToStep } from './credit-report-episode.client.js';
import { button, byId, counted, make, readable } from './elements.client.js';

/**
 * @typedef {import('./credit-report-data.ts').StateNode} StateNode
 * @typedef {import('./credit-report-data.ts').StateEdge} StateEdge
 */

/** Keeps the panel beside the graph on what the pointer is on, else on what is chosen, else on the group. */
export function showInspector() {
  onChoice(['group', 'algorithm', 'selection', 'hover'], inspect);
}

function inspect() {
  const { nodes, edges } = groups[chosen.group];
  const over = hovered.node >= 0 || hovered.edge >= 0 ? hovered : chosen;
  const content =
    over.node >= 0
      ? inspectNode(nodes[over.node], over.node)
      : over.edge >= 0
        ? inspectEdge(edges[over.edge])
        : inspectGroup();
  byId('inspector', HTMLElement).replaceChildren(...content);
}

/** @returns {Node[]} */
function inspectGroup() {
  const { group, nodes, edges, episodes } = groups[chosen.group];
  return [
    make('h3', {}, group),
    make('p', {}, `${counted(nodes.length, 'state')}, ${counted(edges.length, 'line')}. Choose one to see it here.`),
    make(
      'ul',
      { class: 'list' },
      ...episodes.map((episode, i) =>
        make(
          'li',
          {},
          button(episode.id, () => chooseEpisode(i)),
          make('span', {}, summary(episode)),
        ),
      ),
    ),
  ];
}

/**
 * @param {StateNode} node
 * @param {number} index
 * @returns {Node[]}
 */
function inspectNode(node, index) {
  const group = groups[chosen.group];
  const algorithm = names[chosen.algorithm] ?? '';
  /** @type {Map<string, { action: string, to: number, count: number, sum: number }>} */
  const ways = new Map();
  /** @type {HTMLLIElement[]} */
  const visits = [];
  group.episodes.forEach((episode, i) => {
    episode.steps.forEach((step, t) => {
      if (step.node !== index) return;
      const advantage = step.advantages[chosen.algorithm];
      const go = button(`${episode.id}, step ${t + 1}`, () => goToStep(i, t));
      visits.push(make('li', {}, go, make('span', {}, readable(advantage))));
      const to = successor(group, episode, t);
      const key = `${to} ${step.action}`;
      const way = ways.get(key) ?? { action: step.action, to, count: 0, sum: 0 };
      way.count++;
      way.sum += advantage ?? 0;
      ways.set(key, way);
    });
  });
  const best = [...ways.values()].sort((a, b) => b.sum / b.count - a.sum / a.count);
  const rows = best.map(({ action, to, count, sum }) =>
    make(
      'tr',
      {},
      make('td', {}, action),
      make('td', { class: 'number' }, to >= 0 && lineButton(index, to)),
      make('td', { class: 'number' }, String(count)),
      ...credit(sum / count),
    ),
  );
  return [
    make('h3', {}, nodeName(node, index)),
    make('div', {}, `${counted(node.visits, 'visit')}, mean return ${readable(node.value)}`),
    make('div', { class: 'text' }, node.text),
    ...(rows.length === 0 ? [] : [creditTable(['Action', 'to', 'taken', algorithm], rows)]),
    ...(visits.length === 0 ? [] : [make('h4', {}, 'Steps taken here'), make('ul', { class: 'list' }, ...visits)]),
  ];
}

/**
 * Chooses the line between two nodes.
 *
 * @param {number} from
 * @param {number} to
 */
function lineButton(from, to) {
  const { nodes, edges } = groups[chosen.group];
  const { terminal } = nodes[to];
  const label = terminal === undefined ? String(to + 1) : terminal === 'success' ? '✓' : '✕';
  const edge = edges.findIndex((line) => line.from === from && line.to === to);
  return button(`→ ${label}`, () => choose({ edge }), { 'aria-label': `Line to ${nodeName(nodes[to], to)}` });
}

/**
 * @param {StateEdge} edge
 * @returns {Node[]}
 */
function inspectEdge({ from, to, count, advantages }) {
  const group = groups[chosen.group];
  const { nodes, episodes } = group;
  const end = (/** @type {number} */ i) =>
    make(
      'li',
      {},
      button(nodeName(nodes[i], i), () => choose({ node: i })),
      make('span', {}, nodes[i].text.slice(0, 80)),
    );
  const actions = new Set(
    episodes.flatMap((episode) =>
      episode.steps
        .filter(({ node }, t) => node === from && successor(group, episode, t) === to)
        .map(({ action }) => action),
    ),
  );
  const rows = names.map((name, a) => make('tr', {}, make('td', {}, name), ...credit(advantages[a], a)));
  return [
    make('h3', {}, counted(count, 'step')),
    make('ul', { class: 'list' }, end(from), end(to)),
    make('h4', {}, 'Actions'),
    make('div', { class: 'text' }, [...actions].join('\n')),
    creditTable(['Algorithm', 'mean advantage'], rows),
  ];
}

/**
 * @param {string[]} heads
 * @param {HTMLTableRowElement[]} rows
 */
function creditTable(heads, rows) {
  const cells = heads.map((head, i) => make('th', { scope: 'col', colspan: i === heads.length - 1 ? 2 : 1 }, head));
  return make('table', {}, make('thead', {}, make('tr', {}, ...cells)), make('tbody', {}, ...rows));
}
