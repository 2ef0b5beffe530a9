import { type RefObject, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';

/** How wide an element is on the screen, px, kept up to date. 0 until it is known. */
export function useWidth<E extends Element>(): [RefObject<E | null>, number] {
  const ref = useRef<E>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => {
      if (!matchMedia('print').matches) setWidth(element.clientWidth);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

/** How high the window is, px, kept up to date. */
export function useWindowHeight(): number {
  return useSyncExternalStore(subscribeResize, () => innerHeight);
}

function subscribeResize(changed: () => void): () => void {
  addEventListener('resize', changed);
  return () => removeEventListener('resize', changed);
}
