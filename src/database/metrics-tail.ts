import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeLine, type MetricRecord, mergeRecords, parseMetrics, RecordError } from '../runs/index.ts';
import { ByteLines } from './byte-lines.ts';
import { inspectFile } from './inside.ts';
import { type FileProblem, ProblemList } from './problem-list.ts';

const CHUNK = 1 << 20;
/** Bytes before the place reached that must still be the same, or the file was rewritten. */
const GUARD = 64;
const LONGEST_LINE = 2 ** 24;
/** As far as the table counts. */
const LAST_ITERATION = 2 ** 31 - 1;

/** Reads a metrics file as it grows, and again from its beginning when it was cut or written anew. */
export class MetricsTail {
  private readonly run: string;
  private readonly path: string;
  /** By iteration. */
  private records = new Map<number, MetricRecord>();
  private problems = new ProblemList();
  /** What is wrong with the end, which may be well when it is read next. */
  private unfinished: FileProblem | undefined;
  /** Bytes and lines read. */
  private offset = 0;
  private lines = 0;
  private guard = Buffer.alloc(0);
  private identity = '';
  private size = 0;

  /** @param run its folder, a real path */
  constructor(run: string) {
    this.run = run;
    this.path = join(run, 'metrics.jsonl');
  }

  /** In the order of their iterations. */
  get sorted(): MetricRecord[] {
    return [...this.records.values()].sort((a, b) => a.iteration - b.iteration);
  }

  /** What cannot be read. */
  get wrong(): readonly FileProblem[] {
    return this.unfinished === undefined ? this.problems.all : [...this.problems.all, this.unfinished];
  }

  /**
   * Reads what is new.
   *
   * @returns the first iteration whose record changed, −1 where all may have; undefined where nothing did
   */
  async read(): Promise<number | undefined> {
    const found = await inspectFile(this.path, this.run);
    if ('problem' in found) return this.lose(found.problem);
    let file: FileHandle;
    try {
      file = await open(this.path, 'r');
    } catch (error) {
      return this.lose(`it cannot be read (${(error as Error).message}).`);
    }
    try {
      return await this.readFrom(file);
    } finally {
      await file.close();
    }
  }

  private lose(problem: string): number | undefined {
    const before = this.identity;
    this.begin('');
    this.unfinished = { problem };
    return before === '' ? undefined : -1;
  }

  private async readFrom(file: FileHandle): Promise<number | undefined> {
    const { ino, size } = await file.stat();
    const anew = this.identity !== String(ino) || size < this.offset || !(await this.isSameBefore(file));
    const known = this.records.size > 0;
    if (anew) this.begin(String(ino));
    if (!anew && size === this.size) return undefined;
    this.size = size;
    const from = await this.parse(file, size);
    return anew && known ? -1 : from;
  }

  private begin(identity: string): void {
    this.records = new Map();
    this.problems = new ProblemList();
    this.unfinished = undefined;
    this.offset = 0;
    this.lines = 0;
    this.guard = Buffer.alloc(0);
    this.identity = identity;
    this.size = 0;
  }

  private async isSameBefore(file: FileHandle): Promise<boolean> {
    const { length } = this.guard;
    const before = Buffer.alloc(length);
    await file.read(before, 0, length, this.offset - length);
    return before.equals(this.guard);
  }

  private async parse(file: FileHandle, size: number): Promise<number | undefined> {
    const lines = new ByteLines({ longest: LONGEST_LINE, before: this.lines });
    let first: number | undefined;
    const take = ({ iteration, ...record }: MetricRecord): void => {
      this.records.set(iteration, mergeRecords(this.records.get(iteration), { iteration, ...record }));
      first = Math.min(first ?? iteration, iteration);
    };
    for (let at = this.offset; at < size; ) {
      const chunk = Buffer.alloc(Math.min(CHUNK, size - at));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
      // Cut while it was read: the next look tells.
      if (bytesRead === 0) break;
      const part = chunk.subarray(0, bytesRead);
      for (const { number, bytes } of lines.push(part)) {
        const record = this.line(number, bytes, this.problems);
        if (record !== undefined) take(record);
      }
      const end = part.lastIndexOf(10);
      if (end >= 0) {
        this.offset = at + end + 1;
        this.lines = lines.count;
      }
      at += bytesRead;
    }
    await this.remember(file);
    this.unfinished = undefined;
    const rest = lines.end();
    if (rest !== undefined) this.takeRest(rest.number, rest.bytes, take);
    return first;
  }

  /** No proper beginning of a JSON object is JSON itself: a last line that parses lacks its end alone. */
  private takeRest(number: number, bytes: Buffer | undefined, take: (record: MetricRecord) => void): void {
    const record = this.line(number, bytes, new ProblemList());
    if (record !== undefined) take(record);
    else this.unfinished = { line: number, problem: 'its end is missing: it is being written, or was cut off.' };
  }

  private line(number: number, bytes: Buffer | undefined, problems: ProblemList): MetricRecord | undefined {
    if (bytes === undefined) {
      problems.add({ line: number, problem: `it is longer than ${LONGEST_LINE} bytes.` });
      return undefined;
    }
    try {
      const text = decodeLine(bytes, this.path, number);
      if (text.trim() === '') return undefined;
      const record = parseMetrics(text, this.path, number);
      if (record.iteration <= LAST_ITERATION) return record;
      problems.add({
        line: number,
        problem: `\`iteration\`: it is ${record.iteration}; at most ${LAST_ITERATION} is read.`,
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      const field = error.field === undefined ? '' : `\`${error.field}\`: `;
      problems.add({ line: number, problem: `${field}${error.problem}` });
      return undefined;
    }
  }

  private async remember(file: FileHandle): Promise<void> {
    const length = Math.min(GUARD, this.offset);
    this.guard = Buffer.alloc(length);
    await file.read(this.guard, 0, length, this.offset - length);
  }
}
