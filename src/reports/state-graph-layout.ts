import { Graph, layout } from '@dagrejs/dagre';
import type { StateGraphLayout } from './credit-report-data.ts';

/** Radius of a disc; pixels. Its area grows with the visits. */
const SMALLEST = 7;
const LARGEST = 22;
/** Characters in a line of a caption, and lines. */
const CAPTION_WIDTH = 17;
const CAPTION_LINES = 3;
/** Pixels that a caption takes at 10 px type. */
const CAPTION_BOX = { width: 86, line: 12 };
const HEAD = 6;

/** What is drawn: states, the steps between them, and the walks that made them. */
export interface StateGraph {
  /** Name of the group, for messages. */
  readonly group: string;
  readonly nodes: readonly { readonly text: string; readonly visits: number }[];
  /** Indices into the nodes, and how many steps. */
  readonly edges: readonly { readonly from: number; readonly to: number; readonly count: number }[];
  readonly episodes: readonly { readonly steps: readonly { readonly node: number }[] }[];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Draws the graph of a group in layers from the top: a state stands below the states from which the episodes first came
 * to it. Only the steps that discovered a state decide the layers; all others are bows over them, so that a walk to and
 * fro does not tear the drawing apart. Deterministic.
 *
 * @throws RangeError where an edge or a step names a node that is not there.
 */
export function layoutStateGraph(group: StateGraph): StateGraphLayout {
  const { nodes, edges } = group;
  const depth = firstSeen(group);
  const mostVisits = Math.max(1, ...nodes.map((node) => node.visits));
  const radii = nodes.map(({ visits }) => Math.max(SMALLEST, LARGEST * Math.sqrt(visits / mostVisits)));
  const captions = nodes.map(({ text }) => captionOf(text));

  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 8, edgesep: 6, ranksep: 22, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (let i = 0; i < nodes.length; i++) {
    const height = 2 * radii[i] + CAPTION_LINES * CAPTION_BOX.line;
    const width = Math.max(2 * radii[i], CAPTION_BOX.width);
    graph.setNode(String(i), { width, height });
  }
  const layered = discoveries(edges, depth);
  for (const e of layered) graph.setEdge(String(edges[e].from), String(edges[e].to), { weight: edges[e].count });
  layout(graph);

  // The box has the disc above and the caption below, so that the discs of a layer lie on one line.
  const raise = (CAPTION_LINES * CAPTION_BOX.line) / 2;
  const centres = nodes.map((_, i): Point => {
    const { x, y } = graph.node(String(i));
    return { x: x as number, y: (y as number) - raise };
  });
  const size = graph.graph();
  return {
    width: Math.ceil(size.width as number),
    height: Math.ceil(size.height as number),
    nodes: centres.map(({ x, y }, i) => ({
      x: round(x),
      y: round(y),
      radius: round(radii[i]),
      caption: captions[i],
    })),
    edges: edges.map(({ from, to, count }, e) => {
      const width = round(Math.min(7, 0.75 + 0.75 * Math.sqrt(count)));
      const routed = layered.has(e) ? graph.edge(String(from), String(to)).points : undefined;
      const ends = { from: centres[from], to: centres[to], start: radii[from], end: radii[to] + 1 };
      if (from === to) return { ...loop(centres[from], radii[from], width), width };
      return { ...(routed === undefined ? bow(ends, width) : through(ends, routed as Point[], width)), width };
    }),
  };
}

/** (nodes) The earliest step at which any episode was in the state; after all steps for the two ends. */
function firstSeen({ group, nodes, edges, episodes }: StateGraph): number[] {
  const check = (node: number, what: string) => {
    if (!(node in nodes)) throw new RangeError(`${what} of group "${group}" names node ${node} of ${nodes.length}`);
  };
  const depth = nodes.map(() => Number.POSITIVE_INFINITY);
  for (const { steps } of episodes) {
    for (let t = 0; t < steps.length; t++) {
      check(steps[t].node, 'a step');
      depth[steps[t].node] = Math.min(depth[steps[t].node], t);
    }
  }
  for (const { from, to } of edges) {
    check(from, 'an edge');
    check(to, 'an edge');
  }
  return depth;
}

/**
 * The edges that decide the layers: from each state to those first seen a step later, and, for a state that has no such
 * edge, the one from the latest earlier state.
 */
function discoveries(edges: StateGraph['edges'], depth: readonly number[]): Set<number> {
  const latest = new Map<number, number>();
  for (let e = 0; e < edges.length; e++) {
    const { from, to } = edges[e];
    const best = latest.get(to);
    if (depth[from] < depth[to] && (best === undefined || depth[from] > depth[edges[best].from])) latest.set(to, e);
  }
  const chosen = new Set(latest.values());
  for (let e = 0; e < edges.length; e++) if (depth[edges[e].to] === depth[edges[e].from] + 1) chosen.add(e);
  return chosen;
}

/** The first words of a text, in lines. */
function captionOf(text: string): string[] {
  const words = text.trim().split(/\s+/, CAPTION_WIDTH);
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > CAPTION_WIDTH) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  const shown = lines.slice(0, CAPTION_LINES).map((l) => cut(l, CAPTION_WIDTH));
  if (lines.length > CAPTION_LINES) {
    const last = CAPTION_LINES - 1;
    shown[last] = `${cut(shown[last], CAPTION_WIDTH - 1).replace(/…$/, '')}…`;
  }
  return shown;
}

