import type { Random } from '../text/random.ts';

/** The logits of one step of several sequences, as `buildStep` returns them for large vocabularies. */
export interface BlockedLogits {
  /** [S, V] */
  readonly logits: Float32Array;
  /** Largest logit / temperature of every block, [S, V / block]. */
  readonly maxima: Float32Array;
  /** Σ exp(logit / temperature − the row's maximum) of every block, [S, V / block]. */
  readonly sums: Float32Array;
}

/**
 * Draws tokens from large vocabularies by Gumbel-max (Gumbel 1954), first a block of tokens and then one of its tokens, which is the same
 * distribution: argmax over blocks of log Σ exp + Gumbel, then argmax inside of logit + Gumbel. Unlike the inverse of the cumulative
 * distribution it does not pass on rounding: among 150,000 tokens there is nearly always a boundary close to a uniform number, but hardly ever
 * are the two largest of such sums alike. So equal seeds give equal tokens whatever the batch.
 */
export class BlockSampler {
  private readonly vocabulary: number;
  private readonly block: number;
  private readonly blocks: number;

  constructor(vocabulary: number) {
    this.vocabulary = vocabulary;
    this.block = blockSize(vocabulary);
    this.blocks = vocabulary / this.block;
  }

  /** @param temperature 0 takes the most likely token and reports log-probabilities of temperature 1 */
  draw(from: BlockedLogits, row: number, temperature: number, random: Random): { id: number; logprob: number } {
    const { blocks, block } = this;
    const inverse = temperature > 0 ? 1 / temperature : 1;
    const start = row * blocks;
    let max = Number.NEGATIVE_INFINITY;
    let total = 0;
    let chosen = 0;
    let best = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < blocks; i++) {
      max = Math.max(max, from.maxima[start + i]);
      const sum = from.sums[start + i];
      total += sum;
      const score = temperature === 0 ? from.maxima[start + i] : Math.log(sum) + gumbel(random);
      if (score > best) {
        best = score;
        chosen = i;
      }
    }
    const offset = row * this.vocabulary;
    let id = chosen * block;
    best = Number.NEGATIVE_INFINITY;
    for (let i = chosen * block; i < (chosen + 1) * block; i++) {
      const logit = from.logits[offset + i] * inverse;
      const score = temperature === 0 ? logit : logit + gumbel(random);
      if (score > best) {
        best = score;
        id = i;
      }
    }
    return { id, logprob: from.logits[offset + id] * inverse - max - Math.log(total) };
  }
}

/** −log(−log u) for u uniform in (0, 1). */
function gumbel(random: Random): number {
  return -Math.log(-Math.log(random.next() || Number.MIN_VALUE));
}

/** The divisor of a vocabulary's size that is nearest to its root: so both choices are among few. */
export function blockSize(vocabulary: number): number {
  const root = Math.sqrt(vocabulary);
  let best = 1;
  for (let d = 1; d <= root; d++) {
    if (vocabulary % d !== 0) continue;
    for (const size of [d, vocabulary / d]) {
      if (Math.abs(Math.log(size / root)) < Math.abs(Math.log(best / root))) best = size;
    }
  }
  return best;
}
