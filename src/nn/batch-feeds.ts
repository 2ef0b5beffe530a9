import type { Objective } from '../objectives/objective.ts';
import type { SequenceBatch, TokenSequence } from './batches.ts';
import type { Scores, TrainingExample } from './engine.ts';
import { type Feeds, float32, int32, int64, scalar, type Tensor } from './sessions.ts';

/** The tensors that the graphs of objective-graph.ts are fed with, and what is read from their answers. */

function tokenFeeds(b: SequenceBatch): Feeds {
  const dims = [b.rowsOfTokens, b.width];
  return { tokens: int32(b.tokens, dims), positions: int64(b.positions, dims), segments: int64(b.segments, dims) };
}

/** Everything that scoring needs beside the weights. */
export function scoreFeeds(b: SequenceBatch, temperature: number): Feeds {
  return {
    ...tokenFeeds(b),
    rows: int32(b.rows, [b.rows.length]),
    inverse: int32(b.inverse, [b.inverse.length]),
    targets: int32(b.targets, [b.targets.length, 1]),
    mask: float32(b.mask, [b.actions, b.length]),
    inverse_temperature: scalar(1 / temperature),
  };
}

/** What the objective needs besides. */
export function objectiveFeeds(b: SequenceBatch, examples: readonly TrainingExample[], objective: Objective): Feeds {
  const { actions: A, length: L } = b;
  const table = (pick: (e: TrainingExample) => Float32Array | undefined): Tensor => {
    const data = new Float32Array(A * L);
    examples.forEach((e, a) => {
      const row = pick(e);
      if (!row || row.length !== e.response.length) {
        throw new RangeError(
          `example ${a} needs ${e.response.length} numbers for its response tokens, got ${row?.length ?? 'none'}`,
        );
      }
      data.set(row, a * L);
    });
    return float32(data, [A, L]);
  };
  const feeds: Feeds = {
    weight: table((e) => e.weights),
    advantage: float32(
      Float32Array.from(examples, (e) => e.advantage),
      [A, 1],
    ),
  };
  if (objective.loss !== 'imitation') {
    feeds.old = table((e) => e.oldLogprobs);
    const cispo = objective.loss === 'cispo';
    feeds.ratio_low = scalar(1 - (cispo ? objective.cispoLow : objective.clipLow));
    feeds.ratio_high = scalar(1 + (cispo ? objective.cispoHigh : objective.clipHigh));
    if (!cispo && objective.dualClip > 0) feeds.dual_clip = scalar(objective.dualClip);
    if (objective.ratio === 'action')
      feeds.inverse_length = float32(
        Float32Array.from(examples, (e) => 1 / e.response.length),
        [A, 1],
      );
  }
  if (objective.klCoefficient !== 0) {
    feeds.ref = table((e) => e.refLogprobs);
    feeds.kl_coefficient = scalar(objective.klCoefficient);
  }
  if (objective.entropyCoefficient !== 0) feeds.entropy_coefficient = scalar(objective.entropyCoefficient);
  return feeds;
}

/** Puts the log-probabilities and entropies of a batch at their places in `results`. */
export function readScores(
  b: SequenceBatch,
  indices: readonly number[],
  sequences: readonly TokenSequence[],
  out: Record<string, Tensor>,
  results: Scores[],
): void {
  const logprob = out.logprob.data as Float32Array;
  const entropy = out.entropy.data as Float32Array;
  indices.forEach((index, a) => {
    const n = sequences[index].response.length;
    results[index] = {
      logprobs: logprob.slice(a * b.length, a * b.length + n),
      entropies: entropy.slice(a * b.length, a * b.length + n),
    };
  });
}
