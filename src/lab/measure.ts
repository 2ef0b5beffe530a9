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
   * What is wrong with the direction of learning, however many episodes are played: the mean credit of each action against
   * that of the other actions in the same place, scaled to fit the true advantages, less those; root mean square over the
   * steps, as a share of that of the true advantages. 0 where mean credit ranks and spaces the actions as the truth does.
   */
  readonly bias: number;
  /**
   * What else is wrong with a single step's credit, and averages out over many: root mean square of the credit, scaled in
   * the same way, less the true advantage, without the bias; as the same share.
   */
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

/** The kinds of steps: a place, what was observed there, and an action. */
interface Cells {
  readonly count: number;
  /** (steps) */
  readonly of: Int32Array;
  /** The actions of one place and observation are cells startOfPlace[p] … startOfPlace[p + 1] − 1. */
  readonly startOfPlace: Int32Array;
}

function cellsOf(world: CompiledWorld, { batch, place, action }: LabRollouts): Cells {
  const { firstAction, observations, places } = world;
  const rows = firstAction[observations.length];
  return {
    count: places.length * rows,
    of: place.map((s, t) => s * rows + firstAction[batch.state[t]] + action[t]),
    startOfPlace: Int32Array.from({ length: places.length * observations.length + 1 }, (_, i) => {
      const place = Math.floor(i / observations.length);
      return place * rows + firstAction[i % observations.length];
    }),
  };
}

/** Credit smaller than this, relative to the largest, is none; so is a true advantage. */
const NOTHING = 1e-9;
/** True advantages smaller than this share of their root mean square have no sign to speak of. */
const NEGLIGIBLE = 0.05;

function compare(credit: Float64Array, truth: Float64Array, cells: Cells): Accuracy {
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

  let zeros = 0;
  let judged = 0;
  let right = 0;
  for (let t = 0; t < n; t++) {
    if (Math.abs(credit[t]) <= NOTHING * largest) zeros++;
    else if (Math.abs(truth[t]) > NEGLIGIBLE * rms) {
      judged++;
      if (credit[t] > 0 === truth[t] > 0) right++;
    }
  }
  const { scale, bias } = direction(credit, truth, cells);
  let error = 0;
  for (let t = 0; t < n; t++) error += (scale * credit[t] - truth[t]) ** 2;
  return {
    correlation,
    bias: bias / rms,
    noise: Math.sqrt(Math.max(0, error / n - bias * bias)) / rms,
    signAccuracy: right / judged,
    zeroShare: zeros / n,
  };
}

/**
 * The scale at which mean credit fits the true advantages best, and what it then leaves wrong, where only the differences
 * between the actions of a place count: whatever is added to all of them alike leaves the mean policy gradient as it is.
 */
function direction(credit: Float64Array, truth: Float64Array, cells: Cells): { scale: number; bias: number } {
  const n = credit.length;
  const stats = cellStatistics(credit, cells);
  const wanted = cellStatistics(truth, cells).mean;
  const given = stats.mean;
  for (let p = 0; p + 1 < cells.startOfPlace.length; p++) {
    const [from, to] = [cells.startOfPlace[p], cells.startOfPlace[p + 1]];
    for (const mean of [given, wanted]) centre(mean, stats.visits, from, to);
  }
  let gg = 0;
  let gw = 0;
  let ww = 0;
  let sampling = 0;
  for (let c = 0; c < given.length; c++) {
    gg += stats.visits[c] * given[c] * given[c];
    gw += stats.visits[c] * given[c] * wanted[c];
    ww += stats.visits[c] * wanted[c] * wanted[c];
    // The mean of k values is off by variance / k for lack of visits alone: no fault of the credit.
    sampling += stats.variance[c];
  }
  const scale = gg > sampling ? Math.max(0, gw / (gg - sampling)) : 0;
  const squares = scale * scale * (gg - sampling) - 2 * scale * gw + ww;
  return { scale, bias: Math.sqrt(Math.max(0, squares) / n) };
}

/** Takes off the mean over the visits to the actions from … to − 1. */
function centre(mean: Float64Array, visits: Float64Array, from: number, to: number): void {
  let sum = 0;
  let count = 0;
  for (let c = from; c < to; c++) {
    sum += visits[c] * mean[c];
    count += visits[c];
  }
  for (let c = from; c < to; c++) if (visits[c] > 0) mean[c] -= sum / count;
}

/** (cells) Visits, mean and sample variance of a column; 0 where there was no visit, or for the variance only one. */
function cellStatistics(values: Float64Array, { of, count }: Cells) {
  const visits = new Float64Array(count);
  const mean = new Float64Array(count);
  const variance = new Float64Array(count);
  for (let t = 0; t < values.length; t++) {
    visits[of[t]]++;
    mean[of[t]] += values[t];
  }
  for (let c = 0; c < count; c++) if (visits[c] > 0) mean[c] /= visits[c];
  for (let t = 0; t < values.length; t++) variance[of[t]] += (values[t] - mean[of[t]]) ** 2;
  for (let c = 0; c < count; c++) variance[c] = visits[c] > 1 ? variance[c] / (visits[c] - 1) : 0;
  return { visits, mean, variance };
}
