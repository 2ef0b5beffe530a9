import type { Clusters, StepBatch } from '../credit/index.ts';

/** One batch of several, whose groups and states stay apart. Texts are left out: nothing that needs them looks across. */
export function concatenate(batches: readonly StepBatch[]): StepBatch {
  const sum = (count: (batch: StepBatch) => number): number => batches.reduce((total, b) => total + count(b), 0);
  const steps = sum((b) => b.steps);
  const episodes = sum((b) => b.episodes);
  const valued = batches.length > 0 && batches.every((b) => b.value !== undefined);
  const whole = {
    steps,
    episodes,
    groups: sum((b) => b.groups),
    states: sum((b) => b.states),
    episodeStart: new Int32Array(episodes + 1),
    episodeGroup: new Int32Array(episodes),
    state: new Int32Array(steps),
    reward: new Float64Array(steps),
    valid: new Uint8Array(steps),
    success: new Uint8Array(episodes),
    truncated: new Uint8Array(episodes),
    finalState: new Int32Array(episodes),
    ...(valued ? { value: new Float64Array(steps), finalValue: new Float64Array(episodes).fill(Number.NaN) } : {}),
  };
  let row = 0;
  let episode = 0;
  let group = 0;
  let state = 0;
  for (const b of batches) {
    whole.episodeStart.set(shifted(b.episodeStart, row), episode);
    whole.episodeGroup.set(shifted(b.episodeGroup, group), episode);
    whole.state.set(shifted(b.state, state), row);
    whole.finalState.set(
      b.finalState.map((s) => (s < 0 ? -1 : s + state)),
      episode,
    );
    whole.reward.set(b.reward, row);
    whole.valid.set(b.valid, row);
    whole.success.set(b.success, episode);
    whole.truncated.set(b.truncated, episode);
    if (b.value !== undefined) whole.value?.set(b.value, row);
    if (b.finalValue !== undefined) whole.finalValue?.set(b.finalValue, episode);
    row += b.steps;
    episode += b.episodes;
    group += b.groups;
    state += b.states;
  }
  return whole;
}

/** The clusters of the concatenated batch. */
export function concatenateClusters(parts: readonly Clusters[]): Clusters {
  const sum = (size: (clusters: Clusters) => number): number => parts.reduce((total, part) => total + size(part), 0);
  const ofStep = new Int32Array(sum((part) => part.ofStep.length));
  const ofFinal = new Int32Array(sum((part) => part.ofFinal.length));
  let count = 0;
  let step = 0;
  let episode = 0;
  for (const part of parts) {
    const before = count;
    ofStep.set(shifted(part.ofStep, before), step);
    ofFinal.set(
      part.ofFinal.map((c) => (c < 0 ? -1 : c + before)),
      episode,
    );
    count += part.count;
    step += part.ofStep.length;
    episode += part.ofFinal.length;
  }
  return { count, ofStep, ofFinal };
}

function shifted(numbers: Int32Array, by: number): Int32Array {
  return numbers.map((n) => n + by);
}
