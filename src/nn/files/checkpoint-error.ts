/** What of a checkpoint is wrong. */
export interface CheckpointPlace {
  /** File or folder. */
  readonly file: string;
  /** Field of a JSON file. */
  readonly field?: string;
  /** Name of a tensor. */
  readonly tensor?: string;
}

/** A file of a model folder cannot be read, does not fit the others, or describes a network that is not supported. */
export class CheckpointError extends Error {
  readonly code = 'TURNWISE_CHECKPOINT';
  override readonly name = 'CheckpointError';
  readonly file: string;
  readonly field: string | undefined;
  readonly tensor: string | undefined;

  constructor(problem: string, place: CheckpointPlace, options?: ErrorOptions) {
    const tensor = place.tensor === undefined ? '' : `tensor "${place.tensor}": `;
    super(`${place.file}: ${tensor}${problem}`, options);
    this.file = place.file;
    this.field = place.field;
    this.tensor = place.tensor;
  }
}
