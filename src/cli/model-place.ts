import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { modelIdOf, resolveModel } from '../hub/index.ts';
import { isAdapterFolder, readAdapterConfig } from '../nn/files/index.ts';
import { RunFolderError } from '../runs/errors.ts';
import { RunFolder } from '../runs/run-folder.ts';
import { DownloadLine } from './download-line.ts';
import type { ProgressLine } from './progress.ts';

/** Where a model lies on this machine. */
export interface ModelPlace {
  readonly folder: string;
  /** The model under an adapter, where the adapter names one of the hub. */
  readonly base?: string;
}

/** Who is told of a download, and who stops it. */
export interface Watch {
  readonly line?: ProgressLine;
  readonly signal?: AbortSignal;
}

/**
 * The folder of a model that is given as a folder, a run folder (its last checkpoint) or a hub id, downloaded where need be, and
 * of the model under it if it is an adapter.
 *
 * @throws HubError, CheckpointError; RunFolderError for a run without a checkpoint; DiskError when the cache cannot be written; the
 * signal's reason
 */
export async function placeModel(name: string, watch: Watch = {}): Promise<ModelPlace> {
  const folder = (await lastCheckpoint(name)) ?? (await fetchModel(name, watch));
  if (!isAdapterFolder(folder)) return { folder };
  const { base, revision } = await readAdapterConfig(folder);
  // One that is on this machine is found by who loads the adapter; so is a name that can be neither.
  const here = [base, resolve(folder, base)].some((place) => existsSync(join(place, 'config.json')));
  if (here || modelIdOf(base) === undefined) return { folder };
  return { folder, base: await fetchModel(base, watch, revision) };
}

/** The newest model of a run; undefined for what is no run folder. */
async function lastCheckpoint(path: string): Promise<string | undefined> {
  if (!['config.json', 'metadata.json', 'checkpoints'].every((name) => existsSync(join(path, name)))) return undefined;
  const run = await RunFolder.open(path);
  const iteration = await run.latest();
  if (iteration === undefined) {
    throw new RunFolderError(path, 'this run has no checkpoint yet, so there is no model in it.');
  }
  return run.checkpointFolder(iteration);
}

async function fetchModel(name: string, { line, signal }: Watch, revision?: string): Promise<string> {
  const shown = line && new DownloadLine(name, line);
  const folder = await resolveModel(name, {
    ...(revision !== undefined && { revision }),
    ...(signal && { signal }),
    ...(shown && {
      onProgress: (p) => shown.progress(p),
      onWait: () => shown.wait(),
    }),
  });
  shown?.done(folder);
  return folder;
}
