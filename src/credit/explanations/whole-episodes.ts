import type { StepBatch } from '../batch.ts';
import { type DrGrpoOptions, drGrpo, type GrpoOptions, grpo, type Statistics } from '../grpo.ts';
import { divisor, type Moments, type Normed } from '../moments.ts';
import {
  type ReinforcePlusPlusBaselineOptions,
  type ReinforcePlusPlusBaselineWorkings,
  type ReinforcePlusPlusOptions,
  type ReinforcePlusPlusWorkings,
  reinforcePlusPlus,
  reinforcePlusPlusBaseline,
  type Whitening,
} from '../reinforce-plus-plus.ts';
import { episodeRewards, perStep } from '../returns.ts';
import { leaveOneOut, type RlooOptions, type RlooWorkings, rloo } from '../rloo.ts';
import { into, type Trace } from '../trace.ts';
import {
  type ColumnMaker,
  type CreditColumn,
  type CreditExplanation,
  columnMaker,
  overStd,
  unitOf,
} from './columns.ts';
import { ALONE, episodeRewardQuantities, groupQuantities } from './episode-part.ts';
import { penaltyQuantity, penaltyTerm } from './penalty.ts';
import { returnQuantity, scoreQuantity } from './scores.ts';

const PENALTY = 'p·(1 − valid_t)';

export function explainGrpo(batch: StepBatch, options: GrpoOptions): CreditExplanation {
  const trace: Trace<GroupTerm> = {};
  const advantages = grpo(batch, options, into(trace, 'normed'));
  return explainGroupTerm(batch, advantages, trace as GroupTerm, options);
}

export function explainDrGrpo(batch: StepBatch, options: DrGrpoOptions): CreditExplanation {
  const trace: Trace<GroupTerm> = {};
  const advantages = drGrpo(batch, options, into(trace, 'normed'));
  return explainGroupTerm(batch, advantages, trace as GroupTerm, options);
}

interface GroupTerm {
  readonly normed: Normed;
}

function explainGroupTerm(
  batch: StepBatch,
  advantages: Float64Array,
  { normed }: GroupTerm,
  options: DrGrpoOptions,
): CreditExplanation {
  const { values, segment, moments, normalization } = normed;
  const { invalidActionPenalty: p, statistics } = options;
  const column = columnMaker(batch);
  const scale = (x: number, t: number): number => x / divisor(moments.std[segment[t]], normalization);
  const unit = unitOf(normalization);
  return {
    advantages,
    terms: [
      againstGroup(batch, column, segment, moments, overStd('(R_i − mean_g)', 'std_g', normalization), unit, scale),
      ...penaltyTerm(batch, column, p, overStd(`−${PENALTY}`, 'std_g', normalization), unit, scale),
    ],
    quantities: [
      ...episodeRewardQuantities(batch, column, p),
      scoreQuantity(column, values, 'R_i', p),
      ...groupQuantities(column, normed, statistics, ALONE),
    ],
  };
}

export function explainRloo(batch: StepBatch, options: RlooOptions): CreditExplanation {
  const trace: Trace<RlooWorkings> = {};
  const advantages = rloo(batch, options, trace);
  const { scores, group, moments } = trace as RlooWorkings;
  const { invalidActionPenalty: p, statistics } = options;
  const column = columnMaker(batch);
  const scale = (x: number, t: number): number => leaveOneOut(moments.count[group[t]]) * x;
  const unit = unitOf('mean');
  return {
    advantages,
    terms: [
      againstGroup(batch, column, group, moments, 'n/(n − 1)·(R_i − mean_g)', unit, scale),
      ...penaltyTerm(batch, column, p, `−n/(n − 1)·${PENALTY}`, unit, scale),
    ],
    quantities: [
      ...episodeRewardQuantities(batch, column, p),
      scoreQuantity(column, scores, 'R_i', p),
      ...groupQuantities(column, { segment: group, moments, normalization: 'mean' }, statistics, ALONE),
    ],
  };
}

export function explainReinforcePlusPlus(batch: StepBatch, options: ReinforcePlusPlusOptions): CreditExplanation {
  const trace: Trace<ReinforcePlusPlusWorkings> = {};
  const advantages = reinforcePlusPlus(batch, options, trace);
  const workings = trace as ReinforcePlusPlusWorkings;
  const { returns, mean, deviation } = workings;
  const { invalidActionPenalty: p, statistics } = options;
  const column = columnMaker(batch);
  const scale = (x: number): number => x / deviation;
  const unit = unitOf('std');
  const description = `How much more than the mean over the batch was earned from the step on; ${unit}.`;
  return {
    advantages,
    terms: [
      column('return', '(G_t − mean)/√(var + 1e-8)', description, (t) => scale(returns[t] - mean)),
      ...penaltyTerm(batch, column, p, `−${PENALTY}/√(var + 1e-8)`, unit, scale),
    ],
    quantities: [
      returnQuantity(column, returns),
      ...penaltyQuantity(batch, column, p),
      scoreQuantity(column, workings.scores, 'G_t', p),
      ...whiteningQuantities(column, workings, statistics),
    ],
  };
}

export function explainReinforcePlusPlusBaseline(
  batch: StepBatch,
  options: ReinforcePlusPlusBaselineOptions,
): CreditExplanation {
  const trace: Trace<ReinforcePlusPlusBaselineWorkings> = {};
  const advantages = reinforcePlusPlusBaseline(batch, options, trace);
  const workings = trace as ReinforcePlusPlusBaselineWorkings;
  const { group, moments, mean, deviation } = workings;
  const { invalidActionPenalty: p, statistics } = options;
  const column = columnMaker(batch);
  const scale = (x: number): number => x / deviation;
  const unit = unitOf('std');
  const centring = `What takes the mean over the batch to 0, the same for every step; ${unit}.`;
  return {
    advantages,
    terms: [
      againstGroup(batch, column, group, moments, '(R_i − mean_g)/√(var + 1e-8)', unit, scale),
      ...penaltyTerm(batch, column, p, `−${PENALTY}/√(var + 1e-8)`, unit, scale),
      column('centring', '−mean/√(var + 1e-8)', centring, () => scale(-mean)),
    ],
    quantities: [
      ...episodeRewardQuantities(batch, column, p),
      ...groupQuantities(column, { segment: group, moments, normalization: 'mean' }, statistics, ALONE),
      scoreQuantity(column, workings.scores, 'R_i', p, ', less the mean of the group'),
      ...whiteningQuantities(column, workings, 'steps'),
    ],
  };
}

/** What the reward of its episode brought a step. */
function againstGroup(
  batch: StepBatch,
  column: ColumnMaker,
  group: Int32Array,
  { mean }: Moments,
  symbol: string,
  unit: string,
  scale: (difference: number, t: number) => number,
): CreditColumn {
  const R = perStep(batch, episodeRewards(batch));
  const description = `How much more than the mean of its group the episode earned; ${unit}.`;
  return column('episode', symbol, description, (t) => scale(R[t] - mean[group[t]], t));
}

function whiteningQuantities(column: ColumnMaker, { mean, deviation }: Whitening, statistics: Statistics) {
  const values = statistics === 'steps' ? 'all steps of the batch' : 'the batch, every episode counting once';
  return [
    column('mean', 'mean', `Mean of x_t over ${values}; reward units.`, () => mean),
    column('deviation', '√(var + 1e-8)', 'Square root of their variance plus 1e-8; reward units.', () => deviation),
  ];
}
