import { useState } from 'react';
import { readable } from '../../../reports/ticks.ts';
import { visible } from '../text/visible.ts';
import type { Cell, Table } from './csv.ts';

/** Rows shown at first: a browser is slow with tens of thousands. */
const AT_ONCE = 200;

/** The numbers of a picture as a table. */
export function DataTable({ table, title }: { readonly table: Table; readonly title: string }) {
  const [shown, setShown] = useState(AT_ONCE);
  const numeric = table.columns.map((_, c) => table.rows.every((row) => typeof row[c] !== 'string'));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className="data-table" tabIndex={0} aria-label={`Numbers of ${title}`}>
      <table>
        <thead>
          <tr>
            {table.columns.map((column, c) => (
              <th key={column} scope="col" className={numeric[c] ? 'number' : undefined}>
                {visible(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.slice(0, shown).map((row, r) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows have no names and stay in their order.
            <tr key={r}>
              {row.map((cell, c) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its column.
                <td key={c} className={numeric[c] ? 'number' : undefined}>
                  {shownCell(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {table.rows.length > shown && (
        <button type="button" className="link" onClick={() => setShown(shown + 10 * AT_ONCE)}>
          {table.rows.length - shown} more rows
        </button>
      )}
    </section>
  );
}

function shownCell(cell: Cell): string {
  if (typeof cell === 'number') return readable(cell, 5);
  if (cell === null || cell === undefined) return '–';
  return visible(String(cell));
}
