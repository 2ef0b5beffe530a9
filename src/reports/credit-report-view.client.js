import { chosen, layouts } from './credit-report-choice.client.js';
import { byId } from './elements.client.js';

/** What part of the graph is seen: zoom and pan. */

/** Screen pixels per drawn pixel at which captions can be read, and below which they are left out. */
const READABLE = 0.65;
const LEGIBLE = 0.45;

export const graphSvg = /** @type {SVGSVGElement} */ (/** @type {unknown} */ (document.getElementById('graph')));
/** Middle of what is seen, in drawn pixels, and screen pixels per drawn pixel. */
const view = { x: 0, y: 0, scale: 1 };
/** @type {{ x: number, y: number, moved: boolean } | undefined} */
let dragging;

/** Follows the pointer, the wheel and the buttons. */
export function showView() {
  graphSvg.addEventListener('pointerdown', (event) => {
    if (event.button === 0) dragging = { x: event.clientX, y: event.clientY, moved: false };
  });
  graphSvg.addEventListener('pointermove', (event) => {
    if (dragging === undefined) return;
    const [dx, dy] = [event.clientX - dragging.x, event.clientY - dragging.y];
    if (!dragging.moved && Math.hypot(dx, dy) < 4) return;
    if (!dragging.moved) graphSvg.setPointerCapture(event.pointerId);
    graphSvg.classList.add('dragging');
    move(-dx, -dy);
    dragging = { x: event.clientX, y: event.clientY, moved: true };
  });
  const release = () => {
    dragging = undefined;
    graphSvg.classList.remove('dragging');
  };
  graphSvg.addEventListener('pointerup', release);
  graphSvg.addEventListener('pointercancel', release);
  graphSvg.addEventListener(
    'wheel',
    (event) => {
      // A page that is scrolled past the picture must not stop there.
      if (!event.ctrlKey && !event.metaKey && !graphSvg.contains(document.activeElement)) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)), drawnPoint(event));
    },
    { passive: false },
  );
  byId('zoom-in', HTMLElement).addEventListener('click', () => zoom(1.3));
  byId('zoom-out', HTMLElement).addEventListener('click', () => zoom(1 / 1.3));
  byId('zoom-fit', HTMLElement).addEventListener('click', () => placeGraph(false));
  new ResizeObserver(applyView).observe(graphSvg);
}

/**
 * The whole graph, or with `legible` the part around its first node where the whole would be too small to read. The
 * canvas is as high as the whole graph needs at its width, within reason.
 *
 * @param {boolean} legible
 */
export function placeGraph(legible) {
  const { width, height, nodes } = layouts[chosen.group];
  const space = graphSvg.clientWidth || 800;
  const tall = Math.round(Math.min(1000, Math.max(360, height * Math.min(1, space / width))));
  graphSvg.style.height = `${tall}px`;
  byId('inspector', HTMLElement).style.maxHeight = `${Math.max(420, tall)}px`;
  const whole = Math.min(1.25, space / width, tall / height);
  view.scale = legible ? Math.max(READABLE, whole) : whole;
  view.x = within(nodes[0]?.x ?? 0, space / view.scale, width);
  view.y = within(0, tall / view.scale, height);
  applyView();
}

/**
 * The middle of a window of `size` that shows as much as it can of 0 … `length` and lies nearest to `middle`.
 *
 * @param {number} middle
 * @param {number} size
 * @param {number} length
 */
function within(middle, size, length) {
  return size >= length ? length / 2 : Math.min(length - size / 2, Math.max(size / 2, middle));
}

function applyView() {
  const width = (graphSvg.clientWidth || 800) / view.scale;
  const height = (graphSvg.clientHeight || 600) / view.scale;
  const box = [view.x - width / 2, view.y - height / 2, width, height];
  graphSvg.setAttribute('viewBox', box.map((value) => value.toFixed(1)).join(' '));
  graphSvg.classList.toggle('far', view.scale < LEGIBLE);
}

/**
 * @param {number} factor
 * @param {{ x: number, y: number }} [fixed] the drawn point that stays where it is.
 */
export function zoom(factor, fixed = view) {
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
export function move(dx, dy) {
  view.x += dx / view.scale;
  view.y += dy / view.scale;
  applyView();
}

/** @param {{ clientX: number, clientY: number }} event */
function drawnPoint(event) {
  const box = graphSvg.getBoundingClientRect();
  return {
    x: view.x + (event.clientX - box.left - box.width / 2) / view.scale,
    y: view.y + (event.clientY - box.top - box.height / 2) / view.scale,
  };
}

/**
 * Moves the picture where a drawn point is outside of it.
 *
 * @param {{ x: number, y: number }} point
 */
export function bringIntoView({ x, y }) {
  const [width, height] = [graphSvg.clientWidth / view.scale, graphSvg.clientHeight / view.scale];
  if (Math.abs(x - view.x) < width / 2 - 30 && Math.abs(y - view.y) < height / 2 - 30) return;
  view.x = x;
  view.y = y;
  applyView();
}
