import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RunFolderError } from '../errors.ts';
import { replaceJson } from '../replace-file.ts';
import type { LoggerNotes } from './metric-logger.ts';

/** RUN/loggers/NAME.json: what a logger remembers of a run. */
export class NotesFile implements LoggerNotes {
  private readonly path: string;
  private values: Readonly<Record<string, unknown>>;

  private constructor(path: string, values: Readonly<Record<string, unknown>>) {
    this.path = path;
    this.values = values;
  }

  /** @throws RunFolderError where the file is not what this program writes */
  static async open(run: string, logger: string): Promise<NotesFile> {
    const path = join(run, 'loggers', `${logger}.json`);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new NotesFile(path, {});
      throw error;
    }
    let values: unknown;
    try {
      values = JSON.parse(text);
    } catch {
      values = undefined;
    }
    if (values === null || typeof values !== 'object' || Array.isArray(values)) {
      throw new RunFolderError(path, `it is no JSON object. Remove it, and ${logger} begins anew.`);
    }
    return new NotesFile(path, values as Record<string, unknown>);
  }

  get(key: string): unknown {
    return this.values[key];
  }

  async set(values: Readonly<Record<string, unknown>>): Promise<void> {
    const next = { ...this.values, ...values };
    await mkdir(dirname(this.path), { recursive: true });
    await replaceJson(this.path, next);
    this.values = next;
  }
}
