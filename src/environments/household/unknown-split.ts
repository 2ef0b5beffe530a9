/** The household has no split of this name. */
export class UnknownSplitError extends Error {
  readonly code = 'TURNWISE_UNKNOWN_SPLIT';
  readonly split: string;
  readonly known: readonly string[];

  constructor(split: string, known: readonly string[]) {
    super(`The household has no split "${split}". Its splits are ${known.join(', ')}.`);
    this.name = 'UnknownSplitError';
    this.split = split;
    this.known = known;
  }
}
