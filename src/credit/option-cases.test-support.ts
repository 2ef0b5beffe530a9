import fc from 'fast-check';
import { ALGORITHMS, type AlgorithmName } from './algorithms.ts';
import type { CreditOptions, OptionName } from './options.ts';

const range = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const episodeOptions = {
  normalization: fc.constantFrom<'std' | 'mean'>('std', 'mean'),
  statistics: fc.constantFrom<'steps' | 'trajectories'>('steps', 'trajectories'),
  invalidActionPenalty: fc.constantFrom(0, 0.1, 0.37),
};
const gamma = fc.constantFrom(0.5, 0.95, 1);
const lastStates = fc.constantFrom(1, 2, 3);
const truncation = fc.constantFrom('terminal', 'bootstrap');
const { normalization: _, ...unscaled } = episodeOptions;

/** Every algorithm with options that reach all of its ways; their other options stay at the defaults. */
export const OPTION_CASES: {
  name: AlgorithmName;
  options: Record<string, fc.Arbitrary<unknown>>;
}[] = [
  { name: 'grpo', options: episodeOptions },
  { name: 'dr-grpo', options: unscaled },
  { name: 'rloo', options: unscaled },
  {
    name: 'gigpo',
    options: { ...episodeOptions, gamma, stepWeight: range(0, 2), similarity: fc.constantFrom(1, 0.4, 0) },
  },
  { name: 'gigpo', options: { ...episodeOptions, gamma, lastStates } },
  {
    name: 'gagpo',
    options: {
      gamma,
      lambda: fc.constantFrom(0, 0.8, 1),
      normalization: fc.constantFrom('std', 'mean', 'none'),
      scope: fc.constantFrom('group', 'batch'),
      ddof: fc.constantFrom(0, 1),
      truncation,
      lastStates,
      broadcast: fc.boolean(),
      invalidActionPenalty: fc.constantFrom(0, 0.1),
    },
  },
  {
    name: 'g2po',
    options: { ...episodeOptions, gamma, lastStates, stepWeight: range(0, 2), successReward: fc.constantFrom(1, 10) },
  },
  {
    name: 'hgpo',
    options: {
      ...episodeOptions,
      gamma,
      history: fc.integer({ min: 0, max: 4 }),
      base: fc.boolean(),
      alpha: fc.constantFrom(0, 1, 2),
    },
  },
  {
    name: 'reinforce++',
    options: { gamma, ...unscaled },
  },
  { name: 'reinforce++-baseline', options: unscaled },
  {
    name: 'gae',
    options: {
      gamma,
      lambda: fc.constantFrom(0, 0.8, 1),
      normalization: fc.constantFrom('std', 'mean', 'none'),
      scope: fc.constantFrom('group', 'batch'),
      ddof: fc.constantFrom(0, 1),
      truncation,
      invalidActionPenalty: fc.constantFrom(0, 0.1),
    },
  },
  {
    name: 'graphgpo',
    options: {
      ...episodeOptions,
      omega: fc.constantFrom(0.1, 0.9, 1),
      episodeWeight: range(0, 2),
      stepWeight: range(0, 2),
      successReward: fc.constantFrom(1, 10),
      truncation,
      lastStates,
    },
  },
  {
    name: 'bellman',
    options: {
      ...episodeOptions,
      gamma: fc.constantFrom(0, 0.5, 0.95),
      stepWeight: range(0, 2),
      gate: fc.boolean(),
      truncation,
      lastStates,
    },
  },
];

const NUMBERS: Partial<Record<OptionName, readonly number[]>> = {
  gamma: [0, 0.5, 0.95],
  lambda: [0, 0.5, 1],
  stepWeight: [0, 0.7, 2],
  invalidActionPenalty: [0, 0.1, 0.37],
  similarity: [1, 0.8, 0.4],
  lastStates: [1, 2, 3],
  history: [0, 1, 3],
  alpha: [0, 1, 2.5],
  omega: [0, 0.1, 0.9, 1],
  episodeWeight: [0, 0.3, 1],
  successReward: [1, 10],
};

/** Any options of an algorithm, or none. */
export function anyOptions(name: AlgorithmName): fc.Arbitrary<CreditOptions> {
  const values = Object.entries(ALGORITHMS[name].rules).map(([option, rule]) => {
    if (rule.kind === 'flag') return [option, fc.boolean()];
    const choices = rule.kind === 'choice' ? rule.choices : NUMBERS[option as OptionName];
    return [option, fc.constantFrom(...(choices as readonly unknown[]))];
  });
  return fc.record(Object.fromEntries(values), { requiredKeys: [] });
}
