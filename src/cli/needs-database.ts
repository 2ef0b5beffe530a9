/** The embedded database has no build for this machine, or it was not installed. */
export class NoDatabaseError extends Error {
  readonly code = 'TURNWISE_NO_DATABASE';
  override readonly name = 'NoDatabaseError';
}

/**
 * Loads what works on the embedded database. It comes as a package for each platform, so that commands that do without it
 * must not ask for it.
 *
 * @throws NoDatabaseError
 */
export async function needsDatabase<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { message } = error as Error;
    if (!/duckdb/i.test(message)) throw error;
    const [first] = message.split('\n', 1);
    throw new NoDatabaseError(
      `DuckDB cannot be loaded (${first}). It has builds for Linux, macOS and Windows on x64 and arm64; npm install, without --omit=optional, fetches the one for this machine. All other commands work without it.`,
      { cause: error },
    );
  }
}
