import type { DownloadProgress } from '../hub/index.ts';
import { duration, type ProgressLine, percent } from './progress.ts';

/** The rate is that of the last seconds. */
const WINDOW = 10;

/** Shows a download on one line: how much of how much, how fast, and how long it will take. Says where it begins and ends. */
export class DownloadLine {
  private readonly name: string;
  private readonly line: ProgressLine;
  private readonly clock: () => number;
  /** Times in seconds, and the bytes that were there. */
  private readonly past: [time: number, bytes: number][] = [];
  private start: [time: number, bytes: number] | undefined;
  private total = 0;

  /** @param clock seconds */
  constructor(name: string, line: ProgressLine, clock = (): number => performance.now() / 1000) {
    this.name = name;
    this.line = line;
    this.clock = clock;
  }

  wait(): void {
    this.line.say(`${this.name} is being downloaded by another process; waiting for it`);
  }

  progress({ file, done, total, filesDone, files }: DownloadProgress): void {
    const now = this.clock();
    if (this.start === undefined) {
      this.start = [now, done];
      const rest = done > 0 ? `, of which ${size(done)} are there` : '';
      this.line.say(`downloading ${this.name}: ${size(total)} in ${files} files${rest}`);
    }
    this.total = total;
    const [latest] = this.past.at(-1) ?? [-1];
    if (now - latest > 0.2) this.past.push([now, done]);
    while (this.past[1]?.[0] < now - WINDOW) this.past.shift();
    const [then, before] = this.past[0];
    const rate = now > then ? Math.max(0, done - before) / (now - then) : 0;
    const left = rate > 0 ? `, ${size(rate)}/s, about ${duration((total - done) / rate)} left` : '';
    const share = percent(total > 0 ? done / total : 1);
    this.line.show(`${share} of ${size(total)}${left} · ${file}, ${Math.min(filesDone + 1, files)} of ${files}`);
  }

  /** Says what was fetched; nothing where all was there. */
  done(folder: string): void {
    if (this.start === undefined) return;
    const [since, before] = this.start;
    this.line.say(`downloaded ${size(this.total - before)} in ${duration(this.clock() - since)} to ${folder}`);
  }
}

/** "3.1 GB", "45.0 MB", "7.2 kB" of bytes. */
function size(bytes: number): string {
  const [unit, name] = bytes >= 1e9 ? [1e9, 'GB'] : bytes >= 1e6 ? [1e6, 'MB'] : [1e3, 'kB'];
  return `${(bytes / (unit as number)).toFixed(1)} ${name}`;
}
