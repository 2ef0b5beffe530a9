import {
  choose,
  chooseAlgorithm,
  chooseEpisode,
  chooseGroup,
  chosen,
  groups,
  hover,
  layouts,
  names,
  nodeName,
  normalized,
  onChoice,
  successor,
  summary,
} from './credit-report-choice.client.js';
import { bringIntoView, graphSvg, move, placeGraph, showView, zoom } from './credit-report-view.client.js';
import { byId, counted, draw, fillSelect, make, readable } from './elements.client.js';

/** Standard deviations at which a line has its full colour. */
const FULL_COLOUR = 2;

/** @type {SVGGElement[]} */
let nodeShapes = [];
/** @type {SVGGElement[]} */
let edgeShapes = [];
const orders = draw('g', { class: 'orders' });

/** Keeps the graph on the chosen group, and its colours and marks on the other choices. */
export function showGraph() {
  showView();
  const onSelect = (/** @type {string} */ id, /** @type {(value: number) => void} */ then) => {
    const select = byId(id, HTMLSelectElement);
    select.addEventListener('change', () => then(Number(select.value)));
    return select;
  };
  fillSelect(
    onSelect('group', chooseGroup),
    groups.map(({ group }, i) => [i, group]),
    0,
  );
  fillSelect(onSelect('colouring', chooseAlgorithm), [...names.entries()], 0);
  const path = onSelect('path', chooseEpisode);
  graphSvg.addEventListener('keydown', onGraphKey);
  onChoice(['group'], () => {
    const { episodes } = groups[chosen.group];
    fillSelect(
      path,
      [[-1, 'no episode'], ...episodes.map((e, i) => /** @type {const} */ ([i, `${e.id} – ${summary(e)}`]))],
      -1,
    );
    drawGraph();
  });
  onChoice(['algorithm'], paintEdges);
  onChoice(['selection'], paintSelection);
  onChoice(['episode'], () => {
    path.value = String(chosen.path);
    paintPath();
  });
}

function drawGraph() {
  const group = groups[chosen.group];
  const layout = layouts[chosen.group];
  const values = group.nodes.filter((node) => node.terminal === undefined).map(({ value }) => value);
  const finite = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];

  edgeShapes = group.edges.map((_, e) => {
    const { path, head, width } = layout.edges[e];
    return draw(
      'g',
      {
        class: 'edge',
        click: () => choose({ edge: e }),
        pointerenter: () => hover({ edge: e }),
        pointerleave: () => hover({}),
      },
      draw('path', { class: 'catch', d: path }),
      draw('path', { class: 'line', d: path, 'stroke-width': width }),
      draw('path', { class: 'head', d: head }),
    );
  });
  nodeShapes = group.nodes.map((node, i) => {
    const { x, y, radius, caption, captionAt } = layout.nodes[i];
    const disc = draw('circle', { class: 'disc', r: radius });
    const share = high > low ? (node.value - low) / (high - low) : 1;
    disc.style.setProperty('--share', Math.min(1, Math.max(0, share)).toFixed(3));
    const label = `${nodeName(node, i)}: ${node.text.slice(0, 120)}, ${counted(node.visits, 'visit')}, value ${readable(node.value)}`;
    return draw(
      'g',
      {
        class: `node ${node.terminal ?? ''}${node.value === null ? ' unknown' : ''}`,
        transform: `translate(${x} ${y})`,
        role: 'button',
        tabindex: -1,
        'aria-label': label,
        click: () => choose({ node: i }),
        focus: () => hover({ node: i }),
        blur: () => hover({}),
        pointerenter: () => hover({ node: i }),
        pointerleave: () => hover({}),
      },
      draw('circle', { class: 'ring', r: radius + 3.5 }),
      disc,
      node.terminal && draw('text', { class: 'sign', y: 4 }, node.terminal === 'success' ? '✓' : '✕'),
      ...caption.map((line, k) =>
        draw(
          'text',
          { class: 'caption', x: captionAt.x, y: captionAt.y + 11 * k, 'text-anchor': captionAt.anchor },
          line,
        ),
      ),
    );
  });
  const edgeLayer = draw('g', {}, ...edgeShapes);
  graphSvg.replaceChildren(edgeLayer, draw('g', {}, ...nodeShapes), orders);
  graphSvg.setAttribute(
    'aria-label',
    `Graph of ${counted(group.nodes.length, 'state')} and ${counted(group.edges.length, 'line')}`,
  );
  nodeShapes[0]?.setAttribute('tabindex', '0');
  drawLegend(low, high);
  placeGraph(true);
  paintEdges();
  paintPath();
}

/**
 * @param {number} low
 * @param {number} high
 */
