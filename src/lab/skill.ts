import { actionTable, optimalQ, type Policy, solve } from './solve.ts';
import type { CompiledWorld } from './world.ts';

/** (rows) π(a | o) = softmax of the logits of each observation's actions. */
export function softmax(world: CompiledWorld, logits: Float64Array): Policy {
  const { firstAction, observations } = world;
  const policy = new Float64Array(logits.length);
  for (let o = 0; o < observations.length; o++) {
    const [from, to] = [firstAction[o], firstAction[o + 1]];
    let highest = Number.NEGATIVE_INFINITY;
    for (let row = from; row < to; row++) highest = Math.max(highest, logits[row]);
    let sum = 0;
    for (let row = from; row < to; row++) {
      policy[row] = Math.exp(logits[row] - highest);
      sum += policy[row];
    }
    for (let row = from; row < to; row++) policy[row] /= sum;
  }
  return policy;
}

/**
 * A softmax policy that succeeds with about that chance: π(a | o) ∝ exp(β·Q*(o, a)), with β found by bisection. Where no β
 * reaches the chance (places that look alike), the nearest.
 *
 * @param success 0 … 1.
 */
export function policyOfSkill(world: CompiledWorld, success: number, gamma: number): Policy {
  const logits = meanOptimalQ(world, gamma);
  const policy = (beta: number): Policy =>
    softmax(
      world,
      logits.map((q) => beta * q),
    );
  let [low, high] = [-3, 30];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (solve(world, policy(middle), gamma).success < success) low = middle;
    else high = middle;
  }
  return policy((low + high) / 2);
}

/** (rows) Q* of each action, averaged over the places that show the observation. */
function meanOptimalQ(world: CompiledWorld, gamma: number): Float64Array {
  const { firstAction, seen, places } = world;
  const table = actionTable(world);
  const Q = optimalQ(world, gamma);
  const sums = new Float64Array(firstAction[firstAction.length - 1]);
  const counts = new Float64Array(sums.length);
  for (let s = 0; s < places.length; s++) {
    for (const o of seen[s]) {
      for (let a = 0; a < places[s].actions.length; a++) {
        sums[firstAction[o] + a] += Q[table[s] + a];
        counts[firstAction[o] + a]++;
      }
    }
  }
  return sums.map((sum, row) => sum / counts[row]);
}
