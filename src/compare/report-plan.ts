import type { CellRecord, ComparisonRecord } from './comparison-record.ts';
import type { Panel } from './results.ts';

/** What a report over the runs of a folder holds, and in which order. */
export interface ReportPlan {
  readonly title: string;
  readonly threshold: number;
  readonly variants: readonly string[];
  readonly environments: readonly string[];
  /** Every variant is in one at least. */
  readonly panels: readonly Panel[];
  /** Seed after seed. */
  readonly cells: readonly CellRecord[];
}

/** The report that a record asks for: all variants in one panel where it has no panels, else its panels and one for the variants in none. */
export function reportPlan(record: ComparisonRecord): ReportPlan {
  const variants = [...new Set(record.cells.map(({ variant }) => variant))];
  const environments = [...new Set(record.cells.map(({ environment }) => environment))];
  const { title = 'Comparison', threshold = 0.8 } = record;
  const baselineOf = (names: readonly string[], asked: string | undefined): string =>
    asked !== undefined && variants.includes(asked) ? asked : names[0];
  const panels = record.panels
    .map((panel) => ({ ...panel, variants: panel.variants.filter((name) => variants.includes(name)) }))
    .filter((panel) => panel.variants.length > 0)
    .map((panel) => ({ ...panel, baseline: baselineOf(panel.variants, panel.baseline) }));
  const shown = new Set(panels.flatMap((panel) => panel.variants));
  const rest = variants.filter((name) => !shown.has(name));
  if (rest.length > 0) {
    const own = panels.length === 0 ? title : untaken('Other variants', panels);
    panels.push({ title: own, variants: rest, baseline: baselineOf(rest, record.baseline) });
  }
  const place = (cell: CellRecord): number[] => [
    cell.seed,
    environments.indexOf(cell.environment),
    variants.indexOf(cell.variant),
  ];
  const cells = record.cells
    .map((cell) => ({ cell, at: place(cell) }))
    .sort((a, b) => a.at.map((value, i) => value - b.at[i]).find((difference) => difference !== 0) ?? 0)
    .map(({ cell }) => cell);
  return { title, threshold, variants, environments, panels, cells };
}

function untaken(title: string, panels: readonly Panel[]): string {
  return panels.some((panel) => panel.title === title) ? untaken(`${title} (in no panel)`, panels) : title;
}