/** At most `length` characters, whole code points. */
function cut(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

interface Ends {
  readonly from: Point;
  readonly to: Point;
  readonly start: number;
  readonly end: number;
}

/** A smooth line through the points dagre laid, from rim to rim. */
function through({ from, to, start, end }: Ends, routed: readonly Point[], width: number) {
  // dagre's first and last points lie on the boxes; the line runs to the discs instead.
  const inner = routed.slice(1, -1);
  const a = toward(from, inner[0] ?? to, start);
  const b = toward(to, inner.at(-1) ?? from, end);
  const tip = inner.at(-1) ?? from;
  const stop = toward(to, tip, end + HEAD);
  const points = [a, ...inner, stop];
  let path = `M${at(points[0])}`;
  for (let i = 1; i < points.length - 1; i++) {
    const next = i === points.length - 2 ? points[i + 1] : middle(points[i], points[i + 1]);
    path += `Q${at(points[i])} ${at(next)}`;
  }
  if (points.length === 2) path += `L${at(stop)}`;
  return { path, head: headAt(b, stop, width) };
}

/** A bow between two discs, always to the right of its direction, so that to and fro are two lines. */
function bow({ from, to, start, end }: Ends, width: number) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const bulge = Math.min(90, 14 + 0.14 * length) / length;
  const control = { x: from.x + dx / 2 - dy * bulge, y: from.y + dy / 2 + dx * bulge };
  const a = toward(from, control, start);
  const b = toward(to, control, end);
  const stop = toward(to, control, end + HEAD);
  return { path: `M${at(a)}Q${at(control)} ${at(stop)}`, head: headAt(b, stop, width) };
}

/** A step that stays where it is: a loop at the right of the disc. */
function loop({ x, y }: Point, radius: number, width: number) {
  const reach = radius + 16;
  const a = { x: x + radius * 0.77, y: y - radius * 0.64 };
  const b = { x: x + (radius + 1) * 0.77, y: y + (radius + 1) * 0.64 };
  const stop = { x: b.x + HEAD, y: b.y + 2 };
  const path = `M${at(a)}C${at({ x: x + reach, y: y - 14 })} ${at({ x: x + reach + 4, y: y + 12 })} ${at(stop)}`;
  return { path, head: headAt(b, stop, width) };
}

/** The triangle whose tip is `tip` and whose base is at `base`. */
function headAt(tip: Point, base: Point, width: number): string {
  const [dx, dy] = [tip.x - base.x, tip.y - base.y];
  const length = Math.hypot(dx, dy) || 1;
  const half = (2.2 + width * 0.7) / length;
  const left = { x: base.x - dy * half, y: base.y + dx * half };
  const right = { x: base.x + dy * half, y: base.y - dx * half };
  return `M${at(tip)}L${at(left)}L${at(right)}Z`;
}

/** The point at `distance` from `from` on the way to `to`. */
function toward(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const share = distance / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function at({ x, y }: Point): string {
  return `${round(x)},${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
