import { nearestName } from '../text/nearest-name.ts';
import { CreditOptionError } from './errors.ts';

/** Every option any algorithm takes. Which ones an algorithm takes, and with which defaults, is in its own file. */
export interface CreditOptions {
  readonly gamma?: number;
  readonly lambda?: number;
  readonly normalization?: 'std' | 'mean' | 'none';
  readonly statistics?: 'steps' | 'trajectories';
  readonly scope?: 'group' | 'batch';
  readonly ddof?: 0 | 1;
  readonly stepWeight?: number;
  readonly invalidActionPenalty?: number;
  readonly similarity?: number;
  readonly lastStates?: number;
  readonly truncation?: 'terminal' | 'bootstrap';
  readonly history?: number;
  readonly base?: boolean;
  readonly alpha?: number;
  readonly omega?: number;
  readonly episodeWeight?: number;
  readonly gate?: boolean;
  readonly broadcast?: boolean;
  readonly successReward?: number;
}

export type OptionName = keyof CreditOptions;

/** What values an option takes, and a sentence about it. */
export type OptionRule = { readonly description: string } & (
  | { readonly kind: 'number'; readonly min: number; readonly max?: number; readonly integer?: boolean }
  | { readonly kind: 'choice'; readonly choices: readonly (string | number)[] }
  | { readonly kind: 'flag' }
);

export const OPTION_RULES: Readonly<Record<OptionName, OptionRule>> = {
  gamma: { kind: 'number', min: 0, max: 1, description: 'Discount per step.' },
  lambda: { kind: 'number', min: 0, max: 1, description: 'How far a TD residual reaches back: 0 one step, 1 all.' },
  normalization: {
    kind: 'choice',
    choices: ['std', 'mean'],
    description: 'Subtract the mean and divide by the standard deviation, or subtract the mean only.',
  },
  statistics: {
    kind: 'choice',
    choices: ['steps', 'trajectories'],
    description: 'What counts once in the mean and deviation of a group: every step or every episode.',
  },
  scope: { kind: 'choice', choices: ['group', 'batch'], description: 'The steps that are standardized together.' },
  ddof: { kind: 'choice', choices: [0, 1], description: 'Standard deviation of the population (0) or sample (1).' },
  stepWeight: { kind: 'number', min: 0, description: 'Weight of the step terms beside the episode term.' },
  invalidActionPenalty: { kind: 'number', min: 0, description: 'Taken off for an invalid action; reward units.' },
  similarity: {
    kind: 'number',
    min: 0,
    max: 1,
    description: 'Texts whose difflib ratio reaches this are the same state; 1: only equal ones.',
  },
  lastStates: {
    kind: 'number',
    min: 1,
    integer: true,
    description: 'How many of the last states must be the same, in order; 1: the state alone.',
  },
  truncation: {
    kind: 'choice',
    choices: ['terminal', 'bootstrap'],
    description: 'Whether an episode cut by the step limit ends there or goes on with the value of the state reached.',
  },
  history: { kind: 'number', min: 0, integer: true, description: 'Contexts of 1 … history + 1 states are compared.' },
  base: { kind: 'flag', description: 'Whether the episode term enters as the context of length 0.' },
  alpha: { kind: 'number', min: 0, description: 'How much more a longer context weighs.' },
  omega: { kind: 'number', min: 0, max: 1, description: 'What one more step to success leaves of the reward.' },
  episodeWeight: { kind: 'number', min: 0, description: 'Weight of the episode term.' },
  gate: { kind: 'flag', description: 'Whether only states that led to at least two others get step credit.' },
  broadcast: { kind: 'flag', description: 'Whether every step gets the mean advantage of its episode (an ablation).' },
  successReward: { kind: 'number', min: 0, description: 'Reward, or value, of success; reward units.' },
};

/** `options` over `defaults`; an option that is undefined counts as absent. */
export function withDefaults<T extends object>(defaults: T, options: Partial<T>): T {
  const all = { ...defaults };
  for (const name of Object.keys(options) as (keyof T)[]) {
    const value = options[name];
    if (value !== undefined) all[name] = value as T[keyof T];
  }
  return all;
}

/**
 * Checks names and values against what the algorithm takes.
 *
 * @throws CreditOptionError naming the option, what it may be and the nearest right name.
 */
export function checkOptions(
  algorithm: string,
  options: Readonly<Record<string, unknown>>,
  rules: Readonly<Record<string, OptionRule>>,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const problem = Object.hasOwn(rules, name) ? problemOf(value, rules[name]) : unknownName(name, Object.keys(rules));
    if (problem !== undefined) throw new CreditOptionError(algorithm, name, value, problem);
  }
}

function unknownName(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  const hint = near === undefined ? '' : `; the nearest is "${near}"`;
  return `there is no such option${hint}. It has: ${known.join(', ')}.`;
}

/** What is wrong with a value, if anything. */
function problemOf(value: unknown, rule: OptionRule): string | undefined {
  if (rule.kind === 'flag') {
    return typeof value === 'boolean' ? undefined : `it is ${show(value)}; it must be true or false.`;
  }
  if (rule.kind === 'choice') {
    if (rule.choices.includes(value as string | number)) return undefined;
    return `it is ${show(value)}; it must be ${rule.choices.map(show).join(' or ')}.`;
  }
  const { min, max = Number.POSITIVE_INFINITY, integer = false } = rule;
  const fits = typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max;
  if (fits && (!integer || Number.isInteger(value))) return undefined;
  const range = max === Number.POSITIVE_INFINITY ? `of at least ${min}` : `from ${min} to ${max}`;
  return `it is ${show(value)}; it must be a ${integer ? 'whole ' : ''}number ${range}.`;
}

function show(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : String(value);
}
