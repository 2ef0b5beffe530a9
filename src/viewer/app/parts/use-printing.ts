import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';

/** Whether the page is on paper, or is about to be: what is drawn anew is there before the pages are counted. */
export function usePrinting(): boolean {
  const [printing, setPrinting] = useState(() => matchMedia('print').matches);
  useEffect(() => {
    const media = matchMedia('print');
    const begin = () => flushSync(() => setPrinting(true));
    const end = () => flushSync(() => setPrinting(false));
    const follow = () => (media.matches ? begin() : end());
    // Chromium has counted the pages by the time the medium changes; a medium that is only imitated knows no other event.
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    media.addEventListener('change', follow);
    return () => {
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
      media.removeEventListener('change', follow);
    };
  }, []);
  return printing;
}
