import { basename } from 'node:path';
import type { Tree } from '../../compare/comparison.ts';
import { decidingSettings } from '../../compare/deciding-settings.ts';
import type { TrainConfig } from '../../training/config.ts';
import { warmStartName } from './shared-starts.ts';

/** Settings of a run that decide what it finds, on this machine or another. */
export function settingsOf(config: TrainConfig): Tree {
  return decidingSettings(withoutOwnStart(config));
}

/** Without the warm start that a comparison made for it, which the other settings decide, however its folder is spelled, or moved since. */
export function withoutOwnStart(config: TrainConfig): TrainConfig {
  const { checkpoint, ...rest } = config;
  return checkpoint !== undefined && basename(checkpoint) === warmStartName(config) ? rest : config;
}
