import { type ReactNode, useRef, useState } from 'react';
import { Menu } from '../parts/menu.tsx';
import type { Table } from './csv.ts';
import { DataTable } from './data-table.tsx';
import { saveCsv, savePng, saveSvg } from './export.ts';

interface FigureProps {
  readonly title: string;
  readonly heading?: ReactNode;
  /** What the picture shows, in a sentence or two. */
  readonly summary: string;
  /** Whether the summary is for all to read, or only for who does not see the picture. */
  readonly quiet?: boolean;
  /** Its numbers. */
  readonly table: () => Table;
  /** Begins the names of exported files. */
  readonly file: string;
  readonly className?: string;
  /** The picture: exactly one SVG element that is to be exported. */
  readonly children: ReactNode;
}

/** A picture with its title, a summary, its numbers behind a button, and exports. */
export function Figure({ title, heading, summary, quiet, table, file, className, children }: FigureProps) {
  const root = useRef<HTMLElement>(null);
  const [tabled, setTabled] = useState(false);
  const [problem, setProblem] = useState<string>();
  const svg = () => root.current!.querySelector<SVGSVGElement>('svg[data-picture]')!;
  const save = (how: () => void | Promise<void>, close: () => void) => {
    setProblem(undefined);
    Promise.resolve()
      .then(how)
      .catch((error: Error) => setProblem(`The picture could not be saved: ${error.message}`));
    close();
  };

  return (
    <figure ref={root} className={`figure ${className ?? ''}`} aria-label={title}>
      <header className="figure-head">
        {heading ?? <h2>{title}</h2>}
        <div className="figure-tools screen">
          <button type="button" className="plain small" aria-expanded={tabled} onClick={() => setTabled(!tabled)}>
            Table
          </button>
          <Menu label="Save" name={`Save ${title}`} right className="small plain-menu">
            {(close) => (
              <div className="choices">
                <button type="button" onClick={() => save(() => saveSvg(svg(), title, file), close)}>
                  Picture (SVG)
                </button>
                <button type="button" onClick={() => save(() => savePng(svg(), title, file), close)}>
                  Picture (PNG)
                </button>
                <button type="button" onClick={() => save(() => saveCsv(table(), file), close)}>
                  Numbers (CSV)
                </button>
              </div>
            )}
          </Menu>
        </div>
      </header>
      {children}
      <figcaption className={quiet ? 'only-read' : 'figure-caption'}>{summary}</figcaption>
      {problem && (
        <p className="message bad" role="alert">
          {problem}
        </p>
      )}
      {tabled && <DataTable table={table()} title={title} />}
    </figure>
  );
}
