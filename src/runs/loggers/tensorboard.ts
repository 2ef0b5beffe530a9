import { mkdir, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { AppendFile } from '../append-file.ts';
import { encodeEvent, FILE_VERSION, type SummaryValue } from './event-file.ts';
import { flatten, SESSION_START_TAG, sessionStart } from './hparams.ts';
import type { LoggedIteration, LoggedRun, MetricLogger, PreparedLogger } from './metric-logger.ts';

/**
 * TensorBoard: event files in RUN/tensorboard, one for each process that writes. Each begins with SessionLog.START at the first step it
 * writes, by which TensorBoard drops what an earlier file has of this step and of later ones. Steps are iterations, values are float32.
 */
export function prepareTensorboard(): PreparedLogger {
  return { name: 'tensorboard', start: async (run) => new TensorboardLogger(run) };
}

class TensorboardLogger implements MetricLogger {
  readonly destination = 'tensorboard';
  private readonly run: LoggedRun;
  private readonly folder: string;
  private file: AppendFile | undefined;

  constructor(run: LoggedRun) {
    this.run = run;
    this.folder = join(run.folder, 'tensorboard');
  }

  async open(from: number): Promise<number> {
    await mkdir(this.folder, { recursive: true });
    const before = (await readdir(this.folder)).filter((name) => PREFIX.test(name));
    const first = before.length === 0 ? 0 : from;
    const now = Date.now();
    // TensorBoard reads the files in the order of their names: a clock that went back must not change it.
    const seconds = Math.max(Math.floor(now / 1000), ...before.map((name) => Number(PREFIX.exec(name)![1])));
    const name = `events.out.tfevents.${seconds}.${hostname()}.${String(before.length).padStart(6, '0')}`;
    const file = await AppendFile.open(join(this.folder, name), 'wx+');
    const wallTime = now / 1000;
    const head = [
      encodeEvent({ wallTime, step: 0, fileVersion: FILE_VERSION }),
      encodeEvent({ wallTime, step: first, start: true }),
      ...(first === 0 ? [encodeEvent({ wallTime, step: 0, summary: this.description() })] : []),
    ];
    try {
      await file.append(Buffer.concat(head));
    } catch (error) {
      await file.close();
      await rm(file.path, { force: true });
      throw error;
    }
    this.file = file;
    return first;
  }

  async append(records: readonly LoggedIteration[]): Promise<void> {
    const events = records.map(({ iteration, time, values }) =>
      encodeEvent({
        wallTime: time / 1000,
        step: iteration,
        summary: Object.entries(values).map(([tag, scalar]) => ({ tag, scalar })),
      }),
    );
    await this.file!.append(Buffer.concat(events));
  }

  async close(): Promise<void> {
    await this.file?.close();
  }

  look(): string {
    return `tensorboard --logdir ${this.folder}`;
  }

  /** The configuration, as text and as hyperparameters. */
  private description(): SummaryValue[] {
    const { config, name, startedAt } = this.run;
    return [
      { tag: 'config', text: `    ${stringify(config).trimEnd().replaceAll('\n', '\n    ')}` },
      { tag: SESSION_START_TAG, plugin: 'hparams', content: sessionStart(flatten(config), name, startedAt) },
    ];
  }
}

const PREFIX = /^events\.out\.tfevents\.(\d+)\./;
