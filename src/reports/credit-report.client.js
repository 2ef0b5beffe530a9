/**
 * Runs in the page that `credit-report.ts` makes and fills it from the embedded data. Texts of episodes come from
 * anywhere, so all text enters the page as text nodes. When all is drawn, `data-ready` is set on the root element.
 *
 * @typedef {import('./credit-report-data.ts').CreditReportPayload} Payload
 * @typedef {import('./credit-report-data.ts').EpisodeDetail} Episode
 * @typedef {import('./credit-report-data.ts').StateNode} StateNode
 * @typedef {import('./credit-report-data.ts').StateEdge} StateEdge
 * @typedef {Node | string | false | null | undefined} Child
 * @typedef {Record<string, string | number | boolean | EventListener | undefined>} Attributes
 */

const root = document.documentElement;
addEventListener('error', (event) => {
  root.dataset.error = event.message;
});

/** @type {Payload} */
const { report, layouts } = JSON.parse(byId('data', HTMLElement).textContent ?? '');
const { algorithms, groups } = report;
const names = algorithms.map(({ name }) => name);

/** Standard deviations at which a bar is full, and at which a line has its full colour. */
const FULL_BAR = 3;
const FULL_COLOUR = 2;
/** Screen pixels per drawn pixel below which captions are no longer legible. */
const LEGIBLE = 0.5;

/** What the reader has chosen; −1 is none. */
const chosen = {
  /** @type {'pearson' | 'spearman' | 'sign'} */
  measure: 'pearson',
  group: 0,
  algorithm: 0,
  /** Episode whose path is marked in the graph. */
  path: -1,
  /** Episode in the table. */
  episode: 0,
  node: -1,
  edge: -1,
  shown: names.map(() => true),
};
/** What the pointer or the focus is on; it goes before what is chosen. */
const hovered = { node: -1, edge: -1 };

/* Elements */

/**
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
function byId(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${id}`);
  return element;
}

/**
 * @template {Element} T
 * @param {T} element
 * @param {Attributes} attributes a function is a listener.
 * @param {Child[]} children
 */
function dress(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== false && child !== null && child !== undefined) element.append(child);
  return element;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
