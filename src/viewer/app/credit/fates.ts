import type { EpisodeView, GroupView, Text } from '../../api.ts';

/** How those other episodes of a group ended that were in the state of a step. */
export interface Fates {
  /** Others that did the same there, at least once, and how many of these succeeded. */
  readonly same: number;
  readonly sameSucceeded: number;
  /** Others that were there and never did it. */
  readonly otherwise: number;
  readonly otherwiseSucceeded: number;
}

/** What became of the other episodes that were where a step was taken, by whether they did the same. */
export function fatesOf({ episodes }: Pick<GroupView, 'episodes'>, index: number, step: number): Fates {
  const own = episodes[index].steps[step];
  const others = episodes.filter((episode, i) => i !== index && episode.steps.some(({ node }) => node === own.node));
  const same = others.filter((episode) => did(episode, own.node, own.action));
  const otherwise = others.filter((episode) => !same.includes(episode));
  const succeeded = (some: readonly EpisodeView[]) => some.filter(({ success }) => success).length;
  return {
    same: same.length,
    sameSucceeded: succeeded(same),
    otherwise: otherwise.length,
    otherwiseSucceeded: succeeded(otherwise),
  };
}

/** One sentence of it, which says whether the step is what the episode was lost or won by. */
export function fateSentence({ same, sameSucceeded, otherwise, otherwiseSucceeded }: Fates): string {
  if (same + otherwise === 0) return 'No other episode of the group was in this state.';
  const rest =
    otherwise === 0
      ? 'all others that were here did it, too'
      : `${shareOf(otherwiseSucceeded, otherwise, 'that did otherwise')} succeeded`;
  if (same === 0) return `No other episode did this here; ${rest}.`;
  return `${capital(shareOf(sameSucceeded, same, `other ${same === 1 ? 'episode' : 'episodes'} that did this here`))} succeeded; ${rest}.`;
}

/**
 * The last step of an episode that failed in which it did what no episode that succeeded did in the same state: from there on it
 * went as the successful ones did, or where they never were.
 *
 * @returns undefined where it succeeded, nobody did, or there is no such step
 */
export function partingStep({ episodes }: Pick<GroupView, 'episodes'>, index: number): number | undefined {
  const winners = episodes.filter(({ success }) => success);
  if (episodes[index].success || winners.length === 0) return undefined;
  const step = episodes[index].steps.findLastIndex(
    ({ node, action }) =>
      winners.some(({ steps }) => steps.some((one) => one.node === node)) &&
      !winners.some((winner) => did(winner, node, action)),
  );
  return step < 0 ? undefined : step;
}

function did({ steps }: EpisodeView, node: number, { text, more }: Text): boolean {
  // Long ones came along cut: what follows is not compared, but its length.
  return steps.some((one) => one.node === node && one.action.text === text && one.action.more === more);
}

/** `3 of the 4 that …`, `the one that …`. */
function shareOf(some: number, all: number, which: string): string {
  if (all === 1) return some === 1 ? `the one ${which}` : `not even the one ${which}`;
  if (some === 0) return `none of the ${all} ${which}`;
  return some === all ? `all ${all} ${which}` : `${some} of the ${all} ${which}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
