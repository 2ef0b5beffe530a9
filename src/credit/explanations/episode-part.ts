import type { StepBatch } from '../batch.ts';
import type { Statistics } from '../grpo.ts';
import type { Normed } from '../moments.ts';
import { episodeRewards, perStep } from '../returns.ts';
import { type ColumnMaker, type CreditColumn, unitOf } from './columns.ts';
import { penaltyQuantity } from './penalty.ts';

/** How mean and standard deviation of the group are written where they are alone, and where a step term has its own. */
export const ALONE = ['mean_g', 'std_g'] as const;
const BESIDE = ['mean^E', 'std^E'] as const;

/** R_i, and what was taken off it where there is a penalty. */
export function episodeRewardQuantities(batch: StepBatch, column: ColumnMaker, penalty: number): CreditColumn[] {
  const R = perStep(batch, episodeRewards(batch));
  return [
    column('episode reward', 'R_i', 'Sum of all rewards of the episode; reward units.', (t) => R[t]),
    ...penaltyQuantity(batch, column, penalty),
  ];
}

/**
 * What the rewards of a group were compared with.
 *
 * @param normed with the moments of the groups as they were used.
 */
export function groupQuantities(
  column: ColumnMaker,
  { segment, moments, normalization }: Pick<Normed, 'segment' | 'moments' | 'normalization'>,
  statistics: Statistics,
  [mean, std]: readonly [mean: string, std: string],
): CreditColumn[] {
  const values = statistics === 'steps' ? 'steps of the group' : 'episodes of the group, each by its first step';
  const columns = [
    column('group values', 'n', `Count of what the group's mean is of: the ${values}.`, (t) => {
      return moments.count[segment[t]];
    }),
    column(
      'group mean',
      mean,
      `Mean of R_i − p·(1 − valid_t) over the ${values}, 0 of one alone; reward units.`,
      (t) => {
        return moments.mean[segment[t]];
      },
    ),
  ];
  if (normalization === 'std') {
    const description = 'Sample standard deviation of the same values, 1 of one alone; reward units.';
    columns.push(column('group std', std, description, (t) => moments.std[segment[t]]));
  }
  return columns;
}

/** The quantities of GRPO where it is one term among others. */
export function episodePart(
  batch: StepBatch,
  column: ColumnMaker,
  episode: Normed,
  { statistics, invalidActionPenalty }: { readonly statistics: Statistics; readonly invalidActionPenalty: number },
): CreditColumn[] {
  return [
    ...episodeRewardQuantities(batch, column, invalidActionPenalty),
    ...groupQuantities(column, episode, statistics, BESIDE),
  ];
}

/** GRPO where it is one term among others. @param scale what becomes of it at a step. */
export function episodeTerm(
  column: ColumnMaker,
  symbol: string,
  { term, normalization }: Normed,
  scale: (x: number, t: number) => number = (x) => x,
): CreditColumn {
  const description = `GRPO: how much more than the mean of its group the episode earned; ${unitOf(normalization)}.`;
  return column('episode', symbol, description, (t) => scale(term[t], t));
}
