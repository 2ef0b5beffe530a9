import {
  type CreditExplanation,
  type CreditOptions,
  type CreditColumn as ExplainedColumn,
  explainCredit,
  findAlgorithm,
  resolveOptions,
  type StepBatch,
} from '../../credit/index.ts';
import type { IdentifiedEpisode } from '../../database/index.ts';
import type { CreditColumn, CreditView } from '../api.ts';
import { creditBatch, type IterationEpisodes } from './iteration-episodes.ts';

/** The credit algorithm of a run's configuration. */
export interface RunCredit {
  readonly algorithm: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Credit, or why there is none. */
export type GroupCredit = { readonly credit: CreditView } | { readonly credit: null; readonly creditProblem: string };

/** Stored advantages are equal to these, but for rounding. */
const ROUNDING = 1e-9;

/** How the run's configuration says that credit is given. */
export function runCredit(config: unknown): RunCredit {
  const credit = (config as { credit?: { algorithm?: unknown; options?: unknown } } | undefined)?.credit;
  const options = credit?.options;
  return {
    algorithm: typeof credit?.algorithm === 'string' ? credit.algorithm : 'unknown',
    options: options !== null && typeof options === 'object' ? (options as Record<string, unknown>) : {},
  };
}

/**
 * The options that an algorithm runs with: the run's own all of them, another one those that it takes.
 *
 * @throws UnknownAlgorithmError, CreditOptionError for the run's own
 */
export function optionsOf(run: RunCredit, algorithm: string): CreditOptions {
  if (algorithm === run.algorithm) return resolveOptions(algorithm, run.options);
  const shared: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(run.options)) {
    try {
      resolveOptions(algorithm, { [name]: value });
      shared[name] = value;
    } catch (error) {
      // An option it does not take, or not with this value: its own default stays.
      if ((error as { code?: unknown }).code !== 'TURNWISE_CREDIT_OPTION') throw error;
    }
  }
  return resolveOptions(algorithm, shared);
}

/** The credit that an algorithm gives to the steps of a group. */
export function groupCredit(
  iteration: IterationEpisodes,
  group: string,
  run: RunCredit,
  algorithm: string,
): GroupCredit {
  const members = iteration.usable.filter((e) => e.group === group);
  try {
    const problem = problemOf(iteration, members, algorithm);
    if (problem !== undefined) return { credit: null, creditProblem: problem };
    const options = optionsOf(run, algorithm);
    const { explanation, rows } = explain(iteration, members, algorithm, options);
    const advantages = rows.map((t) => explanation.advantages[t]);
    return {
      credit: {
        algorithm,
        description: findAlgorithm(algorithm).description,
        options: options as CreditView['options'],
        asTrained: algorithm === run.algorithm && areStored(members, advantages),
        advantages,
        terms: explanation.terms.map((column) => columnView(column, rows)),
        quantities: explanation.quantities.map((column) => columnView(column, rows)),
      },
    };
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    if (typeof code !== 'string' || !code.startsWith('TURNWISE_')) throw error;
    return { credit: null, creditProblem: message };
  }
}

function problemOf(
  { file }: IterationEpisodes,
  members: readonly IdentifiedEpisode[],
  algorithm: string,
): string | undefined {
  if (file.kind !== 'train') {
    return 'An evaluation plays every task once and trains on nothing, so that there is no credit.';
  }
  if (members.length === 0) return 'No episode of this group was trained on: their environments failed.';
  if (!findAlgorithm(algorithm).needsValues || members[0].steps[0].value != null) return undefined;
  return `Credit by ${algorithm} needs the values of a critic, which are not stored.`;
}

/** The explanation, and which of its rows are the group's. */
function explain(
  iteration: IterationEpisodes,
  members: readonly IdentifiedEpisode[],
  algorithm: string,
  options: CreditOptions,
): { explanation: CreditExplanation; rows: readonly number[] } {
  if (!findAlgorithm(algorithm).wholeBatch(options)) {
    const batch = creditBatch(members);
    return {
      explanation: explainCredit(batch, algorithm, options),
      rows: Array.from({ length: batch.steps }, (_, t) => t),
    };
  }
  const key = JSON.stringify([algorithm, options]);
  let explanation = iteration.explanations.get(key);
  if (explanation === undefined) {
    explanation = explainCredit(creditBatch(iteration.usable), algorithm, options);
    iteration.explanations.set(key, explanation);
  }
  return { explanation, rows: rowsOf(iteration, members) };
}

/** Rows of the group's steps in the batch of the whole file. */
function rowsOf({ usable }: IterationEpisodes, members: readonly IdentifiedEpisode[]): number[] {
  const wanted = new Set(members);
  const rows: number[] = [];
  let row: StepBatch['steps'] = 0;
  for (const episode of usable) {
    if (wanted.has(episode)) for (let t = 0; t < episode.steps.length; t++) rows.push(row + t);
    row += episode.steps.length;
  }
  return rows;
}

function areStored(members: readonly IdentifiedEpisode[], advantages: readonly number[]): boolean {
  const stored: readonly (number | null)[] = members.flatMap((e) => e.advantages ?? []);
  return (
    stored.length === advantages.length && stored.every((a, t) => a !== null && Math.abs(a - advantages[t]) <= ROUNDING)
  );
}

function columnView({ name, symbol, description, values }: ExplainedColumn, rows: readonly number[]): CreditColumn {
  return {
    name,
    symbol,
    description,
    values: rows.map((t) => (Number.isFinite(values[t]) ? values[t] : null)),
  };
}
