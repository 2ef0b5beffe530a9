/**
 * Draws a token from a row of logits.
 *
 * The returned log-probability is that of softmax(logits / temperature), the distribution the loss uses; a nucleus narrows what
 * may be drawn but not what is reported.
 */
export class TokenSampler {
  private readonly probabilities: Float64Array;

  constructor(vocabulary: number) {
    this.probabilities = new Float64Array(vocabulary);
  }

  /**
   * @param logits row-major; the row starts at `offset` and has as many entries as the vocabulary
   * @param temperature 0 takes the most likely token and reports log-probabilities of temperature 1
   * @param uniform a number in [0, 1)
   */
  draw(
    logits: Float32Array,
    offset: number,
    temperature: number,
    topP: number,
    uniform: number,
  ): { id: number; logprob: number } {
    const p = this.probabilities;
    const n = p.length;
    const inverse = temperature > 0 ? 1 / temperature : 1;
    let top = 0;
    for (let i = 1; i < n; i++) if (logits[offset + i] > logits[offset + top]) top = i;
    const max = logits[offset + top] * inverse;
    let total = 0;
    for (let i = 0; i < n; i++) {
      const e = Math.exp(logits[offset + i] * inverse - max);
      p[i] = e;
      total += e;
    }
    const id =
      temperature === 0 ? top : topP < 1 ? this.nucleus(total, topP, uniform) : this.inverseTransform(total, uniform);
    return { id, logprob: logits[offset + id] * inverse - max - Math.log(total) };
  }

  private inverseTransform(total: number, uniform: number): number {
    const p = this.probabilities;
    let left = uniform * total;
    let last = 0;
    for (let i = 0; i < p.length; i++) {
      if (p[i] === 0) continue;
      last = i;
      left -= p[i];
      if (left < 0) return i;
    }
    return last;
  }

  /** The most likely tokens of a row under the same distribution, the likeliest first. */
  top(
    logits: Float32Array,
    row: number,
    o: { readonly temperature: number; readonly topLogprobs?: number },
  ): { id: number; logprob: number }[] {
    const n = this.probabilities.length;
    const offset = row * n;
    const count = Math.min(o.topLogprobs ?? 0, n);
    const inverse = o.temperature > 0 ? 1 / o.temperature : 1;
    const best: number[] = [];
    for (let i = 0; i < n; i++) {
      const x = logits[offset + i];
      if (best.length === count && x <= logits[offset + best[count - 1]]) continue;
      let at = best.length;
      while (at > 0 && logits[offset + best[at - 1]] < x) at--;
      best.splice(at, 0, i);
      if (best.length > count) best.pop();
    }
    const max = logits[offset + best[0]] * inverse;
    let total = 0;
    for (let i = 0; i < n; i++) total += Math.exp(logits[offset + i] * inverse - max);
    return best.map((id) => ({ id, logprob: logits[offset + id] * inverse - max - Math.log(total) }));
  }

  private nucleus(total: number, topP: number, uniform: number): number {
    const p = this.probabilities;
    // Tokens less likely than this have together less than 1 − topP: the nucleus is full without them.
    const least = ((1 - topP) * total) / p.length;
    const order: number[] = [];
    for (let i = 0; i < p.length; i++) if (p[i] >= least && p[i] > 0) order.push(i);
    order.sort((a, b) => p[b] - p[a] || a - b);
    let kept = 0;
    let size = 0;
    while (size < order.length && kept < topP * total) kept += p[order[size++]];
    let left = uniform * kept;
    for (let i = 0; i < size; i++) {
      left -= p[order[i]];
      if (left < 0) return order[i];
    }
    return order[Math.max(0, size - 1)];
  }
}
