/** What was found out about a data set. */
export interface Inspection {
  /** Which release it is, as far as it can be told. */
  readonly version: string;
  /** Facts worth knowing, in order, by what they are about. */
  readonly facts: readonly (readonly [about: string, fact: string])[];
  /** What is wrong, each with its place. */
  readonly problems: readonly Problem[];
}

export interface Problem {
  /** Task, file or split. */
  readonly where: string;
  readonly problem: string;
}

export interface InspectOptions {
  readonly signal?: AbortSignal;
  /** Told after each of the `total` pieces of work. */
  readonly onProgress?: (done: number, total: number) => void;
}
