import type { StepBatch } from '../batch.ts';
import type { Clusters } from '../clusters.ts';
import { type GaeOptions, gae } from '../gae.ts';
import { type GagpoOptions, type GagpoWorkings, gagpo } from '../gagpo.ts';
import { divisor, type Normed } from '../moments.ts';
import type { Scaling, TemporalDifferences } from '../temporal-difference.ts';
import type { Trace } from '../trace.ts';
import {
  type ColumnMaker,
  type CreditColumn,
  type CreditExplanation,
  columnMaker,
  overStd,
  unitOf,
} from './columns.ts';
import { returnQuantity } from './scores.ts';

export function explainGagpo(batch: StepBatch, options: GagpoOptions, clusters?: Clusters): CreditExplanation {
  const trace: Trace<GagpoWorkings> = {};
  const advantages = gagpo(batch, options, clusters, trace);
  const workings = trace as GagpoWorkings;
  const { ofStep, states, episodeMeans: means } = workings;
  const column = columnMaker(batch);
  const scale = new Scale(workings.scaled, options);
  const [reward, ...others] = differenceQuantities(column, workings, 'V̄');
  return {
    advantages,
    terms: [
      ...(means === undefined
        ? residualTerms(batch, column, workings, options, scale)
        : broadcastTerms(batch, column, workings, means, scale)),
      ...scale.centring(column),
    ],
    quantities: [
      reward,
      returnQuantity(column, workings.returns),
      column('visits', 'n(s_t)', 'Count of the steps of the group in the state.', (t) => {
        return states.count[ofStep[t]];
      }),
      ...others,
      ...(means === undefined ? [] : broadcastQuantities(batch, column, means)),
      ...scale.quantities(column, means === undefined ? 'A_t' : 'Ā_i'),
    ],
  };
}

export function explainGae(batch: StepBatch, options: GaeOptions): CreditExplanation {
  const trace: Trace<TemporalDifferences> = {};
  const advantages = gae(batch, options, trace);
  const workings = trace as TemporalDifferences;
  const column = columnMaker(batch);
  const scale = new Scale(workings.scaled, options);
  return {
    advantages,
    terms: [...residualTerms(batch, column, workings, options, scale), ...scale.centring(column)],
    quantities: [...differenceQuantities(column, workings, 'V'), ...scale.quantities(column, 'A_t')],
  };
}

/** The step's own residual, and what the later ones of its episode add. */
function residualTerms(
  batch: StepBatch,
  column: ColumnMaker,
  { residuals, sums }: TemporalDifferences,
  { gamma, lambda }: { readonly gamma: number; readonly lambda: number },
  scale: Scale,
): CreditColumn[] {
  const last = lastSteps(batch);
  const own = `How much better the step turned out than its state let expect; ${scale.unit}.`;
  const later = `What the residuals of the later steps of its episode add, faded by γλ a step; ${scale.unit}.`;
  return [
    column('residual', scale.written('δ_t'), own, (t) => scale.of(residuals[t], t)),
    column('later residuals', scale.written('γλ·A_{t+1}'), later, (t) => {
      return last[t] === 1 ? Number.NaN : scale.of(gamma * lambda * sums[t + 1], t);
    }),
  ];
}

/** The step's own share in the mean of its episode, and that of the others. */
function broadcastTerms(
  batch: StepBatch,
  column: ColumnMaker,
  { sums }: TemporalDifferences,
  means: Float64Array,
  scale: Scale,
): CreditColumn[] {
  const length = stepsOfEpisodes(batch);
  const own = `The step's own share in the mean of its episode's A_t; ${scale.unit}.`;
  const others = `The share of the other steps of its episode in that mean; ${scale.unit}.`;
  return [
    column('own step', scale.written('A_t/T_i'), own, (t) => scale.of(sums[t] / length[t], t)),
    column('other steps', scale.written('(Ā_i − A_t/T_i)'), others, (t) => {
      return length[t] === 1 ? Number.NaN : scale.of(means[t] - sums[t] / length[t], t);
    }),
  ];
}