function make(name, attributes = {}, ...children) {
  return dress(document.createElement(name), attributes, children);
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
function draw(name, attributes = {}, ...children) {
  return dress(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

/**
 * @param {HTMLSelectElement} select
 * @param {readonly (readonly [value: number, text: string])[]} options
 * @param {number} value
 */
function fillSelect(select, options, value) {
  select.replaceChildren(
    ...options.map(([key, text]) => make('option', { value: key, selected: key === value }, text)),
  );
}

/**
 * @param {string} text
 * @param {() => void} click
 * @param {Attributes} [attributes]
 */
function button(text, click, attributes = {}) {
  return make('button', { type: 'button', click, ...attributes }, text);
}

/* Numbers */

/**
 * @param {number | null | undefined} value
 * @param {number} [digits]
 */
function readable(value, digits = 3) {
  if (value === null || value === undefined) return '–';
  const size = Math.abs(value);
  const whole = size >= 1 ? Math.floor(Math.log10(size)) + 1 : 1;
  const short = Number(value.toPrecision(Math.max(digits, Math.min(whole, 7))));
  return (whole > 7 || (size !== 0 && size < 1e-4) ? short.toExponential() : String(short)).replaceAll('-', '−');
}

/**
 * In standard deviations of the algorithm over the file; undefined where there is no number or the column is constant.
 *
 * @param {number | null} advantage
 * @param {number} algorithm
 */
function normalized(advantage, algorithm) {
  const { std } = report.distributions[algorithm];
  return advantage === null || !(std > 0) ? undefined : advantage / std;
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

/* Agreement */

const MEASURES = {
  pearson: '1: the advantages are the same up to scale. 0: they have nothing to do with each other. −1: opposite.',
  spearman: 'As Pearson, of the ranks: 1 when two algorithms put the steps in the same order, however far apart.',
  sign: 'Share of the steps that both raise, both lower or both leave alone. Colour tells it from one half.',
};

function drawMatrix() {
  const matrix = report.agreement[chosen.measure];
  const head = make('tr', {}, make('td', {}), ...names.map((name) => columnHead(name)));
  const rows = matrix.map((row, i) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row' }, names[i]),
      ...row.map((value, j) => {
        const cell = make('td', { title: `${names[i]} and ${names[j]}: ${readable(value, 4)}` });
        cell.textContent = value === null ? '' : (value === 0 ? 0 : value).toFixed(2).replace('-', '−');
        const strength = value === null ? 0 : chosen.measure === 'sign' ? 2 * value - 1 : value;
        cell.classList.add(strength < 0 ? 'down' : 'up');
        if (i === j) cell.classList.add('same');
        else cell.style.setProperty('--share', Math.min(1, Math.abs(strength)).toFixed(3));
        return cell;
      }),
    ),
  );
  const caption = make('caption', { class: 'hidden' }, 'Agreement between algorithms');
  byId('matrix', HTMLTableElement).replaceChildren(caption, make('thead', {}, head), make('tbody', {}, ...rows));
  byId('measure-note', HTMLElement).textContent = `${MEASURES[chosen.measure]} ${extremes(matrix)}`;
  for (const key of byId('measures', HTMLElement).querySelectorAll('button')) {
    key.setAttribute('aria-pressed', String(key.value === chosen.measure));
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

/** @param {string} name */
function columnHead(name) {
  return make('th', { scope: 'col', class: 'algorithm' }, make('span', {}, name));
}

/* Graph */

const svg = /** @type {SVGSVGElement} */ (/** @type {unknown} */ (document.getElementById('graph')));
/** Middle of what is seen, in drawn pixels, and screen pixels per drawn pixel. */
const view = { x: 0, y: 0, scale: 1 };
/** @type {SVGGElement[]} */
let nodeShapes = [];
/** @type {SVGGElement[]} */
let edgeShapes = [];
const orders = draw('g', { class: 'orders' });

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
    const { x, y, radius, caption } = layout.nodes[i];
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
      ...caption.map((line, k) => draw('text', { class: 'caption', y: radius + 12 + 11 * k }, line)),
    );
  });
  const edgeLayer = draw('g', {}, ...edgeShapes);
  svg.replaceChildren(edgeLayer, draw('g', {}, ...nodeShapes), orders);
  svg.setAttribute(
    'aria-label',
    `Graph of ${counted(group.nodes.length, 'state')} and ${counted(group.edges.length, 'line')}`,
  );
  nodeShapes[0]?.setAttribute('tabindex', '0');
  drawLegend(low, high);
  placeGraph();
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

/** The canvas as high as the whole graph needs at its width, within reason. */
function placeGraph() {
  const { width, height } = layouts[chosen.group];
  const space = svg.clientWidth || 800;
  const tall = Math.round(Math.min(1000, Math.max(360, height * Math.min(1, space / width))));
  svg.style.height = `${tall}px`;
  byId('inspector', HTMLElement).style.maxHeight = `${Math.max(420, tall)}px`;
  view.x = width / 2;
  view.y = height / 2;
  view.scale = Math.min(1.25, space / width, tall / height);
  applyView();
}

function applyView() {
  const width = (svg.clientWidth || 800) / view.scale;
  const height = (svg.clientHeight || 600) / view.scale;
  svg.setAttribute('viewBox', [view.x - width / 2, view.y - height / 2, width, height].map(Math.round).join(' '));
  svg.classList.toggle('far', view.scale < LEGIBLE);
}

/**
 * @param {number} factor
 * @param {{ x: number, y: number }} [fixed] the drawn point that stays where it is.
 */
function zoom(factor, fixed = view) {
  const scale = Math.min(6, Math.max(0.05, view.scale * factor));
  const share = view.scale / scale;
  view.x = fixed.x + (view.x - fixed.x) * share;
  view.y = fixed.y + (view.y - fixed.y) * share;
  view.scale = scale;
  applyView();
}

/**
 * @param {number} dx screen pixels
 * @param {number} dy
 */
function move(dx, dy) {
  view.x += dx / view.scale;
  view.y += dy / view.scale;
  applyView();
}

/** @param {{ clientX: number, clientY: number }} event */
function drawnPoint(event) {
  const box = svg.getBoundingClientRect();
  return {
    x: view.x + (event.clientX - box.left - box.width / 2) / view.scale,
    y: view.y + (event.clientY - box.top - box.height / 2) / view.scale,
  };
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
  const end = nodes.findIndex(({ terminal }) => terminal === (episode?.success ? 'success' : 'failure'));
  const walked = new Set(steps.map(({ node }, t) => `${node}>${steps[t + 1]?.node ?? end}`));
  edges.forEach(({ from, to }, e) => edgeShapes[e].classList.toggle('walked', walked.has(`${from}>${to}`)));
  const last = steps.length === 0 ? -1 : steps[steps.length - 1].node;
  const ended = edges.some(({ from, to }) => from === last && to === end) ? end : -1;
  nodes.forEach((_, i) => nodeShapes[i].classList.toggle('walked', first.has(i) || i === ended));
  svg.classList.toggle('walked', episode !== undefined);
  orders.replaceChildren(
    ...[...first].map(([node, step]) => {
      const { x, y, radius } = layouts[chosen.group].nodes[node];
      const place = `translate(${x + radius * 0.75 + 3} ${y - radius * 0.75 - 3})`;
      const disc = draw('circle', { class: 'order-disc', r: 7.5 });
      return draw('g', { transform: place }, disc, draw('text', { class: 'order', y: 3.2 }, String(step)));
    }),
  );
}

/**
 * @param {StateNode} node
 * @param {number} index
 */
function nodeName(node, index) {
  return node.terminal === undefined ? `State ${index + 1}` : `The end: ${node.terminal}`;
}

/** @param {{ node?: number, edge?: number }} what */
function choose({ node = -1, edge = -1 }) {
  const same = node === chosen.node && edge === chosen.edge;
  chosen.node = same ? -1 : node;
  chosen.edge = same ? -1 : edge;
  nodeShapes.forEach((shape, i) => {
    shape.classList.toggle('chosen', i === chosen.node);
    shape.setAttribute('aria-pressed', String(i === chosen.node));
  });
  edgeShapes.forEach((shape, e) => shape.classList.toggle('chosen', e === chosen.edge));
  inspect();
  markSteps();
}

/** @param {{ node?: number, edge?: number }} what */
function hover({ node = -1, edge = -1 }) {
  if (dragging !== undefined) return;
  hovered.node = node;
  hovered.edge = edge;
  inspect();
}

/* What is selected */

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
          button(episode.id, () => chooseEpisode(i, true)),
          make('span', {}, summary(episode)),
        ),
      ),
    ),
  ];
}

