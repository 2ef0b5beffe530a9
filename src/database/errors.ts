/** Runs cannot be found, or asked, as wanted. */
export class RunDatabaseError extends Error {
  readonly code = 'TURNWISE_DATABASE';
  override readonly name = 'RunDatabaseError';
}

/** A query that cannot be answered. */
export class SqlError extends Error {
  readonly code = 'TURNWISE_SQL';
  override readonly name = 'SqlError';
}
