import { type RefObject, useEffect, useRef, useState } from 'react';

/** Browsers draw no higher elements with certainty; px. Beyond it, a turn of the wheel passes more rows. */
const HIGHEST = 8_000_000;
/** Rows drawn beyond the edges of what is seen. */
const BEYOND = 12;

export interface RowWindow {
  /** Of the element that scrolls. */
  readonly ref: RefObject<HTMLDivElement | null>;
  /** Rows to draw: first, and one after the last. */
  readonly from: number;
  readonly to: number;
  /** Heights of what stands for the rows before and after; px. */
  readonly before: number;
  readonly after: number;
  /** Scrolls so that a row is seen. */
  readonly show: (row: number) => void;
}

/** Which rows of a long list of equally high rows are drawn. @param rowHeight px */
export function useWindow(count: number, rowHeight: number, headHeight: number): RowWindow {
  const ref = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = () => {
      setTop(element.scrollTop);
      setHeight(element.clientHeight);
    };
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', measure);
      observer.disconnect();
    };
  }, []);

  const all = count * rowHeight;
  const drawn = Math.min(all, HIGHEST);
  const seen = Math.max(1, height - headHeight);
  const visibleRows = Math.ceil(seen / rowHeight);
  // The first row seen: exactly, or by the share of the way where the list is too high.
  const travel = Math.max(1, drawn - seen);
  const exact = all <= HIGHEST;
  const first = exact ? Math.floor(top / rowHeight) : Math.floor((top / travel) * Math.max(0, count - visibleRows));
  const from = Math.max(0, Math.min(first, count) - BEYOND);
  const to = Math.min(count, first + visibleRows + BEYOND);
  const before = exact ? from * rowHeight : Math.max(0, Math.min(top - (first - from) * rowHeight, drawn));
  const after = Math.max(0, drawn - before - (to - from) * rowHeight);

  const show = (row: number) => {
    const element = ref.current;
    if (element === null) return;
    if (row >= first + 1 && row < first + visibleRows - 1) return;
    const target = row < first + 1 ? row : Math.max(0, row - visibleRows + 2);
    element.scrollTop = exact ? target * rowHeight : (target / Math.max(1, count - visibleRows)) * travel;
  };
  return { ref, from, to, before, after, show };
}
