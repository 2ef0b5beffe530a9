import { createReadStream } from 'node:fs';
import { constants, createGunzip } from 'node:zlib';
import { type ReadOptions, RecordError, readBytes, unreadable } from '../runs/index.ts';

/** Bytes unpacked at a time where a file is broken: no more than this is lost before the broken place. */
const SMALL = 512;

/** What is wrong with a file beyond its lines. */
export interface Damage {
  readonly problem: string;
}

/**
 * A file as bytes, uncompressed where it was compressed by gzip, and all of them that can be had where the compression is
 * broken or cut short.
 *
 * @param onDamage told once what is wrong, after the last byte
 * @throws the reason of the signal
 */
export async function* salvageBytes(
  path: string,
  onDamage: (damage: Damage) => void,
  options: ReadOptions = {},
): AsyncGenerator<Buffer> {
  let given = 0;
  try {
    for await (const chunk of readBytes(path, options)) {
      given += chunk.length;
      yield chunk;
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) {
      const told = unreadable(error, path);
      onDamage({ problem: told instanceof RecordError ? told.problem : `it cannot be read (${messageOf(error)}).` });
      return;
    }
    // A stream that fails drops what it had unpacked last.
    const rest = await unpackRest(path, given);
    if (rest.length > 0) yield rest;
    onDamage({ problem: `the compressed file is broken or was cut short (${messageOf(error)}). Copy it again.` });
  }
}

/** What can be unpacked of a broken file after its first `skip` bytes. */
function unpackRest(path: string, skip: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let seen = 0;
    const source = createReadStream(path);
    const gunzip = createGunzip({ chunkSize: SMALL, finishFlush: constants.Z_SYNC_FLUSH });
    gunzip.on('data', (part: Buffer) => {
      const from = Math.max(0, skip - seen);
      seen += part.length;
      if (from < part.length) parts.push(part.subarray(from));
    });
    const settle = (): void => {
      source.destroy();
      gunzip.destroy();
      resolve(Buffer.concat(parts));
    };
    gunzip.once('end', settle);
    gunzip.once('error', settle);
    source.once('error', settle);
    source.pipe(gunzip);
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
