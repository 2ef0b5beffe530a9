import { byId, counted } from './elements.client.js';

/**
 * The data of the page and what its reader has chosen in it. A part of the page listens to the choices it shows.
 *
 * @typedef {import('./credit-report-data.ts').CreditReportPayload} Payload
 * @typedef {import('./credit-report-data.ts').EpisodeDetail} Episode
 * @typedef {import('./credit-report-data.ts').StateNode} StateNode
 * @typedef {import('./credit-report-data.ts').StateEdge} StateEdge
 * @typedef {'group' | 'algorithm' | 'episode' | 'selection' | 'hover'} Choice
 */

/** @type {Payload} */
export const { report, layouts } = JSON.parse(byId('data', HTMLElement).textContent ?? '');
export const { groups } = report;
export const names = report.algorithms.map(({ name }) => name);

/** What is chosen; −1 is none. */
export const chosen = {
  group: 0,
  /** Algorithm that colours the lines of the graph. */
  algorithm: 0,
  /** Episode whose path is marked in the graph. */
  path: -1,
  /** Episode in the table. */
  episode: 0,
  node: -1,
  edge: -1,
};
/** What the pointer or the focus is on; it goes before what is chosen. */
export const hovered = { node: -1, edge: -1 };

/** @type {Record<Choice, (() => void)[]>} */
const listeners = { group: [], algorithm: [], episode: [], selection: [], hover: [] };

/**
 * @param {Choice[]} choices
 * @param {() => void} listener
 */
export function onChoice(choices, listener) {
  for (const choice of choices) listeners[choice].push(listener);
}

/** @param {Choice} choice */
function tell(choice) {
  for (const listener of listeners[choice]) listener();
}

/** @param {number} group */
export function chooseGroup(group) {
  Object.assign(chosen, { group, path: -1, episode: 0, node: -1, edge: -1 });
  Object.assign(hovered, { node: -1, edge: -1 });
  tell('group');
}

/** @param {number} algorithm */
export function chooseAlgorithm(algorithm) {
  chosen.algorithm = algorithm;
  tell('algorithm');
}

/**
 * An episode for the table, whose path the graph shows; with −1 the graph shows none and the table stays.
 *
 * @param {number} episode
 */
export function chooseEpisode(episode) {
  chosen.path = episode;
  if (episode >= 0) chosen.episode = episode;
  tell('episode');
}

/**
 * A node or a line of the graph, or nothing; what is chosen already is let go.
 *
 * @param {{ node?: number, edge?: number }} what
 */
export function choose({ node = -1, edge = -1 }) {
  const same = node === chosen.node && edge === chosen.edge;
  chosen.node = same ? -1 : node;
  chosen.edge = same ? -1 : edge;
  tell('selection');
}

/** @param {{ node?: number, edge?: number }} what */
export function hover({ node = -1, edge = -1 }) {
  Object.assign(hovered, { node, edge });
  tell('hover');
}

/**
 * In standard deviations of the algorithm over the file; undefined where there is no number or the column is constant.
 *
 * @param {number | null} advantage
 * @param {number} algorithm
 */
export function normalized(advantage, algorithm) {
  const { std } = report.distributions[algorithm];
  return advantage === null || !(std > 0) ? undefined : advantage / std;
}

/**
 * @param {StateNode} node
 * @param {number} index
 */
export function nodeName(node, index) {
  return node.terminal === undefined ? `State ${index + 1}` : `The end: ${node.terminal}`;
}

/** @param {Episode} episode */
export function summary(episode) {
  return `${outcome(episode)}, ${counted(episode.steps.length, 'step')}`;
}

/** @param {Episode} episode */
function outcome({ success, truncated }) {
  return success ? 'success' : truncated ? 'cut by the limit' : 'failure';
}

/**
 * The node that step t led to; −1 where the graph does not say.
 *
 * @param {import('./credit-report-data.ts').GroupDetail} group
 * @param {Episode} episode
 * @param {number} t
 */
export function successor({ nodes, edges }, { steps, success }, t) {
  if (t + 1 < steps.length) return steps[t + 1].node;
  const end = nodes.findIndex(({ terminal }) => terminal === (success ? 'success' : 'failure'));
  return edges.some(({ from, to }) => from === steps[t].node && to === end) ? end : -1;
}
