import { type CellPlan, ComparisonError, type ComparisonPlan, type Tree } from '../../compare/comparison.ts';
import { firstDifference } from '../../compare/shared-settings.ts';
import { configSchema, type TrainConfig } from '../../training/config.ts';
import { presetFor } from '../../training/presets.ts';
import { trainableCredit } from '../../training/trainable-credit.ts';
import { loadConfig } from '../load-config.ts';
import { checkSetup } from '../setup.ts';
import { cellFolder, readCellConfig } from './cell-folder.ts';
import { withoutOwnStart } from './cell-settings.ts';

/** A cell with all its settings, and where its run goes. */
export interface Cell extends CellPlan {
  readonly config: TrainConfig;
  readonly run: string;
  readonly iterations: number;
}

/**
 * Settings of every cell, as train would resolve them.
 *
 * @param settings `key=value`, over what the cells say themselves
 * @throws ConfigError, UnknownAlgorithmError, CreditOptionError, and what `checkSetup` throws, naming the variant
 */
export async function resolveCells(plan: ComparisonPlan, out: string, settings: readonly string[]): Promise<Cell[]> {
  return Promise.all(
    plan.cells.map(async (cell) => {
      try {
        const config = await loadConfig(configSchema, { preset: presetFor, written: cell.written, settings });
        trainableCredit(config.credit.algorithm, config.credit.options);
        checkSetup(config);
        return { ...cell, config, run: cellFolder(out, cell.id), iterations: config.iterations };
      } catch (error) {
        if (error instanceof Error) error.message = `${cell.variant}: ${error.message}`;
        throw error;
      }
    }),
  );
}

/**
 * Refuses to go on where a cell was run before with other settings, since its results would not be comparable. How many engines and threads
 * computed it, and who was told of it, are no such settings.
 *
 * @throws ComparisonError naming the cell and the first key that differs
 */
export async function checkUnchanged(cells: readonly Cell[]): Promise<void> {
  const compared = (config: TrainConfig): Tree => ({ ...withoutOwnStart(config), engine: null, loggers: null });
  for (const { id, run, config } of cells) {
    const before = await readCellConfig(run);
    const difference = before && firstDifference(compared(before), compared(config));
    if (difference !== undefined) {
      throw new ComparisonError(
        `${id} was run with other settings: ${difference}. Name another folder with --out, or remove ${run} to have it run again.`,
      );
    }
  }
}
