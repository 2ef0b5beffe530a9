import { type RefObject, useRef } from 'react';
import { useShortcuts } from './shortcuts.ts';

/**
 * `j` and `k` (or the arrows, once in the table) go from row to row of a table: the focus goes to the link of the row, which
 * Enter follows.
 *
 * @returns to be put on the table; rows are `tr[data-row]` and hold one `a[data-open]`
 */
export function useRowKeys(what: string): RefObject<HTMLTableElement | null> {
  const table = useRef<HTMLTableElement>(null);
  const go = (by: number) => {
    const links = [...(table.current?.querySelectorAll<HTMLElement>('tr[data-row] a[data-open]') ?? [])];
    const now = links.findIndex((link) => link.closest('tr')?.contains(document.activeElement));
    const next = now < 0 ? (by > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, now + by));
    links[next]?.focus();
    links[next]?.scrollIntoView({ block: 'nearest' });
  };
  useShortcuts(what, [
    { keys: ['j'], does: 'next row', run: () => go(1) },
    { keys: ['k'], does: 'row before', run: () => go(-1) },
    { keys: ['Enter'], does: 'open the row' },
  ]);
  return table;
}
