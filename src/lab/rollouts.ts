import type { StepBatch } from '../credit/index.ts';
import type { Random } from '../text/random.ts';
import type { Policy } from './solve.ts';
import { type CompiledWorld, SUCCESS } from './world.ts';

/** Episodes of a world, with what no algorithm gets to see. */
export interface LabRollouts {
  readonly batch: StepBatch;
  /** (steps) Place in which each step was taken. */
  readonly place: Int32Array;
  /** (steps) Action of the place, from 0. */
  readonly action: Int32Array;
  /** (steps) Steps before it in its episode. */
  readonly time: Int32Array;
}

/** Plays `groups` groups of `size` episodes. The states of the batch are the observations. */
export function playGroups(
  world: CompiledWorld,
  policy: Policy,
  groups: number,
  size: number,
  random: Random,
): LabRollouts {
  const { places, seen, firstAction, horizon } = world;
  const episodes = groups * size;
  const state: number[] = [];
  const reward: number[] = [];
  const place: number[] = [];
  const action: number[] = [];
  const time: number[] = [];
  const episodeStart = new Int32Array(episodes + 1);
  const success = new Uint8Array(episodes);
  const truncated = new Uint8Array(episodes);
  const finalState = new Int32Array(episodes).fill(-1);
  const observe = (s: number): number => (seen[s].length === 1 ? seen[s][0] : seen[s][random.below(seen[s].length)]);
  for (let i = 0; i < episodes; i++) {
    let s = world.start;
    let o = observe(s);
    for (let t = 0; s >= 0 && t < horizon; t++) {
      const a = draw(policy, firstAction[o], firstAction[o + 1], random) - firstAction[o];
      const { outcomes } = places[s].actions[a];
      let u = random.next();
      let k = 0;
      while (k + 1 < outcomes.length && u >= outcomes[k].probability) u -= outcomes[k++].probability;
      place.push(s);
      action.push(a);
      time.push(t);
      state.push(o);
      reward.push(outcomes[k].reward);
      s = outcomes[k].to;
      if (s >= 0) o = observe(s);
    }
    episodeStart[i + 1] = state.length;
    success[i] = s === SUCCESS ? 1 : 0;
    truncated[i] = s >= 0 ? 1 : 0;
    if (s >= 0) finalState[i] = o;
  }
  const batch: StepBatch = {
    steps: state.length,
    episodes,
    groups,
    states: world.observations.length,
    episodeStart,
    episodeGroup: Int32Array.from({ length: episodes }, (_, i) => Math.floor(i / size)),
    state: Int32Array.from(state),
    reward: Float64Array.from(reward),
    valid: new Uint8Array(state.length).fill(1),
    success,
    truncated,
    finalState,
    stateText: world.observations,
  };
  return { batch, place: Int32Array.from(place), action: Int32Array.from(action), time: Int32Array.from(time) };
}

/** A row of from … to − 1, drawn with its probability. */
function draw(policy: Policy, from: number, to: number, random: Random): number {
  let u = random.next();
  let row = from;
  while (row + 1 < to && u >= policy[row]) u -= policy[row++];
  return row;
}

/** The batch with the exact values of a policy, as a perfect critic that knows the place and the time would give them. */
export function withExactValues(world: CompiledWorld, { batch, place, time }: LabRollouts, V: Float64Array): StepBatch {
  const value = new Float64Array(batch.steps);
  for (let t = 0; t < batch.steps; t++) value[t] = V[time[t] * world.places.length + place[t]];
  return { ...batch, value, finalValue: new Float64Array(batch.episodes) };
}
