/**
 * Lays token sequences out as the dense tensors the graphs read.
 */

/** A prompt and its response; both may be empty, not both at once. */
export interface TokenSequence {
  readonly prompt: Int32Array;
  readonly response: Int32Array;
}

/** Where padding goes; `packed` puts several sequences in one row. The choice does not change any log-probability. */
export type Layout = 'right' | 'left' | 'packed';

/** The tensors of sequenceForward, with the response tokens as a table of A rows (one per sequence) × L columns. */
export interface SequenceBatch {
  readonly rowsOfTokens: number;
  readonly width: number;
  /** [B, T] */
  readonly tokens: Int32Array;
  readonly positions: BigInt64Array;
  /** 0 is padding; the segments of a row count from 1. */
  readonly segments: BigInt64Array;
  readonly actions: number;
  readonly length: number;
  /** [A·L] flat row whose hidden state predicts the token; padding points at row 0. */
  readonly rows: Int32Array;
  /** [N] which table entry a row feeds, or A·L. */
  readonly inverse: Int32Array;
  /** [A·L] */
  readonly targets: Int32Array;
  /** [A·L] 1 on response tokens, 0 on padding. */
  readonly mask: Float32Array;
}

/**
 * Splits sequences into batches of similar length, none above `budget` padded tokens unless one sequence alone is.
 * Deterministic: longest first, ties by index.
 *
 * @returns lists of indices into `lengths`
 */
export function planBatches(lengths: ArrayLike<number>, budget: number): number[][] {
  const order = Array.from({ length: lengths.length }, (_, i) => i).sort((a, b) => lengths[b] - lengths[a] || a - b);
  const batches: number[][] = [];
  let current: number[] = [];
  for (const i of order) {
    const width = current.length > 0 ? lengths[current[0]] : lengths[i];
    if (current.length > 0 && (current.length + 1) * width > budget) {
      batches.push(current);
      current = [];
    }
    current.push(i);
  }
  if (current.length > 0) batches.push(current);
  return batches;
}

/**
 * Builds the tensors. The token at position p of a sequence is predicted by the hidden state at p − 1, so a response without
 * a prompt has no prediction for its first token.
 *
 * @param multiples what the padded sequences and the padded responses must be multiples of, tokens
 * @throws RangeError when a response is not preceded by at least one prompt token
 */
export function layoutBatch(
  sequences: readonly TokenSequence[],
  layout: Layout = 'right',
  multiples: { readonly width: number; readonly length: number } = { width: 1, length: 1 },
): SequenceBatch {
  const lengths = sequences.map((s) => s.prompt.length + s.response.length);
  const longest = roundUp(Math.max(1, ...lengths), multiples.width);
  const { row, column, rowsOfTokens } = layout === 'packed' ? pack(lengths, longest) : pad(lengths, longest, layout);
  const count = rowsOfTokens * longest;
  const actions = sequences.length;
  const length = roundUp(Math.max(1, ...sequences.map((s) => s.response.length)), multiples.length);
  const batch = {
    rowsOfTokens,
    width: longest,
    tokens: new Int32Array(count),
    positions: new BigInt64Array(count),
    segments: new BigInt64Array(count),
    actions,
    length,
    rows: new Int32Array(actions * length),
    inverse: new Int32Array(count).fill(actions * length),
    targets: new Int32Array(actions * length),
    mask: new Float32Array(actions * length),
  };
  const segmentsInRow = new Int32Array(rowsOfTokens);
  sequences.forEach((s, a) => {
    if (s.prompt.length === 0 && s.response.length > 0) {
      throw new RangeError(`layoutBatch: sequence ${a} has a response but no prompt token to predict it from`);
    }
    const start = row[a] * longest + column[a];
    const segment = BigInt(++segmentsInRow[row[a]]);
    batch.tokens.set(s.prompt, start);
    batch.tokens.set(s.response, start + s.prompt.length);
    for (let p = 0; p < lengths[a]; p++) {
      batch.positions[start + p] = BigInt(p);
      batch.segments[start + p] = segment;
    }
    for (let l = 0; l < s.response.length; l++) {
      const from = start + s.prompt.length + l - 1;
      batch.rows[a * length + l] = from;
      batch.inverse[from] = a * length + l;
      batch.targets[a * length + l] = s.response[l];
      batch.mask[a * length + l] = 1;
    }
  });
  return batch;
}

/** The smallest multiple of `step` that is not below `n`. */
export function roundUp(n: number, step: number): number {
  return Math.ceil(n / step) * step;
}

interface Places {
  readonly row: number[];
  readonly column: number[];
  readonly rowsOfTokens: number;
}

function pad(lengths: readonly number[], width: number, side: 'left' | 'right'): Places {
  return {
    row: lengths.map((_, i) => i),
    column: lengths.map((n) => (side === 'left' ? width - n : 0)),
    rowsOfTokens: lengths.length,
  };
}

/** First fit in the given order. */
function pack(lengths: readonly number[], width: number): Places {
  const used: number[] = [];
  const row: number[] = [];
  const column: number[] = [];
  for (const n of lengths) {
    let r = used.findIndex((u) => u + n <= width);
    if (r < 0) r = used.push(0) - 1;
    row.push(r);
    column.push(used[r]);
    used[r] += n;
  }
  return { row, column, rowsOfTokens: used.length };
}
