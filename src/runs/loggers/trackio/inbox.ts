import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../replace-file.ts';
import type { LoggedIteration, LoggedRun, MetricLogger } from '../metric-logger.ts';
import { type TrackioRun, trackioConfig, trackioEntries } from './entries.ts';

/**
 * trackio's folder on this machine: files of JSON Lines in its inbox, which every server of trackio takes in and removes (trackio/fragments.py).
 * A file is never changed once it has its name.
 */
export class TrackioInbox implements MetricLogger {
  readonly destination: string;
  private readonly run: LoggedRun;
  private readonly as: TrackioRun;
  private readonly folder: string;
  private files = 0;

  constructor(run: LoggedRun, as: TrackioRun, folder: string) {
    this.run = run;
    this.as = as;
    this.destination = `${folder} ${as.project}`;
    this.folder = join(folder, 'inbox', randomBytes(8).toString('hex'));
  }

  async open(from: number): Promise<number> {
    await mkdir(this.folder, { recursive: true });
    return from;
  }

  async append(records: readonly LoggedIteration[]): Promise<void> {
    const config = this.files === 0 ? trackioConfig(this.run) : null;
    const lines = trackioEntries(this.as, records, config).map(
      (entry) => `${JSON.stringify({ v: 1, kind: 'metric', ...entry })}\n`,
    );
    // trackio removes the folder whenever it has emptied it.
    await mkdir(this.folder, { recursive: true });
    await replaceFile(join(this.folder, `${String(this.files).padStart(8, '0')}.jsonl`), lines.join(''));
    this.files++;
  }

  async close(): Promise<void> {}

  look(): string {
    return `trackio show --project ${this.as.project} (run ${this.as.name})`;
  }
}
