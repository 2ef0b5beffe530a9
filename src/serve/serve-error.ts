/** A model cannot be served as was asked. */
export class ServeError extends Error {
  readonly code = 'TURNWISE_SERVE';
  override readonly name = 'ServeError';
}
