import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunMetadata } from '../../runs/run-folder.ts';
import { configSchema, type TrainConfig } from '../../training/config.ts';
import { checkConfig } from '../load-config.ts';

/** The run folder of a cell. */
export function cellFolder(out: string, id: string): string {
  return join(out, 'runs', id);
}

/** Versions and processor that a run was computed with, as a reader is told. */
export async function readCellMachine(run: string): Promise<string> {
  const metadata = await readFile(join(run, 'metadata.json'), 'utf8')
    .then(JSON.parse)
    .catch(() => undefined);
  const { turnwise = 'of unknown version', packages, machine } = Object(metadata) as Partial<RunMetadata>;
  const parts = [`Turnwise ${turnwise}`, ...Object.entries(packages ?? {}).map((pair) => pair.join(' '))];
  if (machine !== undefined) parts.push(`Node ${machine.node}`, machine.processor.trim());
  return parts.join(', ');
}

/** The settings that a run has; undefined where it has not begun. @throws ConfigError naming the file where they cannot be used */
export async function readCellConfig(run: string): Promise<TrainConfig | undefined> {
  const file = join(run, 'config.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return checkConfig(configSchema, JSON.parse(text));
  } catch (error) {
    if (error instanceof Error) error.message = `${file}: ${error.message}`;
    throw error;
  }
}
