import type { ComparisonResults } from '../results.ts';
import type { Figure } from './figures.ts';
import { panelHeading } from './heading.ts';
import { markdownText } from './markdown-text.ts';
import { missingRuns, pairTable, panelTables, type Table } from './tables.ts';

/** The report as Markdown, with the pictures beside it in `figures/`. */
export function markdownReport(
  results: ComparisonResults,
  pictures: readonly Figure[],
  facts: readonly string[],
): string {
  const parts = [`# ${markdownText(results.title)}`, facts.map((fact) => `- ${markdownText(fact)}`).join('\n')];
  const missing = missingRuns(results);
  if (missing !== undefined) parts.push(`**${markdownText(missing)}**`);
  for (const { environment } of results.environments) {
    for (const panel of results.panels) {
      const own = pictures.filter((f) => f.environment === environment && f.panel === panel.title);
      if (own.length === 0) continue;
      const heading = panelHeading(results, environment, panel);
      if (heading !== undefined) parts.push(`## ${markdownText(heading)}`);
      const [first, ...others] = own;
      parts.push(picture(first));
      for (const table of panelTables(results, environment, panel)) parts.push(markdownTable(table));
      parts.push(...others.map(picture));
      for (const measure of ['area', 'final'] as const)
        parts.push(markdownTable(pairTable(results, environment, panel, measure)));
    }
  }
  return `${parts.join('\n\n')}\n`;
}

function picture({ name, environment, panel }: Figure): string {
  return `![${markdownText(`${environment}, ${panel}: ${name}`)}](figures/${name}.svg)`;
}

function markdownTable({ caption, head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;
  return [
    markdownText(caption),
    '',
    line(head),
    line(head.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map(line),
  ].join('\n');
}
