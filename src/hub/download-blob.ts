import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { DiskError } from '../nn/files/disk-error.ts';
import type { HubConnection } from './connection.ts';
import { HubError } from './hub-error.ts';
import type { ModelCache } from './model-cache.ts';
import type { HubFile } from './model-files.ts';
import { PassingError } from './persist.ts';

/**
 * Brings a file of a commit into the cache's blobs, where it is not there yet. What an earlier try has of it is kept and gone on with,
 * also after a lost connection; the file takes its name only when it has its checksum.
 *
 * @param onBytes called with the bytes that are there, of file.size
 * @throws HubError, DiskError, and the signal's reason; the part that is there stays, but for a wrong checksum
 */
export async function downloadBlob(
  connection: HubConnection,
  cache: ModelCache,
  commit: string,
  file: HubFile,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<void> {
  const { blob, partial } = { blob: cache.blob(file.etag), partial: cache.partial(file.etag) };
  if ((await sizeOf(blob)) === file.size && existsSync(blob)) return onBytes(file.size);
  try {
    for (let again = false; ; again = true) {
      const continued = await fetchRest(connection, partial, commit, file, onBytes);
      if ((await checksum(partial, file, connection.signal)) === file.etag) break;
      await rm(partial, { force: true });
      onBytes(0);
      // An old piece may have been spoilt, and not by the hub: once more from the start.
      if (continued && !again) continue;
      const problem = `${file.name} came with a wrong checksum; it should be ${file.etag}. The file was removed. Run again; if it stays so, a proxy changes what you download.`;
      throw new HubError('TURNWISE_HUB_CHECKSUM', connection.model, problem);
    }
    await rename(partial, blob);
  } catch (error) {
    throw DiskError.from(error, partial);
  }
}

/** @returns whether there was a piece to go on with */
async function fetchRest(
  connection: HubConnection,
  partial: string,
  commit: string,
  file: HubFile,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  let furthest = 0;
  let continued = false;
  await connection.persist(
    async () => {
      let from = await sizeOf(partial);
      if (from > file.size) from = await startOver(partial);
      continued ||= from > 0;
      if (from === file.size) return (await open(partial, 'a')).close();
      await fetchPiece(connection, partial, commit, file, from, (bytes) => {
        furthest = Math.max(furthest, bytes);
        onBytes(bytes);
      });
    },
    () => furthest,
  );
  return continued;
}

async function fetchPiece(
  connection: HubConnection,
  partial: string,
  commit: string,
  file: HubFile,
  from: number,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { signal, model } = connection;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), connection.persistence.silence);
  const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
  let target: FileHandle | undefined;
  try {
    const response = await connection.open(commit, file.name, from, either);
    let at = from;
    if (startOf(response) !== from) {
      // The server does not take up where we want it to.
      at = await startOver(partial);
      if (startOf(response) !== 0) {
        await response.body?.cancel().catch(() => undefined);
        throw new PassingError(model, `${file.name} could not be continued at byte ${from}. Run again later.`);
      }
    }
    target = await open(partial, at === 0 ? 'w' : 'r+');
    onBytes(at);
    for await (const chunk of chunksOf(connection, response)) {
      if (at + chunk.length > file.size) {
        await startOver(partial);
        throw new PassingError(model, `more bytes of ${file.name} came than its ${file.size}. Run again later.`);
      }
      await writeAll(target, chunk, at);
      at += chunk.length;
      onBytes(at);
      timer.refresh();
    }
    if (at < file.size)
      throw new PassingError(
        model,
        `${file.name} ended at byte ${at} of ${file.size}. Run again: the download goes on there.`,
      );
    await target.sync();
  } finally {
    clearTimeout(timer);
    await target?.close();
  }
}

/** At which byte an answer begins; undefined where it has none of the file. */
function startOf({ status, headers }: Response): number | undefined {
  if (status === 200) return 0;
  const [, start] = /^bytes (\d+)-/.exec(headers.get('Content-Range') ?? '') ?? [];
  return status === 206 && start !== undefined ? Number(start) : undefined;
}

/** The bytes of an answer; a connection that breaks off is an error that may pass. */
async function* chunksOf(connection: HubConnection, response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  try {
    for (;;) {
      const next = await reader?.read().catch((error) => Promise.reject(connection.lost(error)));
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}

/** The new file is another one than the old: a process that still writes to that one does no harm. */
async function startOver(partial: string): Promise<0> {
  await rm(partial, { force: true });
  return 0;
}

/** Bytes of a file; 0 where there is none. */
async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (s) => s.size,
    () => 0,
  );
}

/** Read back from the disk: what counts is what lies there, whoever wrote it. */
async function checksum(path: string, { size, etag }: HubFile, signal: AbortSignal | undefined): Promise<string> {
  const hash = etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) hash.update(chunk as Buffer);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
  return hash.digest('hex');
}

/** Bytes that a file still needs on the disk. */
export async function bytesToCome(cache: ModelCache, { etag, size }: HubFile): Promise<number> {
  if ((await sizeOf(cache.blob(etag))) === size) return 0;
  return Math.max(0, size - (await sizeOf(cache.partial(etag))));
}
