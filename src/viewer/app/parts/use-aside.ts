import { type RefObject, useLayoutEffect, useState } from 'react';

/** What of an element that scrolls sideways is out of sight. */
export interface Aside {
  readonly left: boolean;
  readonly right: boolean;
}

const NOTHING: Aside = { left: false, right: false };

/** Whether a table is cut at its sides, kept up to date. @param scroller of the element that scrolls */
export function useAside(scroller: RefObject<HTMLElement | null>): Aside {
  const [aside, setAside] = useState(NOTHING);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = () => {
      const left = element.scrollLeft > 1;
      const right = element.scrollLeft + element.clientWidth < element.scrollWidth - 1;
      setAside((before) => (before.left === left && before.right === right ? before : { left, right }));
    };
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    // What is in it may grow, too.
    for (const child of element.children) observer.observe(child);
    return () => {
      element.removeEventListener('scroll', measure);
      observer.disconnect();
    };
  }, [scroller]);
  return aside;
}
