import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ComparisonError } from './comparison.ts';

/**
 * Reads a JSON file that a comparison wrote, and checks it.
 *
 * @param mend says, after the file and what is wrong with it, what it is not and what to do
 * @returns undefined where there is no such file
 * @throws ComparisonError where it cannot be read, or is broken
 */
export async function readChecked<S extends z.ZodType>(
  file: string,
  schema: S,
  mend: { readonly not: string; readonly advice: string },
): Promise<z.infer<S> | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ComparisonError(`${file}: it cannot be read (${message})`, { cause: error });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new ComparisonError(`${file}: it is ${mend.not} (${reasonOf(error)}). ${mend.advice}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  // What JSON.parse quotes of the file may hold line ends.
  if (!(error instanceof z.ZodError)) return (error as Error).message.replace(/\s+/g, ' ');
  const [{ path, message }] = error.issues;
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}
