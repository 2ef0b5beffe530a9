import type { AdamwOptions } from '../nn/adamw.ts';
import type { Demonstration, TrainablePolicy } from '../policies/policy.ts';
import { Random } from '../text/random.ts';
import { type RateSchedule, rateAt } from './schedule.ts';

export interface ImitateOptions {
  /** Demonstrations in one optimizer step. */
  readonly batchSize: number;
  /** Optimizer steps. Passes over the demonstrations follow from it. */
  readonly updates: number;
  /** Steps after which to stop although the schedule goes on; default: never. */
  readonly stopAfter?: number;
  readonly optimizer: AdamwOptions & RateSchedule;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onUpdate?: (progress: ImitateProgress) => void | Promise<void>;
}

export interface ImitateProgress {
  /** From 1. */
  readonly update: number;
  readonly updates: number;
  /** Weighted mean negative log-likelihood of the batch, nats per token. */
  readonly loss: number;
}

/** Behaviour cloning: maximum likelihood of the demonstrated responses, in reshuffled passes. */
export async function imitate(
  policy: TrainablePolicy,
  demonstrations: readonly Demonstration[],
  o: ImitateOptions,
): Promise<void> {
  if (demonstrations.length === 0) throw new Error('imitate: there are no demonstrations');
  let order: number[] = [];
  let at = 0;
  let pass = 0;
  const last = Math.min(o.updates, o.stopAfter ?? o.updates);
  for (let update = 1; update <= last; update++) {
    o.signal?.throwIfAborted();
    const batch: Demonstration[] = [];
    while (batch.length < Math.min(o.batchSize, demonstrations.length)) {
      if (at === order.length) {
        order = Random.of(o.seed, 'demonstrations', pass++).shuffle(demonstrations.map((_, i) => i));
        at = 0;
      }
      batch.push(demonstrations[order[at++]]);
    }
    const learningRate = rateAt(o.optimizer, update - 1, o.updates);
    const metrics = await policy.imitate(batch, { ...o.optimizer, learningRate });
    await o.onUpdate?.({ update, updates: last, loss: metrics['imitation/loss'] });
  }
}
