import { type KeyboardEvent, memo, useEffect, useMemo, useRef } from 'react';
import { LINE } from '../../../reports/state-graph/captions.ts';
import { readable } from '../../../reports/ticks.ts';
import type { GraphView, GroupView } from '../../api.ts';
import { useWidth } from '../charts/use-width.ts';
import { edgeCredit, fullColour } from '../credit/edge-credit.ts';
import { creditClass, formatCredit } from '../credit/format-credit.ts';
import { episodeCredit, notableSteps } from '../credit/rank-steps.ts';
import { usePrinting } from '../parts/use-printing.ts';
import { oneLine, visible } from '../text/visible.ts';
import { Minimap } from './minimap.tsx';
import { stateValues, valueRange } from './state-values.ts';
import { useZoom } from './use-zoom.ts';

export interface Chosen {
  readonly node: number | undefined;
  readonly edge: number | undefined;
}

interface GraphProps {
  readonly view: GroupView;
  /** Index of the episode whose way is marked. */
  readonly episode: number | undefined;
  readonly chosen: Chosen;
  /** Nodes whose text holds what is looked for; undefined where nothing is. */
  readonly found: ReadonlySet<number> | undefined;
  readonly onChoose: (chosen: Partial<Chosen>) => void;
  readonly height: number;
}

const ARROWS: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The states that a group visited, as discs, and its steps between them, as arrows. */
export function Graph({ view, episode, chosen, found, onChoose, height }: GraphProps) {
  const { graph, credit } = view;
  const [frame, width] = useWidth<HTMLDivElement>();
  const svg = useRef<SVGSVGElement>(null);
  const zoom = useZoom(svg, { width, height }, graph, graph.nodes[0]?.x ?? 0);
  const { transform } = zoom;
  const way = wayOf(view, episode);
  const active = chosen.node ?? 0;

  // What was chosen elsewhere (in the search, in the address) is seen; of an episode that is marked, its worst step.
  const { reveal } = zoom;
  const worst = useMemo(() => worstStep(view, episode), [view, episode]);
  const seen = useRef<{ readonly node: number | undefined; readonly marked: string; readonly place: string }>(
    undefined,
  );
  useEffect(() => {
    if (width === 0) return;
    const before = seen.current;
    const marked = `${episode} ${worst}`;
    const place = `${width} ${height} ${graph.width} ${graph.height}`;
    seen.current = { node: chosen.node, marked, place };
    let goal: number | undefined;
    if (before?.place !== place) goal = chosen.node ?? worst;
    else if (before.node !== chosen.node) goal = chosen.node;
    else if (before.marked !== marked) goal = worst;
    const node = goal === undefined ? undefined : graph.nodes[goal];
    if (node !== undefined) reveal(node.x, node.y);
  }, [chosen.node, episode, worst, graph, reveal, width, height]);

  const focus = (node: number) => {
    onChoose({ node, edge: undefined });
    const element = svg.current?.querySelector<SVGGElement>(`[data-node="${node}"]`);
    element?.focus({ preventScroll: true });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow !== undefined && event.shiftKey) zoom.move(-80 * arrow[0], -80 * arrow[1]);
    else if (arrow !== undefined) focus(nearestNode(graph, active, arrow));
    else if (event.key === '+' || event.key === '=') zoom.by(1.3);
    else if (event.key === '-') zoom.by(1 / 1.3);
    else if (event.key === '0') zoom.fit();
    else if (event.key === 'Escape') onChoose({ node: undefined, edge: undefined });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  // On paper nobody can move it: all of it, as large as fits.
  const printing = usePrinting();
  const whole = `0 0 ${graph.width} ${graph.height}`;
  const far = transform.k < 0.4 && !printing;
  return (
    <div ref={frame} className="graph-frame">
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: a title would follow the pointer everywhere; its nodes are buttons with names of their own. */}
      <svg
        ref={svg}
        data-picture
        data-whole={whole}
        className={`graph${far ? ' far' : ''}${way ? ' with-way' : ''}${found ? ' with-found' : ''}`}
        {...(printing ? { viewBox: whole } : { width, height })}
        onKeyDown={onKey}
      >
        <g data-moved="" transform={printing ? undefined : transform.toString()}>
          <Drawing
            view={view}
            credit={credit}
            way={way}
            chosen={chosen}
            found={found}
            active={active}
            onChoose={onChoose}
          />
        </g>
      </svg>
      <div className="graph-tools screen">
        <button type="button" aria-label="Zoom in" onClick={() => zoom.by(1.3)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => zoom.by(1 / 1.3)}>
          −
        </button>
        <button type="button" onClick={zoom.fit}>
          Fit
        </button>
      </div>
      {width > 0 && !printing && (
        <Minimap
          graph={graph}
          view={{ width, height }}
          transform={transform}
          way={way?.nodes}
          onGo={(x, y) => zoom.centre(x, y)}
        />
      )}
    </div>
  );
}