function broadcastQuantities(batch: StepBatch, column: ColumnMaker, means: Float64Array): CreditColumn[] {
  const length = stepsOfEpisodes(batch);
  return [
    column('episode steps', 'T_i', 'Count of the steps of the episode.', (t) => length[t]),
    column('episode mean', 'Ā_i', 'Mean of A_t over the steps of the episode; reward units.', (t) => means[t]),
  ];
}

function differenceQuantities(column: ColumnMaker, differences: TemporalDifferences, V: 'V̄' | 'V'): CreditColumn[] {
  const { reward, values, valuesOfNext: next, residuals, sums } = differences;
  const value = V === 'V' ? "The critic's value of the state" : "Mean of G over the group's visits to the state";
  return [
    column('reward', 'r_t', 'Reward less the penalty of an invalid action; reward units.', (t) => reward[t]),
    column('value', `${V}(s_t)`, `${value}; reward units.`, (t) => values[t]),
    column(
      'next value',
      `${V}(s_{t+1})`,
      'The same of the state reached, 0 after an end; reward units.',
      (t) => next[t],
    ),
    column('residual', 'δ_t', `r_t + γ·${V}(s_{t+1}) − ${V}(s_t); reward units.`, (t) => residuals[t]),
    column('unscaled advantage', 'A_t', 'δ_t + γλ·A_{t+1}; reward units.', (t) => sums[t]),
  ];
}

/** How the sums were scaled at the end. */
class Scale {
  readonly unit: string;
  private readonly normed: Normed | undefined;
  private readonly steps: string;
  private readonly mean: string;
  private readonly std: string;
  private readonly sample: string;

  constructor(normed: Normed | undefined, { scope, ddof }: Scaling) {
    this.normed = normed;
    this.unit = unitOf(normed?.normalization ?? 'none');
    this.steps = `all steps of the ${scope}`;
    [this.mean, this.std] = scope === 'group' ? ['mean_g', 'std_g'] : ['mean', 'std'];
    this.sample = ddof === 1 ? 'Sample' : 'Population';
  }

  of(x: number, t: number): number {
    if (this.normed === undefined) return x;
    const { segment, moments, normalization } = this.normed;
    return x / divisor(moments.std[segment[t]], normalization);
  }

  written(symbol: string): string {
    return this.normed === undefined ? symbol : overStd(symbol, this.std, this.normed.normalization);
  }

  centring(column: ColumnMaker): CreditColumn[] {
    if (this.normed === undefined) return [];
    const { segment, moments } = this.normed;
    const description = `What takes the mean over ${this.steps} to 0, the same for each; ${this.unit}.`;
    return [
      column('centring', this.written(`−${this.mean}`), description, (t) => this.of(-moments.mean[segment[t]], t)),
    ];
  }

  quantities(column: ColumnMaker, what: string): CreditColumn[] {
    if (this.normed === undefined) return [];
    const { segment, moments, normalization } = this.normed;
    const columns = [
      column('mean', this.mean, `Mean of ${what} over ${this.steps}; reward units.`, (t) => moments.mean[segment[t]]),
    ];
    if (normalization === 'std') {
      const description = `${this.sample} standard deviation of the same; reward units.`;
      columns.push(column('std', this.std, description, (t) => moments.std[segment[t]]));
    }
    return columns;
  }
}

/** (steps) How many steps the episode of each step has. */
function stepsOfEpisodes({ steps, episodes, episodeStart }: StepBatch): Int32Array {
  const length = new Int32Array(steps);
  for (let i = 0; i < episodes; i++) {
    length.fill(episodeStart[i + 1] - episodeStart[i], episodeStart[i], episodeStart[i + 1]);
  }
  return length;
}

/** (steps) 1 where an episode ends. */
function lastSteps(batch: StepBatch): Uint8Array {
  const last = new Uint8Array(batch.steps);
  for (let i = 0; i < batch.episodes; i++) last[batch.episodeStart[i + 1] - 1] = 1;
  return last;
}