function drawLegend(low, high) {
  const scale = (/** @type {string} */ from, /** @type {string} */ kind, /** @type {string} */ to) =>
    make('span', { class: 'scale' }, from, make('span', { class: `ramp ${kind}` }), to);
  byId('legend', HTMLElement).replaceChildren(
    scale(`discs: return ${low <= high ? readable(low) : '–'}`, 'values', low <= high ? readable(high) : '–'),
    scale(`lines: mean advantage −${FULL_COLOUR}`, 'credits', `+${FULL_COLOUR} standard deviations`),
    make('span', { class: 'scale' }, make('span', { class: 'dot success' }), 'success'),
    make('span', { class: 'scale' }, make('span', { class: 'dot failure' }), 'failure'),
  );
}

function paintEdges() {
  groups[chosen.group].edges.forEach(({ advantages }, e) => {
    const value = names.length === 0 ? undefined : normalized(advantages[chosen.algorithm], chosen.algorithm);
    const shape = edgeShapes[e];
    shape.classList.toggle('unknown', value === undefined);
    shape.classList.toggle('up', value !== undefined && value >= 0);
    shape.classList.toggle('down', value !== undefined && value < 0);
    shape.style.setProperty('--share', Math.min(1, Math.abs(value ?? 0) / FULL_COLOUR).toFixed(3));
  });
}

/** Marks the way of the chosen episode and numbers its states by the step that first came to them. */
function paintPath() {
  const { nodes, edges, episodes } = groups[chosen.group];
  const episode = episodes[chosen.path];
  const steps = episode?.steps ?? [];
  /** @type {Map<number, number>} */
  const first = new Map();
  steps.forEach(({ node }, t) => first.has(node) || first.set(node, t + 1));
  const next = steps.map((_, t) => successor(groups[chosen.group], episode, t));
  const walked = new Set(steps.map(({ node }, t) => `${node}>${next[t]}`));
  edges.forEach(({ from, to }, e) => edgeShapes[e].classList.toggle('walked', walked.has(`${from}>${to}`)));
  nodes.forEach((_, i) => nodeShapes[i].classList.toggle('walked', first.has(i) || i === next[next.length - 1]));
  graphSvg.classList.toggle('walked', episode !== undefined);
  orders.replaceChildren(
    ...[...first].map(([node, step]) => {
      const { x, y, radius, captionAt } = layouts[chosen.group].nodes[node];
      const side = captionAt.anchor === 'start' ? -1 : 1;
      const place = `translate(${x + side * (radius * 0.75 + 3)} ${y - radius * 0.75 - 3})`;
      const disc = draw('circle', { class: 'order-disc', r: 7.5 });
      return draw('g', { transform: place }, disc, draw('text', { class: 'order', y: 3.2 }, String(step)));
    }),
  );
}

function paintSelection() {
  nodeShapes.forEach((shape, i) => {
    shape.classList.toggle('chosen', i === chosen.node);
    shape.setAttribute('aria-pressed', String(i === chosen.node));
  });
  edgeShapes.forEach((shape, e) => shape.classList.toggle('chosen', e === chosen.edge));
}

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {KeyboardEvent} event */
function onGraphKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = ARROWS[event.key];
  const focused = nodeShapes.indexOf(/** @type {SVGGElement} */ (document.activeElement));
  if (arrow !== undefined && event.shiftKey) move(80 * arrow[0], 80 * arrow[1]);
  else if (arrow !== undefined) focusNode(nearestNode(Math.max(0, focused), arrow));
  else if (event.key === '+' || event.key === '=') zoom(1.3);
  else if (event.key === '-') zoom(1 / 1.3);
  else if (event.key === '0') placeGraph(false);
  else if ((event.key === 'Enter' || event.key === ' ') && focused >= 0) choose({ node: focused });
  else if (event.key === 'Escape') choose({});
  else return;
  event.preventDefault();
}

/**
 * The node that lies nearest in a direction; the same one where there is none.
 *
 * @param {number} from
 * @param {[number, number]} direction
 */
function nearestNode(from, [dx, dy]) {
  const { nodes } = layouts[chosen.group];
  let [best, nearest] = [from, Number.POSITIVE_INFINITY];
  nodes.forEach(({ x, y }, i) => {
    const along = (x - nodes[from].x) * dx + (y - nodes[from].y) * dy;
    const across = Math.abs((x - nodes[from].x) * dy) + Math.abs((y - nodes[from].y) * dx);
    if (along > 1 && along + 2 * across < nearest) [best, nearest] = [i, along + 2 * across];
  });
  return best;
}

/** @param {number} node */
function focusNode(node) {
  for (const shape of nodeShapes) shape.setAttribute('tabindex', '-1');
  nodeShapes[node].setAttribute('tabindex', '0');
  nodeShapes[node].focus({ preventScroll: true });
  bringIntoView(layouts[chosen.group].nodes[node]);
}
