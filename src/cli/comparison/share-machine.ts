import { join } from 'node:path';
import { isAdapterFolder, parameterLayout, parseModelConfig } from '../../nn/files/index.ts';
import { readModelFile } from '../../nn/files/model-file.ts';
import { LARGE_MODEL } from '../../nn/memory.ts';
import type { Cell } from './resolve-cells.ts';

/** How the runs of a comparison share the processors and the memory. */
export interface Sharing {
  /** Runs side by side. */
  readonly jobs: number;
  /** One sentence: why so many. */
  readonly why: string;
}

/** What a run with a small model takes, bytes: mostly the runtime, episodes in flight and what a training run keeps. */
const SMALL_RUN = 1.2e9;

/**
 * Small models leave a second core half idle: as many runs as there are cores and memory for, each with one engine on one thread. A large
 * model has the machine for itself.
 *
 * @param models folders of the models that the cells start from
 */
export async function shareMachine(models: readonly string[], cores: number, freeBytes: number): Promise<Sharing> {
  const sizes = await Promise.all(models.map(parameterCount));
  if (sizes.some((size) => size > LARGE_MODEL)) {
    return { jobs: 1, why: 'one run at a time, since the model is large' };
  }
  const fit = Math.max(1, Math.floor(freeBytes / SMALL_RUN));
  const jobs = Math.min(cores, fit);
  return {
    jobs,
    why: jobs < cores ? `${jobs} at a time, for lack of memory` : `${jobs} at a time, one for each core`,
  };
}

/** Parameters of the model in a folder; an adapter counts as large, since the model under it will be. */
async function parameterCount(folder: string): Promise<number> {
  if (isAdapterFolder(folder)) return Number.POSITIVE_INFINITY;
  const { decoder } = parseModelConfig(await readModelFile(folder, 'config.json'), join(folder, 'config.json'));
  return parameterLayout(decoder).total;
}

/** The cells with engines that leave room for each other, where nobody has said how many there shall be. */
export function withOwnThreads<C extends Pick<Cell, 'config'>>(cells: readonly C[], jobs: number): C[] {
  if (jobs === 1) return [...cells];
  return cells.map((cell) => {
    const { replicas = 1, threads = 1, ...engine } = cell.config.engine;
    return { ...cell, config: { ...cell.config, engine: { ...engine, replicas, threads } } };
  });
}
