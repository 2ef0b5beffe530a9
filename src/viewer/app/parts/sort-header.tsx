import type { ReactNode } from 'react';

interface SortHeaderProps {
  readonly children: ReactNode;
  /** Whether the table is sorted by this column, and how. */
  readonly sorted: 'ascending' | 'descending' | undefined;
  readonly numeric?: boolean;
  readonly title?: string;
  readonly className?: string;
  readonly onSort: () => void;
}

/** The head of a column that the table can be sorted by. */
export function SortHeader({ children, sorted, numeric, title, className, onSort }: SortHeaderProps) {
  return (
    <th
      scope="col"
      aria-sort={sorted ?? 'none'}
      className={`${numeric ? 'number ' : ''}sortable ${className ?? ''}`}
      title={title}
    >
      <button type="button" className="printed" onClick={onSort}>
        {children}
        <span className="sort-sign" aria-hidden="true">
          {sorted === 'ascending' ? '▲' : sorted === 'descending' ? '▼' : ''}
        </span>
      </button>
    </th>
  );
}
