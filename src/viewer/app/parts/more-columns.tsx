import type { RefObject } from 'react';
import type { Aside } from './use-aside.ts';

interface MoreColumnsProps {
  readonly scroller: RefObject<HTMLElement | null>;
  readonly aside: Aside;
}

/** Part of the width that a press scrolls by, so that what was last is seen again. */
const STEP = 0.7;

/** Says that a table goes on at its sides, and goes there; nothing where all of it is in sight. */
export function MoreColumns({ scroller, aside }: MoreColumnsProps) {
  if (!aside.left && !aside.right) return null;
  const go = (side: number) => {
    const element = scroller.current;
    element?.scrollBy({ left: side * STEP * element.clientWidth });
  };
  return (
    <span className="more-columns controls screen">
      <span className="muted small">more columns</span>
      <button type="button" disabled={!aside.left} aria-label="Columns to the left" onClick={() => go(-1)}>
        ←
      </button>
      <button type="button" disabled={!aside.right} aria-label="Columns to the right" onClick={() => go(1)}>
        →
      </button>
    </span>
  );
}

/** Classes of the element that scrolls: a shadow where it goes on. */
export function asideClasses({ left, right }: Aside): string {
  return `${left ? ' more-left' : ''}${right ? ' more-right' : ''}`;
}
