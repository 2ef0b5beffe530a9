import type { DecoderConfig } from './files/model-config.ts';

/** Tokens that prompt and completion may have together. */
export function longestSequence({ maxPositions, ropeScaling }: DecoderConfig): number {
  // Qwen leaves the original length in its files where YaRN reaches further.
  return ropeScaling?.type === 'yarn'
    ? Math.max(maxPositions, ropeScaling.factor * ropeScaling.originalMaxPositions)
    : maxPositions;
}
