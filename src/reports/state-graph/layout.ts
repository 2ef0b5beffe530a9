import { Graph, layout } from '@dagrejs/dagre';
import type { StateGraphLayout } from '../credit-report-data.ts';
import {
  type Box,
  CAPTION_LINES,
  CAPTION_WIDTH,
  captionBelow,
  captionBeside,
  captionOf,
  type Disc,
  LINE,
  leavesBelow,
  type PlacedCaption,
  placeCaptions,
} from './captions.ts';
import { bow, type Curve, headOf, loop, type Point, pathOf, pointsOn, round, through } from './curves.ts';

/** Radius of a disc; pixels. Its area grows with the visits. */
const SMALLEST = 7;
const LARGEST = 22;
/** What keeps two layers apart at least; pixels. */
const BETWEEN = 26;
const MARGIN = 12;

/** What is drawn: states, the steps between them, and the walks that made them. */
export interface StateGraph {
  /** Name of the group, for messages. */
  readonly group: string;
  readonly nodes: readonly { readonly text: string; readonly visits: number }[];
  /** Indices into the nodes, and how many steps. */
  readonly edges: readonly { readonly from: number; readonly to: number; readonly count: number }[];
  readonly episodes: readonly { readonly steps: readonly { readonly node: number }[] }[];
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
  const loops = new Set(edges.filter(({ from, to }) => from === to).map(({ from }) => from));

  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 4, edgesep: 6, ranksep: BETWEEN });
  graph.setDefaultEdgeLabel(() => ({}));
  // Room for any caption on any side; what is not needed goes afterwards.
  const height = 2 * (LARGEST + (CAPTION_LINES + 1) * LINE);
  for (let i = 0; i < nodes.length; i++) {
    graph.setNode(String(i), { width: Math.max(2 * radii[i], CAPTION_WIDTH), height });
  }
  const layered = discoveries(edges, depth);
  for (const e of layered) graph.setEdge(String(edges[e].from), String(edges[e].to), { weight: edges[e].count });
  layout(graph);

  const first = nodes.map(({ text }, i): Disc => {
    const { x, y } = graph.node(String(i)) as Point;
    return { x, y, radius: radii[i], loops: loops.has(i), caption: captionOf(text) };
  });
  // dagre's first and last points lie on its boxes; an arrow runs to the discs instead.
  const bends = edges.map(({ from, to }, e) =>
    layered.has(e) && from !== to ? (graph.edge(String(from), String(to)).points as Point[]).slice(1, -1) : undefined,
  );
  // Each layer gets the height it needs; that brings arrows nearer, so that another caption may have to go below its disc.
  const below = new Set<number>();
  let [discs, moved] = [first, bends];
  let captions = placeCaptions(discs, arrows(discs, moved, []));
  for (let pass = 0; gather(captions, below) || pass === 0; pass++) {
    const rows = spread(first, below);
    discs = first.map((disc) => ({ ...disc, y: rows(disc.y) }));
    moved = bends.map((points) => points?.map(({ x, y }) => ({ x, y: rows(y) })));
    captions = placeCaptions(discs, arrows(discs, moved, []), pass === 0 ? undefined : below);
  }
  const curves = arrows(discs, moved, captions).map(({ curve }) => curve);

  const extent = extentOf(discs, captions, curves);
  const shift = ({ x, y }: Point): Point => ({ x: x - extent.left + MARGIN, y: y - extent.top + MARGIN });
  return {
    width: Math.ceil(extent.right - extent.left + 2 * MARGIN),
    height: Math.ceil(extent.bottom - extent.top + 2 * MARGIN),
    nodes: discs.map((disc, i) => {
      const { x, y } = shift(disc);
      const { anchor, ...place } = captions[i];
      const captionAt = { x: round(place.x), y: round(place.y), anchor };
      return { x: round(x), y: round(y), radius: round(disc.radius), caption: disc.caption, captionAt };
    }),
    edges: edges.map(({ count }, e) => {
      const width = round(Math.min(7, 0.75 + 0.75 * Math.sqrt(count)));
      const curve = moveCurve(curves[e], shift);
      return { path: pathOf(curve), head: headOf(curve, width), width };
    }),
  };

  function arrows(at: readonly Disc[], routes: typeof bends, placed: readonly PlacedCaption[]) {
    return edges.map(({ from, to }, e) => {
      if (from === to) return { from, to, curve: loop(at[from], at[from].radius) };
      const caption = placed[from];
      const below = caption?.anchor === 'middle' && at[from].caption.length > 0 && leavesBelow(caption.box, at[to]);
      const begin = below
        ? { from: { x: at[from].x, y: caption.box.bottom }, start: 0 }
        : { from: at[from], start: at[from].radius };
      const ends = { ...begin, to: at[to], end: at[to].radius + 1 };
      return {
        from,
        to,
        curve:
          routes[e] === undefined
            ? bow(ends)
            : through(
                ends,
                routes[e].filter(({ y }) => y > ends.from.y),
              ),
      };
    });
  }
}

