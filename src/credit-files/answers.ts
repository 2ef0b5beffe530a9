import {
  batchFromEpisodes,
  type Clusters,
  type EpisodeRecord,
  explainCredit,
  findAlgorithm,
  type StepBatch,
} from '../credit/index.ts';
import type { Plan } from './plans.ts';

/** Numbers of an episode by column, one per step; null where a column has none. */
type Table = Record<string, (number | null)[]>;

interface Explanation {
  readonly terms: Table;
  readonly quantities: Table;
}

/** What is written about an episode, as columns while it is worked on and as a line in the end. */
export class Answers {
  readonly explained: boolean;
  private readonly plans: readonly Plan[];
  /** Names of the columns that follow the advantages, one list of each kind per plan. */
  private readonly names: readonly { readonly terms: readonly string[]; readonly quantities: readonly string[] }[];

  /** @param explained whether the terms and quantities of the advantages are written beside them */
  constructor(plans: readonly Plan[], explained: boolean) {
    this.explained = explained;
    this.plans = plans;
    // Which columns there are is told by the options alone.
    const nothing = batchFromEpisodes([]);
    this.names = plans.map(({ name, options }) => {
      if (!explained) return { terms: [], quantities: [] };
      const { terms, quantities } = explainCredit(nothing, name, options);
      return { terms: terms.map((column) => column.name), quantities: quantities.map((column) => column.name) };
    });
  }

  /** (steps) The advantages by one plan, and after them where wanted its terms and quantities. */
  columns({ name, options }: Plan, batch: StepBatch, clusters: Clusters): Float64Array[] {
    if (!this.explained) return [findAlgorithm(name).run(batch, options, clusters)];
    const { advantages, terms, quantities } = explainCredit(batch, name, options, clusters);
    return [advantages, ...terms.map((column) => column.values), ...quantities.map((column) => column.values)];
  }

  /** @param columns of each plan. @param from row of the first step. @param to row after the last. */
  line({ group, id }: EpisodeRecord, columns: readonly Float64Array[][], from: number, to: number): string {
    const part = (column: Float64Array): number[] => Array.from(column.subarray(from, to));
    const advantages = this.byPlan(columns.map(([first]) => part(first)));
    if (!this.explained) return JSON.stringify({ group, id, advantages });
    const explanations = columns.map(([, ...others], p): Explanation => {
      const { terms, quantities } = this.names[p];
      const table = (names: readonly string[], first: number): Table =>
        // JSON has no NaN, and writes null for it.
        Object.fromEntries(names.map((name, c) => [name, part(others[first + c])]));
      return { terms: table(terms, 0), quantities: table(quantities, terms.length) };
    });
    return JSON.stringify({ group, id, advantages, explanation: this.byPlan(explanations) });
  }

  /** One plan speaks for itself, several under their names. */
  private byPlan<T>(answers: readonly T[]): T | Record<string, T> {
    if (answers.length === 1) return answers[0];
    return Object.fromEntries(this.plans.map(({ name }, p) => [name, answers[p]]));
  }
}
