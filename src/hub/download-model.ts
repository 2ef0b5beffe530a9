import { readFile, statfs } from 'node:fs/promises';
import type { HubConnection } from './connection.ts';
import { bytesToCome, downloadBlob } from './download-blob.ts';
import { HubError } from './hub-error.ts';
import type { ModelCache } from './model-cache.ts';
import { type HubFile, neededFiles } from './model-files.ts';
import type { ModelId } from './model-id.ts';

/** How far a download is. */
export interface DownloadProgress {
  /** The file that is being fetched. */
  readonly file: string;
  /** Bytes of all files that are there, those of earlier tries among them. */
  readonly done: number;
  /** Bytes of all files. */
  readonly total: number;
  readonly filesDone: number;
  readonly files: number;
}

/**
 * Brings a model into the cache: what is needed to load it, and not there yet.
 *
 * @returns the snapshot's folder
 * @throws HubError, DiskError, and the signal's reason
 */
export async function downloadModel(
  connection: HubConnection,
  cache: ModelCache,
  id: ModelId,
  onProgress: (progress: DownloadProgress) => void = () => undefined,
): Promise<string> {
  const commit = await connection.commit(id);
  if ((await cache.complete(commit)) === undefined) await fetchFiles(connection, cache, commit, onProgress);
  await cache.setCommit(id.revision, commit);
  return cache.snapshot(commit);
}

async function fetchFiles(
  connection: HubConnection,
  cache: ModelCache,
  commit: string,
  onProgress: (progress: DownloadProgress) => void,
): Promise<void> {
  const files = await neededFiles(connection.model, await connection.files(commit), async (file) => {
    await downloadBlob(connection, cache, commit, file);
    return readFile(cache.blob(file.etag), 'utf8');
  });
  await checkSpace(connection, cache, files);
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const there = await Promise.all(files.map(async (file) => file.size - (await bytesToCome(cache, file))));
  for (const [filesDone, file] of files.entries()) {
    await downloadBlob(connection, cache, commit, file, (bytes) => {
      there[filesDone] = bytes;
      const done = there.reduce((sum, n) => sum + n, 0);
      onProgress({ file: file.name, done, total, filesDone, files: files.length });
    });
    await cache.link(commit, file.name, file.etag);
  }
  onProgress({ file: files.at(-1)!.name, done: total, total, filesDone: files.length, files: files.length });
}

async function checkSpace(connection: HubConnection, cache: ModelCache, files: readonly HubFile[]): Promise<void> {
  let needed = 0;
  for (const file of files) needed += await bytesToCome(cache, file);
  const { bavail, bsize } = await statfs(cache.folder);
  const free = bavail * bsize;
  if (needed <= free) return;
  const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  const problem = `${gb(needed)} are to be downloaded, but the disk of ${cache.root} has ${gb(free)} left. Free some space, or set HF_HUB_CACHE to a folder on another disk.`;
  throw new HubError('TURNWISE_HUB_NO_SPACE', connection.model, problem);
}
