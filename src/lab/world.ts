/** Where an episode ends instead of going on. */
export const SUCCESS = -1;
export const FAILURE = -2;

/** One thing that may come of an action. */
export interface Outcome {
  /** Place reached, or `SUCCESS` or `FAILURE`. */
  readonly to: number;
  readonly probability: number;
  readonly reward: number;
}

/** A hidden state of a world. */
export interface Place {
  /** What may be observed there, each with the same probability. Two places may look alike. */
  readonly texts: readonly string[];
  readonly actions: readonly { readonly text: string; readonly outcomes: readonly Outcome[] }[];
}

/** A text world small enough to be solved exactly: a finite decision process whose states are seen through texts. */
export interface World {
  readonly name: string;
  /** One sentence on what is hard about it. */
  readonly description: string;
  readonly places: readonly Place[];
  readonly start: number;
  /** Steps after which an episode is cut. */
  readonly horizon: number;
}

/** A world as numbers. Observations are numbered over all places; places that look alike share one. */
export interface CompiledWorld extends World {
  readonly observations: readonly string[];
  /** (places) Observations of each place. */
  readonly seen: readonly Int32Array[];
  /** (observations + 1) The actions of observation o are rows firstAction[o] … firstAction[o + 1] − 1 of a policy. */
  readonly firstAction: Int32Array;
}

/** A world that contradicts itself: a mistake of whoever wrote it. */
export class WorldError extends Error {
  readonly code = 'TURNWISE_LAB_WORLD';
  override readonly name = 'WorldError';
}

/** @throws WorldError where outcomes do not add up, lead nowhere, or places that look alike differ in their actions */
export function compileWorld(world: World): CompiledWorld {
  const ids = new Map<string, number>();
  const counts: number[] = [];
  const seen = world.places.map(({ texts, actions }, place) => {
    for (const { text, outcomes } of actions) {
      const total = outcomes.reduce((sum, { probability }) => sum + probability, 0);
      if (Math.abs(total - 1) > 1e-9) {
        throw new WorldError(`${world.name}, place ${place}, "${text}": the probabilities sum to ${total}, not 1.`);
      }
      for (const { to } of outcomes) {
        if (to < FAILURE || to >= world.places.length) {
          throw new WorldError(`${world.name}, place ${place}, "${text}": there is no place ${to}.`);
        }
      }
    }
    return Int32Array.from(texts, (text) => {
      const id = ids.get(text) ?? ids.size;
      ids.set(text, id);
      counts[id] ??= actions.length;
      if (counts[id] !== actions.length) {
        throw new WorldError(
          `${world.name}, place ${place}: it looks like another place with other actions: "${text}".`,
        );
      }
      return id;
    });
  });
  const firstAction = new Int32Array(ids.size + 1);
  for (let o = 0; o < ids.size; o++) firstAction[o + 1] = firstAction[o] + counts[o];
  return { ...world, observations: [...ids.keys()], seen, firstAction };
}

/** An action that always leads to the same place. */
export function sure(text: string, to: number, reward = 0): Place['actions'][number] {
  return { text, outcomes: [{ to, probability: 1, reward }] };
}

/** An action that leads to `to` with that probability, else to `otherwise`, without reward. */
export function maybe(text: string, probability: number, to: number, otherwise: number): Place['actions'][number] {
  return {
    text,
    outcomes: [
      { to, probability, reward: 0 },
      { to: otherwise, probability: 1 - probability, reward: 0 },
    ],
  };
}
