import type { ComparisonResults, Panel } from '../results.ts';

/** Whether the panel is all there is, under the name of the whole. */
export function isWhole({ panels, title }: ComparisonResults, panel: Panel): boolean {
  return panels.length === 1 && panel.title === title;
}

/** What stands over a panel of an environment; undefined where the title of the report says it already. */
export function panelHeading(results: ComparisonResults, environment: string, panel: Panel): string | undefined {
  const parts = [results.environments.length > 1 && environment, !isWhole(results, panel) && panel.title];
  return parts.filter((part) => part !== false).join(': ') || undefined;
}
