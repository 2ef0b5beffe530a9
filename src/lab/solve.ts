import { type CompiledWorld, SUCCESS } from './world.ts';

/** (actions of all observations) π(a | o), row by row as `firstAction` says. */
export type Policy = Float64Array;

/** What a policy is worth, exactly. */
export interface Solution {
  /** (horizon, places · actions) Q_t(s, a): discounted reward from step t on; index with `at`. */
  readonly Q: Float64Array;
  /** (horizon + 1, places) V_t(s); 0 at the step limit. */
  readonly V: Float64Array;
  /** Chance that an episode from the start succeeds, 0 … 1. */
  readonly success: number;
}

/** (places + 1) Where the actions of each place begin in a table of all places' actions. */
export function actionTable(world: CompiledWorld): Int32Array {
  const start = new Int32Array(world.places.length + 1);
  for (const [s, { actions }] of world.places.entries()) start[s + 1] = start[s] + actions.length;
  return start;
}

/**
 * Solves a world for a policy by dynamic programming over the steps left, so that the step limit counts as well:
 *
 *     Q_t(s, a) = Σ_s' P(s' | s, a)·(r + γ·V_{t+1}(s')),     V_t(s) = mean_o Σ_a π(a | o)·Q_t(s, a),     V_horizon = 0
 */
export function solve(world: CompiledWorld, policy: Policy, gamma: number): Solution {
  const { places, horizon, seen, firstAction } = world;
  const table = actionTable(world);
  const width = table[places.length];
  const Q = new Float64Array(horizon * width);
  const V = new Float64Array((horizon + 1) * places.length);
  let reach = new Float64Array(places.length);
  for (let t = horizon - 1; t >= 0; t--) {
    const later = new Float64Array(places.length);
    const next = (t + 1) * places.length;
    for (const [s, { actions }] of places.entries()) {
      let value = 0;
      let success = 0;
      for (const [a, { outcomes }] of actions.entries()) {
        let q = 0;
        let p = 0;
        for (const { to, probability, reward } of outcomes) {
          q += probability * (reward + (to >= 0 ? gamma * V[next + to] : 0));
          p += probability * (to >= 0 ? reach[to] : to === SUCCESS ? 1 : 0);
        }
        Q[t * width + table[s] + a] = q;
        const chance = chanceOf(policy, seen[s], firstAction, a);
        value += chance * q;
        success += chance * p;
      }
      V[t * places.length + s] = value;
      later[s] = success;
    }
    reach = later;
  }
  return { Q, V, success: reach[world.start] };
}

/** Chance of an action in a place, over what may be observed there. */
function chanceOf(policy: Policy, seen: Int32Array, firstAction: Int32Array, a: number): number {
  let sum = 0;
  for (const o of seen) sum += policy[firstAction[o] + a];
  return sum / seen.length;
}

/** (places · actions) The values of the best policy that knows where it is, without a step limit: value iteration. */
export function optimalQ(world: CompiledWorld, gamma: number): Float64Array {
  const table = actionTable(world);
  const Q = new Float64Array(table[world.places.length]);
  const best = new Float64Array(world.places.length);
  for (let change = 1; change > 1e-10; ) {
    change = 0;
    for (const [s, { actions }] of world.places.entries()) {
      let value = Number.NEGATIVE_INFINITY;
      for (const [a, { outcomes }] of actions.entries()) {
        let q = 0;
        for (const { to, probability, reward } of outcomes)
          q += probability * (reward + (to >= 0 ? gamma * best[to] : 0));
        Q[table[s] + a] = q;
        value = Math.max(value, q);
      }
      change = Math.max(change, Math.abs(value - best[s]));
      best[s] = value;
    }
  }
  return Q;
}
