import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from './checkpoint-error.ts';

/** A file that every model folder has is not there. */
export function missingModelFile(folder: string, name: string): CheckpointError {
  const problem =
    'there is no such file. A model folder holds config.json, model.safetensors, tokenizer.json and tokenizer_config.json.';
  return new CheckpointError(problem, { file: join(folder, name) });
}

/**
 * The text of a file of a model folder.
 *
 * @throws CheckpointError when it is missing
 */
export async function readModelFile(folder: string, name: string): Promise<string> {
  const text = await readOptionalModelFile(folder, name);
  if (text === undefined) throw missingModelFile(folder, name);
  return text;
}

/** As `readModelFile`; undefined when the file is missing. */
export async function readOptionalModelFile(folder: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/**
 * Parses a JSON file that must hold an object.
 *
 * @throws CheckpointError when it does not
 */
export function parseJsonObject(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(`it is not JSON (${(error as Error).message}). Copy the file again.`, { file });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new CheckpointError('it must hold a JSON object.', { file });
  }
  return value as Record<string, unknown>;
}
