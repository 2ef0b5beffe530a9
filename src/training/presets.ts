import type { TrainConfigInput } from './config.ts';

/** Settings that suit an environment, under whatever the user sets. Measured choices; docs/training.md says how. */
const PRESETS: Readonly<Record<string, TrainConfigInput>> = {
  household: {},
  alfworld: {
    iterations: 150,
    evaluation: { tasks: 134, every: 25, seeds: 3 },
  },
};

export function preset(environment: string): TrainConfigInput {
  return Object.hasOwn(PRESETS, environment) ? PRESETS[environment] : {};
}
