/** The viewer was asked for what is not there. */
export class ViewerError extends Error {
  readonly code = 'TURNWISE_VIEWER';
  override readonly name = 'ViewerError';
}
