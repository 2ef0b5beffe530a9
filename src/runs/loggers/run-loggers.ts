import { basename, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunFolder } from '../run-folder.ts';
import { Delivery } from './delivery.ts';
import { DeliveryError } from './errors.ts';
import type { LoggedIteration, LoggedRun, LoggerNotes, PreparedLogger, RunEnd } from './metric-logger.ts';
import { NotesFile } from './notes.ts';
import { recordedIterations } from './recorded.ts';

/** How long a run waits for its loggers to begin, and at its end for what is still on its way, milliseconds. */
const PATIENCE = { begin: 10_000, end: 10_000 };

export interface RunLoggersOptions {
  readonly run: RunFolder;
  readonly loggers: readonly PreparedLogger[];
  /** Iterations done, of a run that goes on; its metrics.jsonl ends there. */
  readonly done?: number;
  /** Whether a logger that cannot be used at all ends it, before anything was trained; else it is only told. */
  readonly strict: boolean;
  /** Tells a person. */
  readonly say: (text: string) => void;
  readonly patience?: { readonly begin: number; readonly end: number };
}

/** The loggers of a run that is being trained. */
export class RunLoggers {
  private readonly options: RunLoggersOptions;
  private readonly deliveries: readonly Delivery[];
  private pending: { iteration: number; time: number; values: Record<string, number> } | undefined;

  private constructor(options: RunLoggersOptions, deliveries: readonly Delivery[], pending?: LoggedIteration) {
    this.options = options;
    this.deliveries = deliveries;
    this.pending = pending && { ...pending, values: { ...pending.values } };
  }

  /**
   * Begins, or goes on with, the loggers of a run. One that cannot be reached now is tried again while the run goes on.
   *
   * @throws DeliveryError where one cannot be used at all, if that is to end the run
   */
  static async open(options: RunLoggersOptions): Promise<RunLoggers> {
    const { run, loggers, done = 0, strict, say, patience = PATIENCE } = options;
    for (const { warning } of loggers) if (warning !== undefined) say(warning);
    const started = loggers.filter((logger) => logger.start !== undefined);
    const records = started.length === 0 ? [] : await recordedIterations(run);
    const deliveries: Delivery[] = [];
    let starting = true;
    for (const { name, start } of started) {
      deliveries.push(
        await deliver(run, name, start!, {
          past: records.filter((record) => record.iteration < done),
          next: done,
          onFailure: (failure, delivery) => {
            // What ends the run before it begins is told as such.
            if (starting && strict && failure.permanent) return;
            if (delivery.failures === 1) say(warning(name, run.path, failure));
          },
        }),
      );
    }
    // What was done last may get more values yet.
    const self = new RunLoggers(
      options,
      deliveries,
      records.find((record) => record.iteration === done),
    );
    const begun = Promise.all(
      deliveries.map(async ({ name, opening }) => {
        try {
          await opening;
        } catch (error) {
          if (strict) throw unusable(name, error as DeliveryError);
        }
      }),
    );
    try {
      await Promise.race([begun, sleep(patience.begin, undefined, { ref: false })]);
    } catch (error) {
      await self.close('failed');
      throw error;
    }
    starting = false;
    for (const { name, logger, opened } of deliveries) if (opened) say(`${name}  ${logger.look()}`);
    return self;
  }

  /** More metrics of an iteration. */
  append(iteration: number, metrics: Readonly<Record<string, number>>): void {
    if (this.pending !== undefined && this.pending.iteration !== iteration) this.flush();
    this.pending ??= { iteration, time: 0, values: {} };
    this.pending.time = Date.now();
    Object.assign(this.pending.values, metrics);
  }

  /** The iteration gets no more metrics. */
  complete(iteration: number): void {
    if (this.pending?.iteration === iteration) this.flush();
  }

  /** Delivers what it can in a little while and says what is missing. Never throws. */
  async close(end: RunEnd): Promise<void> {
    const { run, say, patience = PATIENCE } = this.options;
    this.flush();
    await Promise.all(this.deliveries.map((delivery) => delivery.finish(end, patience.end)));
    for (const delivery of this.deliveries) {
      const text = conclusion(delivery, run.path);
      if (text !== undefined) say(text);
    }
  }

  private flush(): void {
    if (this.pending === undefined) return;
    for (const delivery of this.deliveries) delivery.push(this.pending);
    this.pending = undefined;
  }
}

/** What a logger is told of a run. */
export async function loggedRun(run: RunFolder): Promise<LoggedRun> {
  const { startedAt, turnwise } = await run.metadata();
  return {
    folder: run.path,
    name: basename(resolve(run.path)),
    startedAt: new Date(startedAt),
    config: await run.config(),
    turnwise,
  };
}

async function deliver(
  run: RunFolder,
  name: string,
  start: NonNullable<PreparedLogger['start']>,
  options: {
    readonly past: readonly LoggedIteration[];
    readonly next: number;
    readonly onFailure: (failure: DeliveryError, delivery: Delivery) => void;
  },
): Promise<Delivery> {
  const notes: LoggerNotes = await NotesFile.open(run.path, name);
  const delivery: Delivery = new Delivery({
    ...options,
    name,
    notes,
    logger: await start(await loggedRun(run), notes),
    onFailure: (failure) => options.onFailure(failure, delivery),
  });
  return delivery;
}

function warning(name: string, run: string, { message, permanent }: DeliveryError): string {
  const then = permanent
    ? `Nothing more is sent to it; send everything later with: turnwise log ${run} --logger ${name}`
    : 'It is tried again; the run goes on, and metrics.jsonl has everything.';
  return `${name}: ${message}. ${then}`;
}

/** The error of a logger that cannot be used at all. */
function unusable(name: string, { message }: DeliveryError): DeliveryError {
  return new DeliveryError(`${name}: ${message}. Correct that, or leave it out: --logger none`, true);
}

/** What a person must know at the end of a run; nothing where all went well. */
function conclusion(delivery: Delivery, run: string): string | undefined {
  const { name, logger, waiting, delivered, failures, lastFailure, unfinished } = delivery;
  const attempts = `${failures} ${failures === 1 ? 'attempt' : 'attempts'} failed`;
  const why = lastFailure === undefined ? 'it gave no answer in time' : `${attempts}, the last: ${lastFailure.message}`;
  const later = `turnwise log ${run} --logger ${name}`;
  if (waiting > 0) {
    const missing = waiting === 1 ? '1 iteration' : `${waiting} iterations`;
    return `${name}: ${missing} not delivered (${why}). metrics.jsonl has them; send them with: ${later}`;
  }
  if (unfinished && delivered > 0) {
    return `${name}: everything is delivered, but not that the run has ended (${why}). Say it with: ${later}`;
  }
  if (failures > 0 && !unfinished) return `${name}: everything is delivered after all (${attempts}): ${logger.look()}`;
  return undefined;
}
