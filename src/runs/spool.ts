import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes gathered before they are written. */
const BLOCK = 1 << 20;

/** A file for the time being: texts and bytes written one after the other, to be read again by place. Gone after `remove`. */
export class Spool {
  readonly path: string;
  private readonly folder: string;
  private readonly descriptor: number;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private written = 0;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'turnwise-'));
    this.path = join(this.folder, 'spool');
    this.descriptor = openSync(this.path, 'w+');
  }

  /** @returns where the text or the bytes begin, in bytes */
  write(content: string | Uint8Array): number {
    const bytes = Buffer.from(content as string);
    const offset = this.written + this.waitingBytes;
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    if (this.waitingBytes >= BLOCK) this.flush();
    return offset;
  }

  /** The bytes written so far, from `offset` on. */
  read(offset: number, length: number): Buffer {
    this.flush();
    const bytes = Buffer.allocUnsafe(length);
    readSync(this.descriptor, bytes, 0, length, offset);
    return bytes;
  }

  flush(): void {
    if (this.waitingBytes === 0) return;
    const bytes = Buffer.concat(this.waiting);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.descriptor, bytes, at);
    this.written += bytes.length;
    this.waiting = [];
    this.waitingBytes = 0;
  }

  remove(): void {
    closeSync(this.descriptor);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
