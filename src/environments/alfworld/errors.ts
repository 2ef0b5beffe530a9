/** ALFWorld data that is missing or broken. */
export class AlfworldDataError extends Error {
  readonly code = 'TURNWISE_ALFWORLD_DATA';
  override readonly name = 'AlfworldDataError';
  /** Zip, folder or game file. */
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem}`, options);
    this.path = path;
  }
}
