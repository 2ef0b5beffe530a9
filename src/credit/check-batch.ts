import type { StepBatch } from './batch.ts';
import { CreditBatchError } from './errors.ts';

/**
 * Checks that the columns fit together: lengths, ranges, no empty episode, finite rewards. Linear time.
 *
 * @throws CreditBatchError naming the first column, episode and step that do not.
 */
export function checkBatch(batch: StepBatch): void {
  const { steps, episodes, groups, states } = batch;
  const lengths: [keyof StepBatch, number][] = [
    ['episodeStart', episodes + 1],
    ['episodeGroup', episodes],
    ['state', steps],
    ['reward', steps],
    ['valid', steps],
    ['success', episodes],
    ['truncated', episodes],
    ['finalState', episodes],
  ];
  for (const [field, expected] of lengths) {
    const { length } = batch[field] as ArrayLike<number>;
    if (length !== expected) {
      throw new CreditBatchError(`Column \`${field}\` has ${length} entries; it must have ${expected}.`, { field });
    }
  }
  if (batch.stateText !== undefined && batch.stateText.length !== states) {
    throw new CreditBatchError(`Column \`stateText\` has ${batch.stateText.length} entries; it must have ${states}.`, {
      field: 'stateText',
    });
  }
  for (const [field, expected] of [
    ['value', steps],
    ['finalValue', episodes],
  ] as const) {
    const column = batch[field];
    if (column !== undefined && column.length !== expected) {
      throw new CreditBatchError(`Column \`${field}\` has ${column.length} entries; it must have ${expected}.`, {
        field,
      });
    }
  }
  if (batch.episodeStart[0] !== 0 || batch.episodeStart[episodes] !== steps) {
    throw new CreditBatchError(`\`episodeStart\` must begin with 0 and end with ${steps}, the number of steps.`, {
      field: 'episodeStart',
    });
  }
  for (let episode = 0; episode < episodes; episode++) {
    if (batch.episodeStart[episode + 1] <= batch.episodeStart[episode]) {
      throw new CreditBatchError('it has no steps; leave such an episode out.', { field: 'episodeStart', episode });
    }
    checkRange(batch.episodeGroup[episode], 0, groups, { field: 'episodeGroup', episode });
    checkRange(batch.finalState[episode], -1, states, { field: 'finalState', episode });
    for (let t = batch.episodeStart[episode]; t < batch.episodeStart[episode + 1]; t++) {
      const step = t - batch.episodeStart[episode];
      if (batch.state[t] < 0 || batch.state[t] >= states) {
        checkRange(batch.state[t], 0, states, { field: 'state', episode, step });
      }
      if (!Number.isFinite(batch.reward[t])) {
        throw new CreditBatchError(`\`reward\` is ${batch.reward[t]}; it must be a finite number.`, {
          field: 'reward',
          episode,
          step,
        });
      }
      if (batch.value !== undefined && !Number.isFinite(batch.value[t])) {
        throw new CreditBatchError(`\`value\` is ${batch.value[t]}; it must be a finite number.`, {
          field: 'value',
          episode,
          step,
        });
      }
    }
  }
}

function checkRange(value: number, low: number, end: number, place: { field: string; episode: number; step?: number }) {
  if (value < low || value >= end) {
    throw new CreditBatchError(`\`${place.field}\` is ${value}; it must be ${low} … ${end - 1}.`, place);
  }
}
