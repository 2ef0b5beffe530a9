/**
 * Prints an error as its reader needs it: a message meant for a person alone, anything else with its stack, since it is a bug.
 *
 * @returns the exit code
 */
export function report(error: unknown): number {
  const e = error instanceof Error ? error : new Error(String(error));
  const code = (e as { code?: unknown }).code;
  if (typeof code === 'string' && code.startsWith('TURNWISE_')) {
    process.stderr.write(`turnwise: ${e.message}\n`);
    return code === 'TURNWISE_INTERRUPTED' ? 130 : 1;
  }
  process.stderr.write(`turnwise: unexpected error, please report it\n${e.stack ?? e.message}\n`);
  return 70;
}
