import { type CreditOptions, clusterSteps, discountedReturns } from '../../credit/index.ts';
import type { IdentifiedEpisode } from '../../database/index.ts';
import { layoutStateGraph } from '../../reports/index.ts';
import type { GraphView } from '../api.ts';
import { creditBatch } from './iteration-episodes.ts';
import { shorten } from './shorten.ts';

/** γ of the mean returns, where the run's algorithm has none. */
const GAMMA = 0.95;
/** Characters of a node's text. */
const NODE_TEXT = 400;
/** Characters of what tells it from other states. */
const KEY_TEXT = 200;

/** The graph of a group, and the node of each step. */
export interface GroupGraph {
  readonly graph: GraphView;
  /** (episodes, steps) */
  readonly nodes: readonly (readonly number[])[];
}

interface GatheredNode {
  text: string;
  key: string | null;
  visits: number;
  /** Of the discounted returns from here. */
  sum: number;
  readonly end?: 'success' | 'failure';
}

/**
 * The states that the episodes of a group visited, and the steps between them.
 *
 * @param firstRow (episodes) of the first step of each in the lists of a `CreditView`, −1 where it has none
 * @param options which say what counts as the same state, and γ
 */
export function groupGraph(
  group: string,
  episodes: readonly IdentifiedEpisode[],
  firstRow: readonly number[],
  options: CreditOptions,
): GroupGraph {
  const walked = episodes.map((_, i) => i).filter((i) => episodes[i].steps.length > 0);
  if (walked.length === 0) {
    return { graph: { nodes: [], edges: [], width: 0, height: 0 }, nodes: episodes.map(() => []) };
  }
  const batch = creditBatch(walked.map((i) => episodes[i]));
  const clusters = clusterSteps(batch, options);
  const returns = discountedReturns(batch, options.gamma ?? GAMMA);

  const nodes: GatheredNode[] = [];
  for (let c = 0; c < clusters.count; c++) nodes.push({ text: '', key: null, visits: 0, sum: 0 });
  const ends = new Map<'success' | 'failure', number>();
  const edges = new Map<
    string,
    { from: number; to: number; steps: { row: number; episode: number; step: number }[] }
  >();
  for (const [k, i] of walked.entries()) {
    const { steps } = episodes[i];
    const begin = batch.episodeStart[k];
    for (const [t, { observation, state }] of steps.entries()) {
      const node = nodes[clusters.ofStep[begin + t]];
      if (node.visits++ === 0) {
        node.text = observation ?? state ?? '';
        if (state !== undefined && state !== node.text) node.key = state;
      }
      node.sum += returns[begin + t];
      const last = t === steps.length - 1;
      const from = clusters.ofStep[begin + t];
      const to = last ? endNode(batch.success[k] === 1 ? 'success' : 'failure') : clusters.ofStep[begin + t + 1];
      const key = `${from} ${to}`;
      const edge = edges.get(key) ?? { from, to, steps: [] };
      edge.steps.push({ row: firstRow[i] < 0 ? -1 : firstRow[i] + t, episode: i, step: t });
      edges.set(key, edge);
      if (!last) continue;
      nodes[to].visits++;
      nodes[to].sum += steps.reduce((sum, s) => sum + s.reward, 0);
    }
  }
  function endNode(end: 'success' | 'failure'): number {
    const found = ends.get(end) ?? nodes.push({ text: end, key: null, visits: 0, sum: 0, end }) - 1;
    ends.set(end, found);
    return found;
  }

  const places = walked.map((i, k) => episodes[i].steps.map((_, t) => clusters.ofStep[batch.episodeStart[k] + t]));
  const list = [...edges.values()];
  const layout = layoutStateGraph({
    group,
    nodes,
    edges: list.map(({ from, to, steps }) => ({ from, to, count: steps.length })),
    episodes: places.map((steps) => ({ steps: steps.map((node) => ({ node })) })),
  });
  return {
    graph: {
      nodes: nodes.map(({ text, key, visits, sum, end }, n) => ({
        text: shorten(text, NODE_TEXT),
        key: key === null ? null : shorten(key, KEY_TEXT),
        visits,
        meanReturn: sum / visits,
        ...(end === undefined ? {} : { end }),
        ...layout.nodes[n],
      })),
      edges: list.map((edge, e) => ({ ...edge, ...layout.edges[e] })),
      width: layout.width,
      height: layout.height,
    },
    nodes: episodes.map((_, i) => places[walked.indexOf(i)] ?? []),
  };
}