/** The node in which an episode took its worst step; undefined where it has none. */
function worstStep({ episodes, credit }: GroupView, index: number | undefined): number | undefined {
  const episode = index === undefined ? undefined : episodes[index];
  if (episode === undefined) return undefined;
  const { worst } = notableSteps(episode, episodeCredit(credit, episode));
  return worst === undefined ? undefined : episode.steps[worst].node;
}

/** What an episode walked. */
interface Way {
  readonly nodes: ReadonlyMap<number, number>;
  readonly edges: ReadonlySet<number>;
}

/** Nodes of an episode with the turn it first came to them, and its edges. */
function wayOf({ episodes, graph }: GroupView, index: number | undefined): Way | undefined {
  if (index === undefined || episodes[index] === undefined) return undefined;
  const nodes = new Map<number, number>();
  episodes[index].steps.forEach(({ node }, t) => {
    if (!nodes.has(node)) nodes.set(node, t + 1);
  });
  const edges = new Set<number>();
  graph.edges.forEach(({ steps, to }, e) => {
    if (!steps.some(({ episode }) => episode === index)) return;
    edges.add(e);
    if (graph.nodes[to].end !== undefined) nodes.set(to, Number.POSITIVE_INFINITY);
  });
  return { nodes, edges };
}

interface DrawingProps {
  readonly view: GroupView;
  readonly credit: GroupView['credit'];
  readonly way: Way | undefined;
  readonly chosen: Chosen;
  readonly found: ReadonlySet<number> | undefined;
  readonly active: number;
  readonly onChoose: (chosen: Partial<Chosen>) => void;
}

