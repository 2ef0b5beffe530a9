import type { SequenceBatch } from './batches.ts';
import type { DecoderConfig } from './files/model-config.ts';

/**
 * Floating-point operations (2 per multiply-add) of the matrix products in one training run: forward, and twice that backward; under adapters, whose own
 * products are small and not counted, once, since no weight's gradient is taken. Counts what is computed, padding included, and not what is saved by
 * running the head and the last feed-forward on response rows only.
 */
export function trainingFlops(config: DecoderConfig, batch: SequenceBatch, adapters = false): number {
  const { hiddenSize: D, heads: H, kvHeads: K, headDim: h, ffnSize: F, layers, vocabSize: V } = config;
  const N = batch.rowsOfTokens * batch.width;
  const R = batch.rows.length;
  const project = (rows: number): number => 2 * rows * D * (H + 2 * K) * h;
  const attend = 2 * 2 * N * batch.width * H * h;
  const finish = (rows: number): number => 2 * rows * (H * h * D + 3 * D * F);
  const forward = layers * (project(N) + attend) + (layers - 1) * finish(N) + finish(R) + 2 * R * D * V;
  return (adapters ? 2 : 3) * forward;
}
