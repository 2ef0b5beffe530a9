import { assignCredit } from '../credit/index.ts';
import { Random } from '../text/random.ts';
import { type LabRollouts, playGroups, withExactValues } from './rollouts.ts';
import { actionTable, type Policy, type Solution, solve } from './solve.ts';
import type { Variant } from './variants.ts';
import type { CompiledWorld } from './world.ts';

/** How near the credit of a variant came to the true advantages, over the steps of many groups. */
export interface Accuracy {
  /** Linear correlation with the true advantage, −1 … 1; 0 where all credit is the same. */
  readonly correlation: number;
  /**
   * What is left wrong on average once the credit is scaled as well as can be: root mean square over the places and
   * actions of mean credit less true advantage, weighted by visits, as a share of the root mean square of the true advantages.
   */
  readonly bias: number;
  /** Spread of the scaled credit around its mean for the same place and action, as the same share. */
  readonly noise: number;
  /** Share of the steps with credit and a true advantage whose signs agree, 0 … 1; NaN where there are none. */
  readonly signAccuracy: number;
  /** Share of the steps with no credit, 0 … 1. */
  readonly zeroShare: number;
}

export interface Condition {
  readonly world: CompiledWorld;
  readonly policy: Policy;
  readonly groupSize: number;
  readonly groups: number;
  readonly gamma: number;
  readonly seed: number;
}

/** Plays groups under a policy and compares the credit of each variant with the truth. */
export function measure(condition: Condition, variants: readonly Variant[]): Accuracy[] {
  const { world, policy, groupSize, groups, gamma, seed } = condition;
  const solution = solve(world, policy, gamma);
  const rollouts = playGroups(world, policy, groups, groupSize, Random.of(seed, 'lab-measure'));
  const truth = trueAdvantages(world, policy, solution, rollouts);
  const batch = withExactValues(world, rollouts, solution.V);
  const cells = cellsOf(world, rollouts);
  return variants.map(({ algorithm, options }) =>
    compare(assignCredit(batch, algorithm, options).advantages, truth, cells),
  );
}

/**
 * (steps) A_t = Q_t(s, a) − Σ_a' π(a' | o)·Q_t(s, a'): how much better the action was than what the policy does there, in
 * the place and at the time it really was.
 */
export function trueAdvantages(
  world: CompiledWorld,
  policy: Policy,
  { Q }: Solution,
  { batch, place, action, time }: LabRollouts,
): Float64Array {
  const table = actionTable(world);
  const width = table[world.places.length];
  const truth = new Float64Array(batch.steps);
  for (let t = 0; t < batch.steps; t++) {
    const row = time[t] * width + table[place[t]];
    const first = world.firstAction[batch.state[t]];
    let expected = 0;
    for (let a = 0; a < world.places[place[t]].actions.length; a++) expected += policy[first + a] * Q[row + a];
    truth[t] = Q[row + action[t]] - expected;
  }
  return truth;
}

/** (steps) Number of the place, observation and action of each step. */
function cellsOf(world: CompiledWorld, { batch, place, action }: LabRollouts): { of: Int32Array; count: number } {
  const rows = world.firstAction[world.observations.length];
  const of = place.map((s, t) => s * rows + world.firstAction[batch.state[t]] + action[t]);
  return { of, count: world.places.length * rows };
}

/** Credit smaller than this, relative to the largest, is none; so is a true advantage. */
const NOTHING = 1e-9;
/** True advantages smaller than this share of their root mean square have no sign to speak of. */
const NEGLIGIBLE = 0.05;

function compare(credit: Float64Array, truth: Float64Array, cells: { of: Int32Array; count: number }): Accuracy {
  const n = credit.length;
  let cc = 0;
  let ct = 0;
  let tt = 0;
  let sumC = 0;
  let sumT = 0;
  let largest = 0;
  for (let t = 0; t < n; t++) {
    cc += credit[t] * credit[t];
    ct += credit[t] * truth[t];
    tt += truth[t] * truth[t];
    sumC += credit[t];
    sumT += truth[t];
    largest = Math.max(largest, Math.abs(credit[t]));
  }
  const rms = Math.sqrt(tt / n);
  const spread = Math.sqrt((cc - (sumC * sumC) / n) * (tt - (sumT * sumT) / n));
  const correlation = spread > NOTHING ? (ct - (sumC * sumT) / n) / spread : 0;
  const scale = cc > 0 ? ct / cc : 0;

  let zeros = 0;
  let judged = 0;
  let right = 0;
  const visits = new Float64Array(cells.count);
  const mean = new Float64Array(cells.count);
  for (let t = 0; t < n; t++) {
    const error = scale * credit[t] - truth[t];
    visits[cells.of[t]]++;
    mean[cells.of[t]] += error;
    if (Math.abs(credit[t]) <= NOTHING * largest) zeros++;
    else if (Math.abs(truth[t]) > NEGLIGIBLE * rms) {
      judged++;
      if (credit[t] > 0 === truth[t] > 0) right++;
    }
  }
  for (let c = 0; c < cells.count; c++) if (visits[c] > 0) mean[c] /= visits[c];
  const squares = new Float64Array(cells.count);
  for (let t = 0; t < n; t++) squares[cells.of[t]] += (scale * credit[t] - truth[t] - mean[cells.of[t]]) ** 2;
  let bias = 0;
  let noise = 0;
  for (let c = 0; c < cells.count; c++) {
    if (visits[c] < 2) continue;
    const variance = squares[c] / (visits[c] - 1);
    noise += visits[c] * variance;
    // The mean of n errors is off by variance / n for lack of visits alone.
    bias += visits[c] * (mean[c] * mean[c] - variance / visits[c]);
  }
  return {
    correlation,
    bias: Math.sqrt(Math.max(0, bias) / n) / rms,
    noise: Math.sqrt(noise / n) / rms,
    signAccuracy: right / judged,
    zeroShare: zeros / n,
  };
}
