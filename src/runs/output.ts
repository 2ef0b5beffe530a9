import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, realpathSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { OutputError, RunWriteError } from './errors.ts';
import { isReplaceable } from './replace-file.ts';
import { Spool } from './spool.ts';

/** Characters gathered before they are written. */
const BLOCK = 1 << 18;

/** Takes one line of text per line of the input. */
export interface LineWriter {
  /** @param line of the input that this answers, counted from 1 */
  write(line: number, text: string): Promise<void>;
  /** Makes what was written last. */
  close(): Promise<void>;
  /** Leaves nothing behind that was not there before. */
  abandon(): Promise<void>;
}

/**
 * Opens an output that holds all lines or does not come to be; standard output, where nothing can be taken back, gets
 * whole lines only.
 *
 * @param path of the file (compressed where it ends in `.gz`); undefined: standard output.
 * @param inOrder whether lines come in the order of the input; otherwise they are put in that order.
 * @throws OutputError where the output would replace the input
 */
export async function openOutput(path: string | undefined, input: string, inOrder: boolean): Promise<LineWriter> {
  if (path !== undefined && isSameFile(path, input)) {
    throw new OutputError(path, 'it is the file that is read. Choose another name.');
  }
  const writer = path === undefined ? new StandardOutput() : new OutputFile(path, await isReplaceable(path));
  return inOrder ? writer : new Reordered(writer);
}

function isSameFile(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    // One of them does not exist.
    return false;
  }
}

/** Writes blocks to a stream, and waits where the stream cannot take more. */
class BlockWriter {
  private readonly stream: Writable;
  private block = '';
  private failure: unknown;

  constructor(stream: Writable) {
    this.stream = stream;
    stream.on('error', (error) => {
      this.failure = error;
    });
  }

  async write(text: string): Promise<void> {
    this.block += `${text}\n`;
    if (this.block.length >= BLOCK) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    const { block } = this;
    this.block = '';
    if (!this.stream.write(block)) await once(this.stream, 'drain');
    if (this.failure !== undefined) throw this.failure;
  }
}

class StandardOutput implements LineWriter {
  private readonly blocks = new BlockWriter(process.stdout);

  write(_line: number, text: string): Promise<void> {
    return this.blocks.write(text);
  }

  close(): Promise<void> {
    return this.blocks.flush();
  }

  async abandon(): Promise<void> {}
}

/** A file beside the one to be, which takes its place at the end; or a device, written as it is. */
class OutputFile implements LineWriter {
  private readonly path: string;
  /** Where the lines go until all are there. */
  private readonly temp: string | undefined;
  private readonly first: Writable;
  private readonly last: Writable;
  private readonly blocks: BlockWriter;

  constructor(path: string, replaceable: boolean) {
    this.path = path;
    if (replaceable) this.temp = join(dirname(resolve(path)), `.${basename(path)}.${randomUUID()}.tmp`);
    this.last = createWriteStream(this.temp ?? path, this.temp === undefined ? {} : { flags: 'wx', flush: true });
    this.first = this.last;
    if (path.endsWith('.gz')) {
      this.first = createGzip();
      this.first.pipe(this.last);
    }
    this.blocks = new BlockWriter(this.first);
    this.last.on('error', (error) => this.first.destroy(error));
  }

  async write(_line: number, text: string): Promise<void> {
    await this.told(this.blocks.write(text));
  }

  async close(): Promise<void> {
    await this.told(
      (async () => {
        await this.blocks.flush();
        this.first.end();
        await finished(this.last);
        if (this.temp !== undefined) await rename(this.temp, this.path);
      })(),
    );
  }

  async abandon(): Promise<void> {
    this.first.destroy();
    this.last.destroy();
    if (this.temp !== undefined) await rm(this.temp, { force: true });
  }

  private async told(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        throw new OutputError(this.path, `the folder ${dirname(resolve(this.path))} does not exist. Make it first.`);
      }
      throw RunWriteError.from(error, this.path);
    }
  }
}

/** Keeps the lines in a temporary file until all are there. */
class Reordered implements LineWriter {
  private readonly to: LineWriter;
  private readonly spool = new Spool();
  private readonly places: { line: number; offset: number; length: number }[] = [];

  constructor(to: LineWriter) {
    this.to = to;
  }

  async write(line: number, text: string): Promise<void> {
    this.places.push({ line, offset: this.spool.write(text), length: Buffer.byteLength(text) });
  }

  async close(): Promise<void> {
    this.places.sort((a, b) => a.line - b.line);
    for (const { line, offset, length } of this.places) {
      await this.to.write(line, this.spool.read(offset, length).toString());
    }
    this.spool.remove();
    await this.to.close();
  }

  async abandon(): Promise<void> {
    this.spool.remove();
    await this.to.abandon();
  }
}
