import { basename } from 'node:path';
import type { Tree } from '../../compare/comparison.ts';
import { decidingSettings } from '../../compare/results-file.ts';
import type { TrainConfig } from '../../training/config.ts';
import { warmStartName } from './shared-starts.ts';

/** Settings of a run that decide what it finds; a warm start that was made for the comparison is decided by the others. */
export function settingsOf(config: TrainConfig): Tree {
  const { checkpoint, ...rest } = config;
  // However its folder was spelled, or moved since.
  const own = checkpoint !== undefined && basename(checkpoint) === warmStartName(config);
  return decidingSettings(own ? rest : config);
}
