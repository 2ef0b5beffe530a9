import { assignCredit } from '../credit/index.ts';
import { Random } from '../text/random.ts';
import { playGroups, withExactValues } from './rollouts.ts';
import { softmax } from './skill.ts';
import { type Policy, solve } from './solve.ts';
import type { Variant } from './variants.ts';
import type { CompiledWorld } from './world.ts';

export interface LearnSettings {
  readonly iterations: number;
  /** Groups played in an iteration. */
  readonly groups: number;
  readonly groupSize: number;
  /** Step size of Adam, in logits. */
  readonly learningRate: number;
  /** γ of the exact values that `gae` gets. */
  readonly gamma: number;
}

/**
 * Trains a tabular softmax policy by policy gradient with the credit of a variant:
 *
 *     θ ← θ + Adam( mean over the steps of A_t·∇ log π_θ(a_t | o_t) )
 *
 * The episodes of an iteration are drawn from (seed, iteration), the same for every variant that has the same policy.
 *
 * @param start policy to begin with; by default the one that knows nothing.
 * @returns (iterations + 1) the exact chance of success before and after each iteration.
 */
export function learn(
  world: CompiledWorld,
  variant: Variant,
  settings: LearnSettings,
  seed: number,
  start?: Policy,
): Float64Array {
  const { iterations, groups, groupSize, learningRate, gamma } = settings;
  const { needsTruth } = knowledge(variant);
  const logits = start?.map(Math.log) ?? new Float64Array(world.firstAction[world.observations.length]);
  const adam = new Adam(logits, learningRate);
  const curve = new Float64Array(iterations + 1);
  for (let iteration = 0; ; iteration++) {
    const policy = softmax(world, logits);
    const solution = solve(world, policy, gamma);
    curve[iteration] = solution.success;
    if (iteration === iterations) return curve;
    const rollouts = playGroups(world, policy, groups, groupSize, Random.of(seed, `lab ${world.name}`, iteration));
    const batch = needsTruth ? withExactValues(world, rollouts, solution.V) : rollouts.batch;
    const { advantages } = assignCredit(batch, variant.algorithm, variant.options);
    adam.ascend(gradient(world, policy, rollouts.batch.state, rollouts.action, advantages));
  }
}

function knowledge({ algorithm }: Variant): { needsTruth: boolean } {
  return { needsTruth: algorithm === 'gae' };
}

/** (rows) The gradient of mean A_t·log π(a_t | o_t) by the logits: A_t·(1[a = a_t] − π(a | o_t)). */
function gradient(
  world: CompiledWorld,
  policy: Policy,
  observation: Int32Array,
  action: Int32Array,
  advantages: Float64Array,
): Float64Array {
  const slope = new Float64Array(policy.length);
  for (let t = 0; t < observation.length; t++) {
    const [from, to] = [world.firstAction[observation[t]], world.firstAction[observation[t] + 1]];
    const a = advantages[t] / observation.length;
    for (let row = from; row < to; row++) slope[row] -= a * policy[row];
    slope[from + action[t]] += a;
  }
  return slope;
}

/** Adam (arXiv 1412.6980) with β 0.9 and 0.99, so that credit on different scales learns at the same rate. */
class Adam {
  private readonly parameters: Float64Array;
  private readonly rate: number;
  private readonly first: Float64Array;
  private readonly second: Float64Array;
  private steps = 0;

  constructor(parameters: Float64Array, rate: number) {
    this.parameters = parameters;
    this.rate = rate;
    this.first = new Float64Array(parameters.length);
    this.second = new Float64Array(parameters.length);
  }

  ascend(slope: Float64Array): void {
    this.steps++;
    const [b1, b2] = [0.9, 0.99];
    for (let i = 0; i < slope.length; i++) {
      this.first[i] = b1 * this.first[i] + (1 - b1) * slope[i];
      this.second[i] = b2 * this.second[i] + (1 - b2) * slope[i] * slope[i];
      const mean = this.first[i] / (1 - b1 ** this.steps);
      const size = Math.sqrt(this.second[i] / (1 - b2 ** this.steps));
      this.parameters[i] += (this.rate * mean) / (size + 1e-8);
    }
  }
}
