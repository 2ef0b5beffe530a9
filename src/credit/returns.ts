import type { StepBatch } from './batch.ts';

/** (episodes) R_i = Σ_t r_t, the plain sum of an episode's rewards. */
export function episodeRewards(batch: StepBatch): Float64Array {
  const totals = new Float64Array(batch.episodes);
  for (let i = 0; i < batch.episodes; i++) {
    for (let t = batch.episodeStart[i]; t < batch.episodeStart[i + 1]; t++) totals[i] += batch.reward[t];
  }
  return totals;
}

/** (steps) G_t = Σ_{k≥t} γ^{k−t} r_k within each episode; `reward` holds one number per step, by default the batch's. */
export function discountedReturns(batch: StepBatch, gamma: number, reward = batch.reward): Float64Array {
  const returns = new Float64Array(batch.steps);
  for (let i = 0; i < batch.episodes; i++) {
    let g = 0;
    for (let t = batch.episodeStart[i + 1] - 1; t >= batch.episodeStart[i]; t--) {
      g = reward[t] + gamma * g;
      returns[t] = g;
    }
  }
  return returns;
}

/** (steps) values_t − p·(1 − valid_t): the penalty p touches only the rows of invalid actions. */
export function penalized(batch: StepBatch, values: Float64Array, penalty: number): Float64Array {
  const scores = Float64Array.from(values);
  for (let t = 0; t < batch.steps; t++) if (batch.valid[t] === 0) scores[t] -= penalty;
  return scores;
}

/** (steps) x_t = G_t − p·(1 − valid_t). @param tell is told G_t. */
export function penalizedReturns(
  batch: StepBatch,
  gamma: number,
  penalty: number,
  tell?: (returns: Float64Array) => void,
): Float64Array {
  const returns = discountedReturns(batch, gamma);
  tell?.(returns);
  return penalized(batch, returns, penalty);
}

/** (steps) Repeats one number per episode on every row of the episode. */
export function perStep(batch: StepBatch, perEpisode: ArrayLike<number>): Float64Array {
  const values = new Float64Array(batch.steps);
  for (let i = 0; i < batch.episodes; i++) {
    values.fill(perEpisode[i], batch.episodeStart[i], batch.episodeStart[i + 1]);
  }
  return values;
}

/** (steps) The group of every row. */
export function groupOfSteps(batch: StepBatch): Int32Array {
  const groups = new Int32Array(batch.steps);
  for (let i = 0; i < batch.episodes; i++) {
    groups.fill(batch.episodeGroup[i], batch.episodeStart[i], batch.episodeStart[i + 1]);
  }
  return groups;
}