/** @param {Episode} episode */
function summary(episode) {
  return `${outcome(episode)}, ${counted(episode.steps.length, 'step')}`;
}

/** @param {Episode} episode */
function outcome({ success, truncated }) {
  return success ? 'success' : truncated ? 'cut by the limit' : 'failure';
}

/**
 * @param {StateNode} node
 * @param {number} index
 * @returns {Node[]}
 */
function inspectNode(node, index) {
  const { episodes } = groups[chosen.group];
  /** @type {{ episode: number, step: number }[]} */
  const visits = [];
  /** @type {Map<string, { count: number, sum: number }>} */
  const actions = new Map();
  episodes.forEach(({ steps }, episode) => {
    steps.forEach((step, t) => {
      if (step.node !== index) return;
      visits.push({ episode, step: t });
      const entry = actions.get(step.action) ?? { count: 0, sum: 0 };
      entry.count++;
      entry.sum += step.advantages[chosen.algorithm] ?? 0;
      actions.set(step.action, entry);
    });
  });
  const sorted = [...actions].sort(([, a], [, b]) => b.sum / b.count - a.sum / a.count);
  const row = (/** @type {[string, { count: number, sum: number }]} */ [action, { count, sum }]) =>
    make('tr', {}, make('td', {}, action), make('td', { class: 'number' }, String(count)), ...credit(sum / count));
  return [
    make('h3', {}, nodeName(node, index)),
    make('div', {}, `${counted(node.visits, 'visit')}, mean return ${readable(node.value)}`),
    make('div', { class: 'text' }, node.text),
    ...(actions.size === 0
      ? []
      : [
          creditTable(['Action', 'taken', names[chosen.algorithm] ?? ''], sorted.map(row)),
          make('div', { class: 'muted' }, 'Steps taken here'),
        ]),
    make(
      'ul',
      { class: 'list' },
      ...visits.map(({ episode, step }) =>
        make(
          'li',
          {},
          button(`${episodes[episode].id}, step ${step + 1}`, () => goToStep(episode, step)),
          make('span', {}, readable(episodes[episode].steps[step].advantages[chosen.algorithm])),
        ),
      ),
    ),
  ];
}

/**
 * @param {StateEdge} edge
 * @returns {Node[]}
 */
