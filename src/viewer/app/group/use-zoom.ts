import { select } from 'd3-selection';
import { type ZoomBehavior, type ZoomTransform, zoom, zoomIdentity } from 'd3-zoom';
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

interface Box {
  readonly width: number;
  readonly height: number;
}

export interface Zoom {
  /** Of the drawing; `k` is its scale. */
  readonly transform: ZoomTransform;
  readonly by: (factor: number) => void;
  readonly move: (dx: number, dy: number) => void;
  /** The whole drawing at once. */
  readonly fit: () => void;
  /** Moves so that a point of the drawing lies in the middle. @param closer at least at this scale */
  readonly centre: (x: number, y: number, closer?: number) => void;
  /** Brings a point into view, into the middle if can be; where it is seen already, nothing moves. */
  readonly reveal: (x: number, y: number) => void;
}

const SCALES: [number, number] = [0.05, 4];
/** Below this scale captions cannot be read; a first look at a large drawing shows its top instead of all of it. */
const READABLE = 0.75;
/** What must be seen around a point that is to be seen, px: its words, and where its arrows lead. */
const MARGIN = 100;

/**
 * Lets a drawing be moved and zoomed by pointer, wheel and fingers, and from outside.
 *
 * @param start where a first look at a wide drawing begins, x
 */
export function useZoom(svg: RefObject<SVGSVGElement | null>, view: Box, drawing: Box, start: number): Zoom {
  const [transform, setTransform] = useState<ZoomTransform>(zoomIdentity);
  const behaviour = useRef<ZoomBehavior<SVGSVGElement, unknown>>(undefined);
  const latest = useRef(transform);

  useEffect(() => {
    const element = svg.current;
    if (element === null) return;
    const own = zoom<SVGSVGElement, unknown>()
      .scaleExtent(SCALES)
      // The wheel scrolls the page; with Ctrl, or once the drawing has the focus, it zooms.
      .filter((event: MouseEvent | WheelEvent | TouchEvent) => {
        if (event.type === 'wheel') return event.ctrlKey || element.contains(document.activeElement);
        return !event.ctrlKey && !('button' in event && event.button !== 0);
      })
      .on('zoom', ({ transform: next }: { transform: ZoomTransform }) => {
        // At once, for who moves it twice before it is drawn.
        latest.current = next;
        setTransform(next);
      });
    behaviour.current = own;
    const selection = select(element);
    selection.call(own).on('dblclick.zoom', null);
    return () => {
      selection.on('.zoom', null);
    };
  }, [svg]);

  const to = useCallback(
    (next: ZoomTransform) => {
      if (svg.current && behaviour.current) behaviour.current.transform(select(svg.current), next);
    },
    [svg],
  );
  const { width, height } = view;
  const fitted = useCallback(
    (least: number) => {
      const whole = Math.min(width / drawing.width, height / drawing.height, 1.5);
      const k = Math.max(whole, least, SCALES[0]);
      // What does not fit begins at the top, and at the side where the start is.
      const y = k > whole ? 0 : (height - drawing.height * k) / 2;
      const spare = width - drawing.width * k;
      const x = spare >= 0 ? spare / 2 : Math.min(0, Math.max(spare, width / 2 - start * k));
      return zoomIdentity.translate(x, y).scale(k);
    },
    [width, height, drawing.width, drawing.height, start],
  );
  // The first look, and another after the place for the drawing changed.
  useEffect(() => {
    if (width > 0 && drawing.width > 0) to(fitted(READABLE));
  }, [to, fitted, width, drawing.width]);

  const centre = useCallback(
    (x: number, y: number, closer = 0) => {
      const k = Math.max(latest.current.k, closer);
      to(zoomIdentity.translate(width / 2 - k * x, height / 2 - k * y).scale(k));
    },
    [to, width, height],
  );
  return {
    transform,
    by: (factor) => {
      if (svg.current && behaviour.current) behaviour.current.scaleBy(select(svg.current), factor);
    },
    move: (dx, dy) => {
      const { x, y, k } = latest.current;
      to(zoomIdentity.translate(x + dx, y + dy).scale(k));
    },
    fit: () => to(fitted(0)),
    centre,
    reveal: (x, y) => {
      const { k, x: left, y: top } = latest.current;
      const across = seen(left, x * k, width, drawing.width * k);
      const down = seen(top, y * k, height, drawing.height * k);
      if (across !== left || down !== top) to(zoomIdentity.translate(across, down).scale(k));
    },
  };
}

/**
 * Where a drawing is moved to so that a point of it is seen: as it is, if it is; else with the point in the middle, but not past its end.
 *
 * @param offset of the drawing in the view, px
 * @param at the point, from the drawing's beginning
 */
function seen(offset: number, at: number, view: number, drawing: number): number {
  const margin = Math.min(MARGIN, view / 4);
  const [before, after] = [offset + at, view - offset - at];
  // Nothing of the drawing is nearer to the edge than its own end.
  if (before >= Math.min(margin, at) && after >= Math.min(margin, drawing - at)) return offset;
  return Math.min(0, Math.max(view - drawing, view / 2 - at));
}
