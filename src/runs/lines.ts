import { isAscii, isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { addAbortSignal, pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { RecordError } from './errors.ts';

/** What stands for standard input in place of a path. */
export const STANDARD_INPUT = '-';

/** One line of a text. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
  /** Where it begins, in bytes of the (uncompressed) text. */
  readonly offset: number;
  /** Bytes, without the line feed. */
  readonly length: number;
}

/** Bytes asked for at a time: large enough that the reads cost nothing beside what is done with them. */
const CHUNK = 1 << 20;

/** Lines of a stream of bytes, a chunk at a time, as nothing is copied but the line that spans two chunks. */
export class LineSplitter {
  private readonly file: string;
  private rest: Buffer[] = [];
  private number = 0;
  private offset = 0;

  constructor(file: string) {
    this.file = file;
  }

  /** Number of the line that is being read. */
  get current(): number {
    return this.number + 1;
  }

  /** The lines that end in this chunk. @throws RecordError where a line is not UTF-8 */
  *push(chunk: Buffer): Generator<Line> {
    let from = 0;
    for (let to = chunk.indexOf(10); to >= 0; to = chunk.indexOf(10, from)) {
      const tail = chunk.subarray(from, to);
      const bytes = this.rest.length === 0 ? tail : Buffer.concat([...this.rest, tail]);
      this.rest = [];
      yield this.line(bytes, 1);
      from = to + 1;
    }
    if (from < chunk.length) this.rest.push(chunk.subarray(from));
  }

  /** The last line, where no line feed ended it. */
  *end(): Generator<Line> {
    if (this.rest.length > 0) yield this.line(Buffer.concat(this.rest), 0);
    this.rest = [];
  }

  private line(bytes: Buffer, feed: number): Line {
    const { offset } = this;
    this.number++;
    this.offset += bytes.length + feed;
    return { number: this.number, text: decodeLine(bytes, this.file, this.number), offset, length: bytes.length };
  }
}

/** The text of a line. @throws RecordError where it is not UTF-8 */
export function decodeLine(bytes: Buffer, file: string, line: number): string {
  // One byte a character is the fastest to decode and, as a string, half the size.
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new RecordError('it is not UTF-8 text. Convert the file, for example with iconv.', { file, line });
}

export interface ReadOptions {
  /** Told how many bytes came in, as they are stored. */
  readonly onRead?: (bytes: number) => void;
  /** Ends the reading, with an error, even while it waits for more. */
  readonly signal?: AbortSignal;
}

/** A file, or standard input, as bytes; uncompressed where it was compressed by gzip. */
export async function* readBytes(path: string, { onRead, signal }: ReadOptions = {}): AsyncGenerator<Buffer> {
  const source: Readable = path === STANDARD_INPUT ? process.stdin : createReadStream(path, { highWaterMark: CHUNK });
  if (signal !== undefined) addAbortSignal(signal, source);
  let stream: Readable | undefined;
  try {
    const chunks = counted(source, onRead);
    const first = await chunks.next();
    if (first.done) return;
    if (!(first.value[0] === 0x1f && first.value[1] === 0x8b)) {
      yield first.value;
      yield* chunks;
      return;
    }
    const all = async function* () {
      yield first.value as Buffer;
      yield* chunks;
    };
    stream = pipeline(all, createGunzip({ chunkSize: CHUNK }), () => undefined) as unknown as Readable;
    yield* stream as AsyncIterable<Buffer>;
  } finally {
    stream?.destroy();
    source.destroy();
  }
}

async function* counted(source: Readable, onRead?: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    onRead?.(chunk.length);
    yield chunk;
  }
}

/**
 * The lines of a file (`-`: standard input), compressed by gzip or not.
 *
 * @throws RecordError with file and line where the compression is broken or a line is not UTF-8
 */
export async function* readLines(path: string, options: ReadOptions = {}): AsyncGenerator<Line> {
  const file = path === STANDARD_INPUT ? 'standard input' : path;
  const splitter = new LineSplitter(file);
  try {
    for await (const chunk of readBytes(path, options)) yield* splitter.push(chunk);
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw unreadable(error, file);
    const problem = `the compressed file is broken or was cut short (${(error as Error).message}). Copy it again.`;
    throw new RecordError(problem, { file, line: splitter.current }, { cause: error });
  }
  yield* splitter.end();
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file.',
  EISDIR: 'it is a folder; name a file.',
  EACCES: 'this user may not read it. Change the permissions.',
};

/** The reason why a file cannot be read, for a person; any other error as it is. */
export function unreadable(error: unknown, file: string): unknown {
  const problem = UNREADABLE[(error as NodeJS.ErrnoException | undefined)?.code ?? ''];
  return problem === undefined ? error : new RecordError(problem, { file }, { cause: error });
}
