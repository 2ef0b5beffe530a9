import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainConfig } from '../../training/config.ts';
import { placeModel } from '../model-place.ts';
import type { ProgressLine } from '../progress.ts';
import { openSetup, SHIPPED_CHECKPOINT } from '../setup.ts';
import { makeWarmStart } from '../warm-start.ts';
import type { Cell } from './resolve-cells.ts';

/** Has every model that cells name on this machine: a download that fails or is stopped leaves no comparison behind. */
export async function placeModels(cells: readonly Cell[], line: ProgressLine, signal: AbortSignal): Promise<void> {
  for (const name of new Set(cells.map(({ config }) => config.checkpoint)))
    if (name !== undefined) await placeModel(name, { line, signal });
}

/** Folder of the warm start that a comparison makes for runs with such settings. */
export function warmStartName({ environment, agent, warmup }: TrainConfig): string {
  const key = createHash('sha256').update(JSON.stringify({ environment, agent, warmup })).digest('hex').slice(0, 8);
  return `${environment.name}-${key}`;
}

/**
 * Gives every cell the model it starts from: the one it names, the shipped one, or a warm start made once for all cells of the same
 * environment, agent and warm-up settings. So all variants start from the same weights.
 *
 * @param out folder of the comparison; warm starts go to `warmup/` in it and are found there again
 * @returns the cells, and the folders of all models
 */
export async function shareStarts(
  cells: readonly Cell[],
  out: string,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<{ cells: Cell[]; models: string[] }> {
  const models = new Set<string>();
  const started: Cell[] = [];
  for (const cell of cells) {
    const { config } = cell;
    if (config.checkpoint !== undefined) {
      models.add((await placeModel(config.checkpoint, { line, signal })).folder);
      started.push(cell);
    } else if (config.environment.name === 'household') {
      models.add(SHIPPED_CHECKPOINT);
      started.push(cell);
    } else {
      const folder = join(out, 'warmup', warmStartName(config));
      if (!existsSync(join(folder, 'config.json'))) {
        const setup = await openSetup(config);
        try {
          line.say(`warm start for ${cell.environment}, shared by all variants and seeds`);
          await makeWarmStart({ config, setup, folder, line, signal, evaluateEvery: 0 });
        } finally {
          await setup.suite.close?.();
        }
      }
      models.add(folder);
      started.push({ ...cell, config: { ...config, checkpoint: folder } });
    }
  }
  return { cells: started, models: [...models] };
}
