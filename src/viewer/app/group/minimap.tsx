import type { ZoomTransform } from 'd3-zoom';
import type { PointerEvent } from 'react';
import type { GraphView } from '../../api.ts';

interface MinimapProps {
  readonly graph: GraphView;
  readonly view: { readonly width: number; readonly height: number };
  readonly transform: ZoomTransform;
  readonly way: ReadonlyMap<number, number> | undefined;
  readonly onGo: (x: number, y: number) => void;
}

const WIDEST = 150;
const HIGHEST = 130;

/** The whole graph, small, with what is in sight; a press goes there. Where all is in sight there is none. */
export function Minimap({ graph, view, transform, way, onGo }: MinimapProps) {
  const scale = Math.min(WIDEST / graph.width, HIGHEST / graph.height);
  const [left, top] = transform.invert([0, 0]);
  const [right, bottom] = transform.invert([view.width, view.height]);
  if (left <= 0 && top <= 0 && right >= graph.width && bottom >= graph.height) return null;
  const go = (event: PointerEvent<SVGSVGElement>) => {
    if (event.type === 'pointermove' && event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    onGo((event.clientX - box.left) / scale, (event.clientY - box.top) / scale);
  };
  return (
    <svg
      className="minimap screen"
      width={graph.width * scale}
      height={graph.height * scale}
      aria-hidden="true"
      onPointerDown={go}
      onPointerMove={go}
    >
      {graph.nodes.map(({ x, y, radius, end }, n) => (
        <circle
          // biome-ignore lint/suspicious/noArrayIndexKey: a node is its index.
          key={n}
          className={end ?? (way?.has(n) ? 'walked' : undefined)}
          cx={x * scale}
          cy={y * scale}
          r={Math.max(1.2, radius * scale)}
        />
      ))}
      <rect
        x={Math.max(0, left) * scale}
        y={Math.max(0, top) * scale}
        width={Math.max(4, (Math.min(graph.width, right) - Math.max(0, left)) * scale)}
        height={Math.max(4, (Math.min(graph.height, bottom) - Math.max(0, top)) * scale)}
      />
    </svg>
  );
}
