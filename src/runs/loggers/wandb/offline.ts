import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppendFile } from '../../append-file.ts';
import type { LoggedIteration, LoggedRun, MetricLogger, RunEnd } from '../metric-logger.ts';
import { encodeRecord, type WandbRecord } from './records.ts';
import type { WandbSettings } from './settings.ts';
import { encodeLogRecord, LOG_HEAD } from './transaction-log.ts';
import { configEntries, historyRow } from './values.ts';

/** How Python's client ends a run: as usual, by Ctrl-C, by an error. */
export const EXIT_CODES: Readonly<Record<RunEnd, number>> = { finished: 0, interrupted: 255, failed: 1 };

/**
 * An offline run of W&B, for `wandb sync`. Its file is written anew by every process from all records of the run, so that it holds each
 * iteration once however often the run was resumed, and ends where the run does.
 */
export class OfflineWandb implements MetricLogger {
  readonly destination: string;
  private readonly run: LoggedRun;
  private readonly settings: WandbSettings;
  private readonly id: string;
  private readonly folder: string;
  private file: AppendFile | undefined;
  private records = 0;

  constructor(run: LoggedRun, settings: WandbSettings, id: string) {
    this.run = run;
    this.settings = settings;
    this.id = id;
    const started = run.startedAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
    this.folder = join(settings.folder ?? run.folder, 'wandb', `offline-run-${started}-${id}`);
    this.destination = this.folder;
  }

  async open(): Promise<number> {
    // Where W&B looks for files of the run, though there are none.
    await mkdir(join(this.folder, 'files'), { recursive: true });
    const path = join(this.folder, `run-${this.id}.wandb`);
    // What is uploaded is not all any more.
    await rm(`${path}.synced`, { force: true });
    await this.file?.close();
    this.records = 0;
    this.file = await AppendFile.open(path, 'w+');
    await this.file.append(LOG_HEAD);
    const { settings, run } = this;
    await this.write([
      { kind: 'header', producer: `turnwise ${run.turnwise}` },
      {
        kind: 'run',
        run: {
          id: this.id,
          entity: settings.entity,
          project: settings.project,
          name: settings.name ?? run.name,
          group: settings.group,
          jobType: settings.jobType,
          notes: settings.notes,
          tags: settings.tags,
          config: configEntries(run.config),
          startedAt: run.startedAt,
        },
      },
    ]);
    return 0;
  }

  async append(iterations: readonly LoggedIteration[]): Promise<void> {
    await this.write(
      iterations.flatMap((iteration) => {
        const row = historyRow(iteration, this.run.startedAt);
        return [
          { kind: 'history', row },
          { kind: 'summary', row },
        ] as const;
      }),
    );
  }

  async close(end: RunEnd): Promise<void> {
    await this.write([{ kind: 'exit', code: EXIT_CODES[end] }]);
    await this.file!.close();
  }

  look(): string {
    return `wandb sync ${this.folder}`;
  }

  private async write(records: readonly WandbRecord[]): Promise<void> {
    const file = this.file!;
    const parts: Buffer[] = [];
    let at = file.size;
    records.forEach((record, i) => {
      const part = encodeLogRecord(encodeRecord(record, this.records + i + 1), at);
      parts.push(part);
      at += part.length;
    });
    await file.append(Buffer.concat(parts));
    this.records += records.length;
  }
}
