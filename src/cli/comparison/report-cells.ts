import { join } from 'node:path';
import { cellProgress } from '../../compare/cell-progress.ts';
import { readCell } from '../../compare/cell-result.ts';
import { panelHeading } from '../../compare/report/heading.ts';
import { panelTables } from '../../compare/report/tables.ts';
import { writeComparison } from '../../compare/report/write-report.ts';
import type { ReportPlan } from '../../compare/report-plan.ts';
import { type ComparisonResults, type FinishedCell, summarizeComparison } from '../../compare/results.ts';
import { configSchema, type TrainConfig } from '../../training/config.ts';
import { checkConfig } from '../load-config.ts';
import { foldedTable } from '../table.ts';
import { cellFolder, readCellConfig, readCellMachine } from './cell-folder.ts';
import { settingsOf } from './cell-settings.ts';
import { comparisonFacts } from './facts.ts';
import { checkThreshold, finishedCell, type Included, refuseOtherSettings } from './included-cells.ts';

/**
 * Writes the report over the finished runs in the folder of a comparison, each with the settings that it had.
 *
 * @param included runs made elsewhere, which count where the folder has none
 * @param earlier variants that an earlier command brought into the folder
 * @returns what is known by now; undefined where no run is finished, and nothing was written
 * @throws ComparisonError where included runs are timed to another threshold
 */
export async function reportCells(
  out: string,
  plan: ReportPlan,
  included: Included,
  earlier: readonly string[] = [],
): Promise<ComparisonResults | undefined> {
  checkThreshold(plan.threshold, included);
  const finished: FinishedCell[] = [];
  const missing: string[] = [];
  for (const { id, variant, environment, seed } of plan.cells) {
    const run = cellFolder(out, id);
    const config = (await cellProgress(run)).state === 'finished' ? await readCellConfig(run) : undefined;
    const elsewhere = included.cells.get(id);
    if (config !== undefined) {
      const { tasks, groupSize } = config.rollout;
      const result = await readCell(run, tasks * groupSize, plan.threshold);
      const settings = settingsOf(config);
      // Which of two would be told of nobody could see.
      if (elsewhere !== undefined) refuseOtherSettings(elsewhere, settings);
      finished.push({ id, variant, environment, seed, settings, machine: await readCellMachine(run), result });
    } else if (elsewhere !== undefined) finished.push({ ...finishedCell(elsewhere), variant, environment, seed });
    else missing.push(id);
  }
  if (finished.length === 0) return undefined;
  const trained = finished.map((cell) => ({ ...cell, config: trainConfigOf(cell, included) }));
  const results = summarizeComparison(finished, { ...plan, missing });
  await writeComparison(out, results, comparisonFacts(trained, earlier));
  return results;
}

/** @throws ConfigError naming the file of a run made elsewhere */
function trainConfigOf({ id, settings }: FinishedCell, { cells }: Included): TrainConfig {
  try {
    return checkConfig(configSchema, settings);
  } catch (error) {
    if (error instanceof Error) error.message = `${cells.get(id)?.file ?? id}: ${error.message}`;
    throw error;
  }
}

/** Earlier variants that the terminal names; the report names all. */
const NAMED = 6;

/** The main table of each panel, for a terminal, and where the report is. */
export function describeResults(out: string, results: ComparisonResults, earlier: readonly string[] = []): string {
  const tables = results.environments.flatMap(({ environment }) =>
    results.panels.flatMap((panel) => {
      const [main] = panelTables(results, environment, panel);
      if (main === undefined) return [];
      const heading = panelHeading(results, environment, panel) ?? results.title;
      return [`\n${heading}\n${main.caption}\n\n${foldedTable(main.head, main.rows, process.stdout.columns)}`];
    }),
  );
  const all = results.cells.length + results.missing.length;
  const left =
    results.missing.length === 0 ? '' : ` (${results.missing.length} of ${all} runs are not finished and not in it)`;
  const more = earlier.length > NAMED ? ` and ${earlier.length - NAMED} more` : '';
  const named = `${earlier.slice(0, NAMED).join(', ')}${more}`;
  const older = earlier.length === 0 ? [] : [`with ${named} of earlier commands on this folder`];
  return [...tables, `\nreport  ${join(out, 'report.html')}${left}`, ...older].join('\n');
}
