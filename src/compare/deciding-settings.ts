import { basename } from 'node:path';
import { isTree, type Tree } from './comparison.ts';

/**
 * Settings that decide what a run finds, as they stand in files. None of them are: where and by how many engines it was computed, who was
 * told, and what was stored of it. Of data the name alone counts, since each machine has it in another place.
 */
export function decidingSettings(config: object): Tree {
  const settings = JSON.parse(JSON.stringify(config)) as Record<string, unknown>;
  for (const key of ['engine', 'loggers', 'checkpoints', 'episodes']) delete settings[key];
  const { environment } = settings;
  if (!isTree(environment) || typeof environment['data'] !== 'string') return settings;
  return { ...settings, environment: { ...environment, data: basename(environment['data']) } };
}
