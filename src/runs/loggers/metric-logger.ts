/**
 * Where the metrics of a run go besides its metrics.jsonl. The nouns:
 *
 * - A *record* is all metrics of one iteration, under the names that metrics.jsonl has.
 * - A *logger* brings the records of one run to one place: TensorBoard's event files, W&B, trackio.
 * - A *kind* of logger reads its settings from the environment, before there is a run.
 * - A *delivery* (delivery.ts) stands between a run and a logger, so that no logger can lose, slow or end a run.
 */

/** The metrics of one iteration. */
export interface LoggedIteration {
  readonly iteration: number;
  /** When they were measured, milliseconds since 1970. */
  readonly time: number;
  /** Values that are no finite numbers among them. */
  readonly values: Readonly<Record<string, number>>;
}

/** What a logger may know of a run. */
export interface LoggedRun {
  readonly folder: string;
  /** The name people know it by. */
  readonly name: string;
  readonly startedAt: Date;
  /** The resolved configuration, plain data. */
  readonly config: unknown;
  /** Version of Turnwise. */
  readonly turnwise: string;
}

/** How a run ended, as far as it is known. */
export type RunEnd = 'finished' | 'interrupted' | 'failed';

export interface MetricLogger {
  /** What tells one place of delivery from another; the same for a resumed run. No secret. */
  readonly destination: string;

  /**
   * Begins, or goes on where records are there already. Called again after it failed.
   *
   * @param from the first iteration that is not known to be there; later ones that are there are of a run that went another way
   * @returns the first iteration that is wanted: later where the place has more than was known, earlier where it has less
   * @throws DeliveryError
   */
  open(from: number, signal: AbortSignal): Promise<number>;

  /**
   * Brings records, in the order of their iterations; all of them or none.
   *
   * @throws DeliveryError
   */
  append(records: readonly LoggedIteration[], signal: AbortSignal): Promise<void>;

  /** @throws DeliveryError */
  close(end: RunEnd, signal: AbortSignal): Promise<void>;

  /** Where the records can be seen, or how; for a person, without secrets. */
  look(): string;
}

/** What a logger remembers of a run between processes, in RUN/loggers/NAME.json: plain data, no secrets. */
export interface LoggerNotes {
  get(key: string): unknown;
  set(values: Readonly<Record<string, unknown>>): Promise<void>;
}

/** A kind of logger whose settings are right. */
export interface PreparedLogger {
  readonly name: string;
  /** What a person should know before the run. */
  readonly warning?: string;
  /** Undefined: the settings switch it off. */
  start?(run: LoggedRun, notes: LoggerNotes): Promise<MetricLogger>;
}

export interface Preparation {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's Hugging Face token, where there is one. */
  readonly huggingFaceToken?: () => Promise<string | undefined>;
}
