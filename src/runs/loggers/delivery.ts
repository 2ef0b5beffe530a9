import { DeliveryError } from './errors.ts';
import type { LoggedIteration, LoggerNotes, MetricLogger, RunEnd } from './metric-logger.ts';

/** Records that go at once. */
const BATCH = 100;
/** Milliseconds until something that failed is tried again; doubled each time up to the last. */
const PAUSES = { first: 1000, last: 60_000, atTheEnd: 1000 };
/** How often something that fails is tried while a run waits for it to end. */
const LAST_TRIES = 3;

export interface DeliveryOptions {
  readonly name: string;
  readonly logger: MetricLogger;
  readonly notes: LoggerNotes;
  /** Records of a run that goes on, from its metrics.jsonl; what the logger has already is left out. */
  readonly past: readonly LoggedIteration[];
  /** The iteration that comes next: what a logger knows of it and of later ones is void. */
  readonly next: number;
  /** Tells a person the first failure of an attempt. */
  readonly onFailure: (error: DeliveryError) => void;
}

/**
 * Brings the records of a run to a logger, beside the run. Records wait in memory; what fails is tried again, later and later; nothing of it
 * reaches the run. How far it came is kept in the notes, so that what is missing can be brought another time.
 */
export class Delivery {
  readonly name: string;
  readonly logger: MetricLogger;
  /** Settled with the first attempt to begin; rejected when the logger cannot be used at all. */
  readonly opening: Promise<void>;
  /** Attempts that failed. */
  failures = 0;
  lastFailure: DeliveryError | undefined;
  /** Records that the logger has now. */
  delivered = 0;
  /** Whether it could begin. */
  opened = false;
  private readonly options: DeliveryOptions;
  private readonly work: Promise<void>;
  private readonly controller = new AbortController();
  private queue: LoggedIteration[];
  private ending = false;
  private closed = false;
  private wake: () => void = () => undefined;
  private told: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  constructor(options: DeliveryOptions) {
    this.options = options;
    this.name = options.name;
    this.logger = options.logger;
    this.queue = [...options.past];
    this.opening = new Promise((resolve, reject) => {
      this.told = { resolve, reject };
    });
    // Whoever does not wait for it need not know.
    this.opening.catch(() => undefined);
    this.work = this.run();
  }

  /** Records that are not delivered. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Whether it ended without the logger's being closed properly. */
  get unfinished(): boolean {
    return !this.closed;
  }

  push(record: LoggedIteration): void {
    this.queue.push(record);
    this.wake();
  }

  /** Delivers what can be delivered within so many milliseconds, and closes the logger. Never throws. */
  async finish(end: RunEnd, patienceMs: number): Promise<void> {
    this.ending = true;
    this.wake();
    const deadline = setTimeout(() => this.controller.abort(), patienceMs);
    const late = new Promise<void>((resolve) => {
      this.controller.signal.addEventListener('abort', () => resolve());
    });
    try {
      await Promise.race([this.work, late]);
      if (this.opened && !this.controller.signal.aborted) {
        const closing = this.logger.close(end, this.controller.signal).then(() => {
          this.closed = true;
        });
        await Promise.race([closing, late]);
      }
    } catch (error) {
      this.failed(error);
    } finally {
      clearTimeout(deadline);
      this.controller.abort();
    }
  }

  private async run(): Promise<void> {
    let pause = PAUSES.first;
    let tries = 0;
    while (!this.controller.signal.aborted) {
      if (this.opened && this.queue.length === 0) {
        if (this.ending) return;
        await this.sleep();
        continue;
      }
      try {
        if (this.opened) await this.bring();
        else await this.open();
        pause = PAUSES.first;
        tries = 0;
      } catch (error) {
        if (this.controller.signal.aborted) return;
        const failure = this.failed(error);
        if (failure.permanent) return;
        if (this.ending && ++tries >= LAST_TRIES) return;
        await this.sleep(this.ending ? PAUSES.atTheEnd : pause);
        pause = Math.min(2 * pause, PAUSES.last);
      }
    }
  }

  private async open(): Promise<void> {
    const { logger, notes, next } = this.options;
    const known = notes.get('destination') === logger.destination ? notes.get('delivered') : undefined;
    const from = Math.min(typeof known === 'number' ? known + 1 : 0, next);
    try {
      const wanted = await logger.open(from, this.controller.signal);
      this.queue = this.queue.filter((record) => record.iteration >= wanted || record.iteration >= next);
      this.opened = true;
      this.told?.resolve();
    } catch (error) {
      if (error instanceof DeliveryError && error.permanent) this.told?.reject(error);
      else this.told?.resolve();
      throw error;
    }
  }

  private async bring(): Promise<void> {
    const { logger, notes } = this.options;
    const records = this.queue.slice(0, BATCH);
    await logger.append(records, this.controller.signal);
    this.queue.splice(0, records.length);
    this.delivered += records.length;
    await notes.set({ destination: logger.destination, delivered: records[records.length - 1].iteration });
  }

  private failed(error: unknown): DeliveryError {
    const failure =
      error instanceof DeliveryError
        ? error
        : new DeliveryError((error as Error).message ?? String(error), false, { cause: error });
    this.failures++;
    this.lastFailure = failure;
    this.options.onFailure(failure);
    return failure;
  }

  /** Until something is to be done, or so many milliseconds. */
  private async sleep(milliseconds?: number): Promise<void> {
    await new Promise<void>((resolve) => {
      // Waiting for another attempt does not keep a process alive.
      const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds).unref();
      this.wake = () => {
        // Records that come in while a logger fails do not make it try sooner; the end of the run does.
        if (timer !== undefined && !this.ending) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => undefined;
  }
}
