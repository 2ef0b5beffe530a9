import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { recoverFolder } from '../nn/files/atomic.ts';
import { HubConnection } from './connection.ts';
import { type DownloadProgress, downloadModel } from './download-model.ts';
import { HubError } from './hub-error.ts';
import { accessToken, cacheFolder, expandHome, hubUrl, isOffline } from './hub-settings.ts';
import { withLock } from './lock.ts';
import { ModelCache } from './model-cache.ts';
import { type ModelId, modelIdOf } from './model-id.ts';
import { PERSISTENCE, type Persistence } from './persist.ts';

export interface ResolveOptions {
  /** Branch, tag or commit of a hub id that names none; default `main`. */
  readonly revision?: string;
  /** Folder of the cache; default as all Hugging Face libraries have it (HF_HUB_CACHE, HF_HOME). */
  readonly cacheDir?: string;
  /** Default HF_ENDPOINT, or the public hub. */
  readonly hubUrl?: string;
  /** Default HF_TOKEN, or what `hf auth login` keeps. */
  readonly token?: string;
  /** Stops a download; the part that is there stays for the next time. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Called once if another process downloads the same model, which is waited for. */
  readonly onWait?: () => void;
  readonly persistence?: Partial<Persistence>;
}

/**
 * The local folder of a model: a folder as it is, or a model of the Hugging Face hub, which is downloaded unless the cache has it whole.
 * The cache is that of the Python libraries, so a model is downloaded once for all. A revision that the cache has is not asked for again, even if
 * the hub has a newer one by now; naming another revision asks.
 *
 * @param nameOrFolder a folder, or `owner/name` or `owner/name@revision` where there is no such folder
 * @throws HubError; DiskError when the cache cannot be written; the signal's reason
 */
export async function resolveModel(nameOrFolder: string, options: ResolveOptions = {}): Promise<string> {
  const folder = expandHome(nameOrFolder);
  // What a crash left while the folder was replaced is put right.
  if (!existsSync(folder) && isDirectory(dirname(resolve(folder)))) await recoverFolder(folder);
  if (existsSync(folder)) {
    if (isDirectory(folder)) return folder;
    const problem = 'it is a file. Give the folder that has config.json and the weights, or a hub id (owner/name).';
    throw new HubError('TURNWISE_HUB_NOT_FOUND', nameOrFolder, problem);
  }
  const id = modelIdOf(folder, options.revision);
  if (id === undefined) {
    const problem =
      'there is no such folder, and it is no id of a model on the hub either, which has the form owner/name. Check the path.';
    throw new HubError('TURNWISE_HUB_NOT_FOUND', nameOrFolder, problem);
  }
  const cache = new ModelCache(options.cacheDir ?? (await cacheFolder()), id.name);
  const found = await cache.complete(id.revision);
  if (found !== undefined) return found;
  if (isOffline()) throw await offlineError(cache, id);
  return download(cache, id, options);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

async function download(cache: ModelCache, id: ModelId, options: ResolveOptions): Promise<string> {
  const { signal, onProgress, onWait } = options;
  signal?.throwIfAborted();
  await cache.create();
  const work = async (): Promise<string> => {
    const meanwhile = await cache.complete(id.revision);
    if (meanwhile !== undefined) return meanwhile;
    const connection = new HubConnection(id.name, {
      url: options.hubUrl ?? hubUrl(),
      token: options.token ?? (await accessToken()),
      persistence: { ...PERSISTENCE, ...options.persistence },
      signal,
    });
    return downloadModel(connection, cache, id, onProgress);
  };
  return withLock(cache.lock, work, { ...(signal && { signal }), ...(onWait && { onWait }) });
}

async function offlineError(cache: ModelCache, { name, revision }: ModelId): Promise<HubError> {
  const found = await cache.missing(revision);
  const what =
    found === undefined
      ? `there is no such folder, and ${cache.root} does not have the revision ${revision} of a model of that name`
      : `${found.folder} lacks ${found.files.join(', ')}`;
  const problem = `${what}. HF_HUB_OFFLINE forbids to ask the hub: unset it, or download the model where there is a network.`;
  return new HubError('TURNWISE_HUB_OFFLINE', name, problem);
}
