/** The id given is not that of a task of this suite. */
export class UnknownTaskError extends Error {
  readonly code = 'TURNWISE_UNKNOWN_TASK';
  readonly id: string;

  constructor(id: string) {
    super(
      `"${id}" is not a task of the household. Task ids look like train/easy/000123: a split (train, valid, test), ` +
        'a difficulty (easy, medium, hard) and an index of six digits below the size of the split.',
    );
    this.name = 'UnknownTaskError';
    this.id = id;
  }
}