function inspectEdge({ from, to, count, advantages }) {
  const { nodes, episodes } = groups[chosen.group];
  const end = (/** @type {number} */ i) =>
    make(
      'li',
      {},
      button(nodeName(nodes[i], i), () => choose({ node: i })),
      make('span', {}, nodes[i].text.slice(0, 60)),
    );
  const actions = new Set(
    episodes
      .flatMap(({ steps }) =>
        steps.filter(
          ({ node }, t) =>
            node === from && (steps[t + 1]?.node === to || (t === steps.length - 1 && nodes[to].terminal)),
        ),
      )
      .map(({ action }) => action),
  );
  const rows = names.map((name, a) => make('tr', {}, make('td', {}, name), ...credit(advantages[a], a)));
  return [
    make('h3', {}, counted(count, 'step')),
    make('ul', { class: 'list' }, end(from), end(to)),
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

/**
 * The cells with the number and its bar.
 *
 * @param {number | null} advantage
 * @param {number} [algorithm]
 */
function credit(advantage, algorithm = chosen.algorithm) {
  return [make('td', { class: 'number' }, readable(advantage)), make('td', { width: 70 }, bar(advantage, algorithm))];
}

/**
 * @param {number | null} advantage
 * @param {number} algorithm
 */
function bar(advantage, algorithm) {
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

/* Episode */

function drawChoice() {
  const all = (/** @type {boolean} */ on) => () => {
    chosen.shown.fill(on);
    drawChoice();
    drawSteps();
  };
  byId('choice', HTMLElement).replaceChildren(
    make('legend', {}, 'Algorithms shown'),
    ...names.map((name, a) => {
      const change = () => {
        chosen.shown[a] = !chosen.shown[a];
        drawSteps();
      };
      return make('label', {}, make('input', { type: 'checkbox', checked: chosen.shown[a], change }), name);
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
  const shown = names.map((_, a) => a).filter((a) => chosen.shown[a]);
  const result = byId('outcome', HTMLElement);
  result.className = `outcome ${episode.success ? 'success' : 'failure'}`;
  result.textContent = `${summary(episode)}, reward ${readable(episode.reward)}`;

  const heads = [
    make('th', { scope: 'col' }, '#'),
    make('th', { scope: 'col', class: 'seen' }, 'Observation'),
    make('th', { scope: 'col' }, 'Action'),
    make('th', { scope: 'col', class: 'number' }, 'Reward'),
    make('th', { scope: 'col', title: 'Shown algorithms that raise and lower the step' }, '+/−'),
    ...shown.map((a) => columnHead(names[a])),
  ];
  const rows = episode.steps.map((step, t) => {
    const number = button(String(t + 1), () => choose({ node: step.node }), {
      class: 'step',
      title: `State ${step.node + 1}: show in the graph`,
    });
    const raise = shown.filter((a) => step.advantages[a] > 1e-9).length;
    const lower = shown.filter((a) => step.advantages[a] < -1e-9).length;
    const apart = raise > 0 && lower > 0;
    return make(
      'tr',
      { 'data-node': step.node },
      make('th', { scope: 'row' }, number),
      make('td', { class: 'seen' }, make('div', { class: 'text' }, nodes[step.node].text)),
      make(
        'td',
        { class: 'action' },
        step.action,
        !step.valid && ' ',
        !step.valid && make('span', { class: 'invalid' }, 'invalid'),
      ),
      make('td', { class: 'number' }, readable(step.reward)),
      make('td', { class: apart ? 'split apart' : 'split' }, `${raise}/${lower}`),
      ...shown.map((a) => {
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
function goToStep(episode, step) {
  chooseEpisode(episode, true);
  const row = byId('steps', HTMLTableElement).tBodies[0].rows[step];
  row.scrollIntoView({ block: 'center' });
  row.querySelector('button')?.focus({ preventScroll: true });
}

/* Choices */

function chooseGroup() {
  Object.assign(chosen, { path: -1, episode: 0, node: -1, edge: -1 });
  Object.assign(hovered, { node: -1, edge: -1 });
  const { episodes } = groups[chosen.group];
  /** @type {[number, string][]} */
  const options = episodes.map((episode, i) => [i, `${episode.id} – ${summary(episode)}`]);
  fillSelect(byId('episode', HTMLSelectElement), options, 0);
  fillSelect(byId('path', HTMLSelectElement), [[-1, 'no episode'], ...options], -1);
  drawGraph();
  inspect();
  drawSteps();
}

/**
 * @param {number} episode
 * @param {boolean} walk whether the graph shows its path.
 */
function chooseEpisode(episode, walk) {
  chosen.episode = episode;
  if (walk) chosen.path = episode;
  byId('episode', HTMLSelectElement).value = String(chosen.episode);
  byId('path', HTMLSelectElement).value = String(chosen.path);
  paintPath();
  drawSteps();
}

/* Pointer and keys on the graph */

/** @type {{ x: number, y: number, moved: boolean } | undefined} */
let dragging;

function listenToGraph() {
  svg.addEventListener('pointerdown', (event) => {
    if (event.button === 0) dragging = { x: event.clientX, y: event.clientY, moved: false };
  });
  svg.addEventListener('pointermove', (event) => {
    if (dragging === undefined) return;
    const [dx, dy] = [event.clientX - dragging.x, event.clientY - dragging.y];
    if (!dragging.moved && Math.hypot(dx, dy) < 4) return;
    if (!dragging.moved) svg.setPointerCapture(event.pointerId);
    svg.classList.add('dragging');
    move(-dx, -dy);
    dragging = { x: event.clientX, y: event.clientY, moved: true };
  });
  const release = () => {
    dragging = undefined;
    svg.classList.remove('dragging');
  };
  svg.addEventListener('pointerup', release);
  svg.addEventListener('pointercancel', release);
  svg.addEventListener(
    'wheel',
    (event) => {
      // A page that is scrolled past the picture must not stop there.
      if (!event.ctrlKey && !event.metaKey && !svg.contains(document.activeElement)) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)), drawnPoint(event));
    },
    { passive: false },
  );
  svg.addEventListener('keydown', onGraphKey);
  byId('zoom-in', HTMLElement).addEventListener('click', () => zoom(1.3));
  byId('zoom-out', HTMLElement).addEventListener('click', () => zoom(1 / 1.3));
  byId('zoom-fit', HTMLElement).addEventListener('click', placeGraph);
  new ResizeObserver(applyView).observe(svg);
}

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {KeyboardEvent} event */
function onGraphKey(event) {
  const arrow = ARROWS[event.key];
  const focused = nodeShapes.indexOf(/** @type {SVGGElement} */ (document.activeElement));
  if (arrow !== undefined && event.shiftKey) move(80 * arrow[0], 80 * arrow[1]);
  else if (arrow !== undefined) focusNode(nearestNode(Math.max(0, focused), arrow));
  else if (event.key === '+' || event.key === '=') zoom(1.3);
  else if (event.key === '-') zoom(1 / 1.3);
  else if (event.key === '0') placeGraph();
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
  const { x, y } = layouts[chosen.group].nodes[node];
  const room = { x: svg.clientWidth / view.scale / 2 - 30, y: svg.clientHeight / view.scale / 2 - 30 };
  if (Math.abs(x - view.x) > room.x || Math.abs(y - view.y) > room.y) {
    view.x = x;
    view.y = y;
    applyView();
  }
}

/* Beginning */

function start() {
  if (names.length > 1) {
    for (const key of byId('measures', HTMLElement).querySelectorAll('button')) {
      key.addEventListener('click', () => {
        chosen.measure = /** @type {typeof chosen.measure} */ (key.value);
        drawMatrix();
      });
    }
    drawMatrix();
  }
  if (groups.length === 0) return;
  listenToGraph();
  const onSelect = (/** @type {string} */ id, /** @type {(value: number) => void} */ then) => {
    const select = byId(id, HTMLSelectElement);
    select.addEventListener('change', () => then(Number(select.value)));
    return select;
  };
  const groupNames = groups.map(({ group }, i) => /** @type {[number, string]} */ ([i, group]));
  const setGroup = (/** @type {number} */ value) => {
    chosen.group = value;
    chooseGroup();
  };
  const setAlgorithm = (/** @type {number} */ value) => {
    chosen.algorithm = value;
    paintEdges();
    inspect();
  };
  const setPath = (/** @type {number} */ value) => {
    chosen.path = value;
    chooseEpisode(value < 0 ? chosen.episode : value, false);
  };
  fillSelect(onSelect('group', setGroup), groupNames, 0);
  fillSelect(onSelect('colouring', setAlgorithm), [...names.entries()], 0);
  onSelect('path', setPath);
  onSelect('episode', (value) => chooseEpisode(value, true));
  const step = (/** @type {number} */ by) => () => {
    const { length } = groups[chosen.group].episodes;
    chooseEpisode((chosen.episode + by + length) % length, true);
  };
  byId('previous', HTMLElement).addEventListener('click', step(-1));
  byId('next', HTMLElement).addEventListener('click', step(1));
  drawChoice();
  chooseGroup();
}

start();
root.dataset.ready = 'true';
