import { cpus } from 'node:os';
import { cellProgress } from '../../compare/cell-progress.ts';
import { readCell } from '../../compare/cell-result.ts';
import type { Comparison, ComparisonPlan } from '../../compare/comparison.ts';
import { panelTables } from '../../compare/report/tables.ts';
import { writeComparison } from '../../compare/report/write-report.ts';
import { type ComparisonResults, type FinishedCell, summarizeComparison } from '../../compare/results.ts';
import { table } from '../table.ts';
import { versions } from '../version.ts';
import type { Cell } from './resolve-cells.ts';

/**
 * Writes the report over the finished cells.
 *
 * @returns what is known by now; undefined where no cell is finished, and nothing was written
 */
export async function reportCells(
  out: string,
  comparison: Comparison,
  plan: ComparisonPlan,
  cells: readonly Cell[],
): Promise<ComparisonResults | undefined> {
  const finished: FinishedCell[] = [];
  const missing: string[] = [];
  for (const cell of cells) {
    if ((await cellProgress(cell.run)).state !== 'finished') missing.push(cell.id);
    else {
      const { tasks, groupSize } = cell.config.rollout;
      const result = await readCell(cell.run, tasks * groupSize, comparison.threshold);
      finished.push({ id: cell.id, variant: cell.variant, environment: cell.environment, seed: cell.seed, result });
    }
  }
  if (finished.length === 0) return undefined;
  const { variants, environments, panels } = plan;
  const { title, threshold } = comparison;
  const results = summarizeComparison(finished, { title, threshold, variants, environments, panels, missing });
  await writeComparison(out, results, facts(cells, plan));
  return results;
}

/** What a reader needs to judge the numbers. Settings that differ between cells are told as a range of what there is. */
function facts(cells: readonly Cell[], plan: ComparisonPlan): string[] {
  const all = <T>(pick: (cell: Cell) => T): string => [...new Set(cells.map(pick))].join(' or ');
  const { turnwise, packages } = versions();
  return [
    `Seeds ${plan.seeds.join(', ')}. All variants of a seed meet the same tasks in the same order and start from the same weights.`,
    `${all((c) => c.iterations)} iterations of ${all((c) => `${c.config.rollout.tasks} tasks × ${c.config.rollout.groupSize} episodes`)}, temperature ${all((c) => c.config.rollout.temperature)}; learning rate ${all((c) => c.config.optimizer.learningRate)} (${all((c) => c.config.optimizer.schedule)}), the same for all variants unless their names say otherwise: not tuned to any.`,
    `Held-out success: ${all((c) => c.config.evaluation.tasks)} tasks never trained on, temperature ${all((c) => c.config.evaluation.temperature)}, every ${all((c) => c.config.evaluation.every)} iterations; ${all((c) => c.config.evaluation.seeds)} sampling seeds before and after training, one between.`,
    `Turnwise ${turnwise}, onnxruntime-node ${packages['onnxruntime-node']}, Node ${process.version}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}.`,
  ];
}

/** The main table of each panel, for a terminal. */
export function describeResults(results: ComparisonResults): string {
  return results.environments
    .flatMap(({ environment }) =>
      results.panels.flatMap((panel) => {
        const [main] = panelTables(results, environment, panel);
        if (main === undefined) return [];
        const heading = results.environments.length > 1 ? `${environment}: ${panel.title}` : panel.title;
        return [`\n${heading}\n${main.caption}\n\n${table(main.head, main.rows)}`];
      }),
    )
    .join('\n');
}
