import type { TrainConfigInput } from './config.ts';

/**
 * Settings that suit an environment, under whatever the user sets. For the household they were found by measurement, see docs/training.md:
 * sampling nearer to the temperature of evaluation, advantages standardized over the batch, a slow second moment with a warm-up, and a penalty
 * for invalid commands that can be felt beside a reward of 10.
 */
const PRESETS: Readonly<Record<string, TrainConfigInput>> = {
  household: {
    iterations: 110,
    rollout: { temperature: 0.6 },
    optimizer: { learningRate: 3e-4, schedule: 'linear', warmup: 5, beta2: 0.99 },
    evaluation: { every: 10 },
  },
  alfworld: {
    iterations: 140,
    rollout: { temperature: 0.6 },
    optimizer: { learningRate: 2e-4, schedule: 'linear', warmup: 5, beta2: 0.99 },
    evaluation: { every: 20, tasks: 134, seeds: 3 },
    warmup: {
      tasks: 3553,
      updates: 3000,
      stopAfter: 1800,
      model: { hiddenSize: 128, layers: 4, heads: 4, kvHeads: 2, ffnSize: 352 },
    },
  },
};

/** Options of the credit assignment that go with the settings above. */
const CREDIT: Readonly<Record<string, Readonly<Record<string, number | string>>>> = {
  gagpo: { scope: 'batch', invalidActionPenalty: 0.5 },
};

/** @param algorithm the credit assignment to be used, since each takes its own options */
export function preset(environment: string, algorithm = 'gagpo'): TrainConfigInput {
  if (!Object.hasOwn(PRESETS, environment)) return {};
  const options = Object.hasOwn(CREDIT, algorithm) ? CREDIT[algorithm] : { invalidActionPenalty: 0.5 };
  return { ...PRESETS[environment], credit: { options } };
}

/** The preset for what a user wrote, before that was checked. */
export function presetFor(written: unknown): TrainConfigInput {
  const { environment, credit } = (written ?? {}) as {
    environment?: { name?: unknown };
    credit?: { algorithm?: unknown };
  };
  return preset(String(environment?.name ?? 'household'), String(credit?.algorithm ?? 'gagpo'));
}