/** Drawn again only when something of it changes, not with every move. */
const Drawing = memo(
  function Drawing({ view, credit, way, chosen, found, active, onChoose }: DrawingProps) {
    const { graph } = view;
    const means = edgeCredit(graph, credit?.advantages ?? null);
    const full = fullColour(means);
    const worth = stateValues(view);
    const [low, high] = valueRange(graph, worth) ?? [0, 0];
    return (
      <>
        {graph.edges.map(({ from, to, path, head, width, steps }, e) => {
          const mean = means[e];
          const share = mean === null ? 0 : Math.min(1, Math.abs(mean) / full);
          const colour = creditClass(mean) ?? '';
          const walked = way?.edges.has(e) ? ' walked' : '';
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: by keyboard its steps are reached from its nodes.
            <g
              key={`${from} ${to}`}
              className={`edge ${colour}${walked}${e === chosen.edge ? ' chosen' : ''}`}
              style={{ '--share': `${Math.round(100 * share)}%` } as React.CSSProperties}
              onClick={() => onChoose({ edge: e, node: undefined })}
            >
              <title>{`${steps.length} ${steps.length === 1 ? 'step' : 'steps'}${mean === null ? '' : `, mean credit ${formatCredit(mean)}`}`}</title>
              <path className="catch" data-screen="" d={path} />
              <g className="halo" data-screen="">
                <path d={path} strokeWidth={width + 6} />
                <path d={head} strokeWidth={6} />
                <path className="halo-gap" d={path} strokeWidth={width + 3} />
                <path className="halo-gap" d={head} strokeWidth={3} />
              </g>
              <path className="edge-line" d={path} strokeWidth={width} />
              <path className="edge-head" d={head} />
            </g>
          );
        })}
        {graph.nodes.map(({ text, visits, end, x, y, radius }, n) => {
          const turn = way?.nodes.get(n);
          const value = worth.values[n];
          const share = value === null ? 0 : high > low ? (value - low) / (high - low) : 1;
          const visited = `${visits} ${visits === 1 ? 'visit' : 'visits'}`;
          const told = end
            ? `${visits} ${visits === 1 ? 'episode' : 'episodes'}, mean reward ${readable(value ?? Number.NaN)}`
            : `${visited}${value === null ? '' : `; ${worth.title}: ${readable(value)}`}`;
          return (
            // biome-ignore lint/a11y/useSemanticElements: a button cannot be drawn within a picture.
            <g
              // biome-ignore lint/suspicious/noArrayIndexKey: a node is its index.
              key={n}
              data-node={n}
              role="button"
              tabIndex={n === active ? 0 : -1}
              aria-pressed={n === chosen.node}
              aria-label={`${end ?? `state ${n + 1}`}: ${oneLine(text.text, 120)}; ${told}`}
              className={`node${end ? ` ${end}` : ''}${value === null ? ' valueless' : ''}${turn === undefined ? '' : ' walked'}${n === chosen.node ? ' chosen' : ''}${found?.has(n) ? ' found' : ''}`}
              transform={`translate(${x} ${y})`}
              style={{ '--share': `${Math.round(100 * Math.max(0, Math.min(1, share)))}%` } as React.CSSProperties}
              onClick={() => onChoose({ node: n, edge: undefined })}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' && event.key !== ' ') return;
                event.preventDefault();
                onChoose({ node: n, edge: undefined });
              }}
            >
              <title>{`${oneLine(text.text, 300)}\n${told}`}</title>
              <circle className="ring" data-screen="" r={radius + 4} />
              <circle className="disc" r={radius} />
            </g>
          );
        })}
        {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus; the nodes have these words in their names. */}
        <g aria-hidden="true">
          {graph.nodes.map(({ end, x, y, radius, caption, captionAt }, n) => {
            const turn = way?.nodes.get(n);
            return (
              <g
                // biome-ignore lint/suspicious/noArrayIndexKey: a node is its index.
                key={n}
                className={`node-text${turn === undefined ? '' : ' walked'}${found?.has(n) ? ' found' : ''}`}
                transform={`translate(${x} ${y})`}
              >
                {end && (
                  <text className="end-sign" y={4}>
                    {end === 'success' ? '✓' : '✕'}
                  </text>
                )}
                {caption.map((line, k) => (
                  <text
                    // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place.
                    key={k}
                    className={`caption ${captionAt.anchor}`}
                    x={captionAt.x}
                    y={captionAt.y + LINE * k}
                  >
                    {visible(line)}
                  </text>
                ))}
                {turn !== undefined && Number.isFinite(turn) && (
                  <g
                    transform={`translate(${(captionAt.anchor === 'start' ? -1 : 1) * (radius * 0.75 + 3)} ${-radius * 0.75 - 3})`}
                  >
                    <circle className="turn-disc" r={8} />
                    <text className="turn-label" y={3.4}>
                      {turn}
                    </text>
                  </g>
                )}
              </g>
            );
          })}
        </g>
      </>
    );
  },
  (a, b) =>
    a.view === b.view &&
    a.chosen.node === b.chosen.node &&
    a.chosen.edge === b.chosen.edge &&
    a.found === b.found &&
    sameWay(a.way, b.way),
);

function sameWay(a: Way | undefined, b: Way | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.nodes.size === b.nodes.size &&
    a.edges.size === b.edges.size &&
    [...a.nodes].every(([node, turn]) => b.nodes.get(node) === turn) &&
    [...a.edges].every((edge) => b.edges.has(edge))
  );
}

/** The node that lies nearest in a direction; the same where there is none. */
function nearestNode({ nodes }: GraphView, from: number, [dx, dy]: readonly [number, number]): number {
  let [best, shortest] = [from, Number.POSITIVE_INFINITY];
  nodes.forEach(({ x, y }, n) => {
    const along = (x - nodes[from].x) * dx + (y - nodes[from].y) * dy;
    const across = Math.abs((x - nodes[from].x) * dy) + Math.abs((y - nodes[from].y) * dx);
    if (along > 1 && along + 2 * across < shortest) [best, shortest] = [n, along + 2 * across];
  });
  return best;
}
