import type { StepBatch } from './batch.ts';

/** Steps that share the last k states, in order; numbered. */
export interface Contexts {
  /** (steps) Context of each step, 0 … count − 1; −1 where the episode has not had k states yet. */
  readonly ofStep: Int32Array;
  readonly count: number;
  /** (episodes) Context of the state reached after the last step; −1 where unknown or not the context of any step. */
  readonly ofFinal: Int32Array;
}

/** Contexts of one state are the states. */
export type States = Contexts;

/**
 * Contexts of k + 1 states from those of k: the context of the step before, then the state of the step.
 *
 * @param states clusters of equal states, which no two groups share.
 * @param partial whether the first steps of an episode, which have fewer states behind them, count as a context of what
 * there is (never equal to a full one); otherwise they get −1.
 */
export function lengthen(batch: StepBatch, before: Contexts, states: States, partial: boolean): Contexts {
  const ids = new Map<number, number>();
  const ofStep = new Int32Array(batch.steps).fill(-1);
  const ofFinal = new Int32Array(batch.episodes).fill(-1);
  // A context of −1 is the beginning of the episode: pair numbers 0 … states.count − 1.
  const pairOf = (context: number, state: number): number => (context + 1) * states.count + state;
  for (let i = 0; i < batch.episodes; i++) {
    let context = -1;
    for (let t = batch.episodeStart[i]; t < batch.episodeStart[i + 1]; t++) {
      if (context >= 0 || (partial && t === batch.episodeStart[i])) {
        const pair = pairOf(context, states.ofStep[t]);
        let id = ids.get(pair);
        if (id === undefined) {
          id = ids.size;
          ids.set(pair, id);
        }
        ofStep[t] = id;
      }
      context = before.ofStep[t];
    }
  }
  for (let i = 0; i < batch.episodes; i++) {
    const context = before.ofStep[batch.episodeStart[i + 1] - 1];
    if (context >= 0 && states.ofFinal[i] >= 0) ofFinal[i] = ids.get(pairOf(context, states.ofFinal[i])) ?? -1;
  }
  return { ofStep, count: ids.size, ofFinal };
}
