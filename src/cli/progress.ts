import pc from 'picocolors';

/**
 * One line that is rewritten in place on a terminal. Elsewhere (a file, a pipe) only `say` prints, so that logs hold plain lines.
 */
export class ProgressLine {
  private readonly stream: NodeJS.WriteStream;
  private shown = false;
  private last = 0;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.stream = stream;
  }

  /** Shows a passing state; at most ten a second. */
  show(text: string): void {
    if (!this.stream.isTTY || Date.now() - this.last < 100) return;
    this.last = Date.now();
    this.stream.write(`\r\x1b[2K${pc.dim(text.slice(0, (this.stream.columns ?? 80) - 1))}`);
    this.shown = true;
  }

  /** Prints a line that stays. */
  say(text: string): void {
    this.clear();
    this.stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.shown) this.stream.write('\r\x1b[2K');
    this.shown = false;
  }
}

/** "1 h 02 min", "4 min 07 s", "12 s". */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s >= 3600) return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
  if (s >= 60) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  return `${s} s`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A bar of `width` cells filled to `share`. */
export function bar(share: number, width = 20): string {
  const filled = Math.round(Math.max(0, Math.min(1, share)) * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
}
