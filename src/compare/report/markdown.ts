import type { ComparisonResults } from '../results.ts';
import type { Figure } from './figures.ts';
import { missingRuns, pairTable, panelTables, type Table } from './tables.ts';

/** The report as Markdown, with the pictures beside it in `figures/`. */
export function markdownReport(
  results: ComparisonResults,
  pictures: readonly Figure[],
  facts: readonly string[],
): string {
  const parts = [`# ${results.title}`, facts.map((fact) => `- ${fact}`).join('\n')];
  const missing = missingRuns(results);
  if (missing !== undefined) parts.push(`**${missing}**`);
  for (const { environment } of results.environments) {
    if (results.environments.length > 1) parts.push(`## ${environment}`);
    for (const panel of results.panels) {
      const own = pictures.filter((f) => f.environment === environment && f.panel === panel.title);
      if (own.length === 0) continue;
      parts.push(`${results.environments.length > 1 ? '###' : '##'} ${panel.title}`);
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
  return `![${environment}, ${panel}: ${name}](figures/${name}.svg)`;
}

function markdownTable({ caption, head, rows }: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`;
  return [caption, '', line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