/** Adds the captions that stand below their discs. @returns whether there are new ones */
function gather(captions: readonly PlacedCaption[], below: Set<number>): boolean {
  const before = below.size;
  for (const [i, { anchor }] of captions.entries()) if (anchor === 'middle') below.add(i);
  return below.size > before;
}

/**
 * Gives each layer the height that its discs and captions need.
 *
 * @param below discs that have their captions below them
 * @returns from a y of the drawing to the y where it is then
 */
function spread(discs: readonly Disc[], below: ReadonlySet<number>): (y: number) => number {
  const layers = new Map<number, { above: number; below: number }>();
  for (const [i, disc] of discs.entries()) {
    const need = below.has(i) ? captionBelow(disc).box : captionBeside(disc).box;
    const layer = layers.get(disc.y) ?? { above: 0, below: 0 };
    layer.above = Math.max(layer.above, disc.radius, disc.y - need.top);
    layer.below = Math.max(layer.below, disc.radius, need.bottom - disc.y);
    layers.set(disc.y, layer);
  }
  const olds = [...layers.keys()].sort((a, b) => a - b);
  const news: number[] = [];
  for (const [k, y] of olds.entries()) {
    const before = layers.get(olds[k - 1]);
    news.push(before === undefined ? 0 : news[k - 1] + before.below + BETWEEN + (layers.get(y)?.above ?? 0));
  }
  return (y) => {
    const next = olds.findIndex((old) => old >= y);
    if (next <= 0) return next === 0 ? y - olds[0] + news[0] : y - olds[olds.length - 1] + news[news.length - 1];
    const share = (y - olds[next - 1]) / (olds[next] - olds[next - 1]);
    return news[next - 1] + share * (news[next] - news[next - 1]);
  };
}

function extentOf(discs: readonly Disc[], captions: readonly PlacedCaption[], curves: readonly Curve[]): Box {
  const boxes = captions.flatMap(({ box }, i) => (discs[i].caption.length > 0 ? [box] : []));
  for (const { x, y, radius } of discs)
    boxes.push({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius });
  for (const curve of curves)
    for (const { x, y } of pointsOn(curve, 10)) boxes.push({ left: x, right: x, top: y, bottom: y });
  if (boxes.length === 0) return { left: 0, right: 0, top: 0, bottom: 0 };
  return boxes.reduce((a, b) => ({
    left: Math.min(a.left, b.left),
    right: Math.max(a.right, b.right),
    top: Math.min(a.top, b.top),
    bottom: Math.max(a.bottom, b.bottom),
  }));
}

function moveCurve({ start, pieces, tip }: Curve, move: (point: Point) => Point): Curve {
  return {
    start: move(start),
    pieces: pieces.map(({ control, end }) => ({ control: move(control), end: move(end) })),
    tip: move(tip),
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
