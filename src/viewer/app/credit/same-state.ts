import type { GroupView } from '../../api.ts';

/** What the group did in one state: steps with the same action. */
export interface ActionTaken {
  readonly action: string;
  readonly steps: readonly { readonly episode: number; readonly step: number }[];
  /** Mean advantage of these steps; null where there is no credit. */
  readonly advantage: number | null;
  /** Episodes in which it was taken here, and how many of them succeeded. */
  readonly episodes: number;
  readonly succeeded: number;
  /** Whether the action was invalid every time. */
  readonly invalid: boolean;
}

/** Every action that the group took in a state, the best credit first. */
export function actionsIn(
  { episodes }: Pick<GroupView, 'episodes'>,
  node: number,
  advantages: readonly number[] | null,
): ActionTaken[] {
  const taken = new Map<string, { episode: number; step: number }[]>();
  episodes.forEach(({ steps }, episode) => {
    steps.forEach((one, step) => {
      if (one.node !== node) return;
      const list = taken.get(one.action.text);
      if (list === undefined) taken.set(one.action.text, [{ episode, step }]);
      else list.push({ episode, step });
    });
  });
  const actions = [...taken].map(([action, steps]): ActionTaken => {
    const who = [...new Set(steps.map(({ episode }) => episode))];
    const credits = steps.flatMap(({ episode, step }) => {
      const { firstRow } = episodes[episode];
      return advantages === null || firstRow < 0 ? [] : [advantages[firstRow + step]];
    });
    return {
      action,
      steps,
      advantage: credits.length === 0 ? null : credits.reduce((sum, a) => sum + a, 0) / credits.length,
      episodes: who.length,
      succeeded: who.filter((episode) => episodes[episode].success).length,
      invalid: steps.every(({ episode, step }) => !episodes[episode].steps[step].valid),
    };
  });
  const none = Number.NEGATIVE_INFINITY;
  return actions.sort((a, b) => (b.advantage ?? none) - (a.advantage ?? none) || b.steps.length - a.steps.length);
}
