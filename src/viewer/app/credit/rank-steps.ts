import type { CreditView, EpisodeView } from '../../api.ts';

/** (steps of the episode) Advantages of an episode; null where it has none. */
export function episodeCredit(credit: CreditView | null | undefined, episode: EpisodeView): number[] | null {
  if (!credit || episode.firstRow < 0) return null;
  return credit.advantages.slice(episode.firstRow, episode.firstRow + episode.steps.length);
}

export interface NotableSteps {
  /** Indices of steps: of the smallest and the largest advantage, and of the first invalid action. */
  readonly worst: number | undefined;
  readonly best: number | undefined;
  readonly firstInvalid: number | undefined;
}

/** The steps of an episode that somebody looks for first. Of equal ones the first. */
export function notableSteps(episode: EpisodeView, advantages: readonly number[] | null): NotableSteps {
  const invalid = episode.steps.findIndex(({ valid }) => !valid);
  const firstInvalid = invalid < 0 ? undefined : invalid;
  if (advantages === null || advantages.length === 0) return { worst: undefined, best: undefined, firstInvalid };
  const least = Math.min(...advantages);
  const most = Math.max(...advantages);
  // Where all are the same, none of them is worth a look.
  if (isFlat(advantages)) return { worst: undefined, best: undefined, firstInvalid };
  return { worst: advantages.indexOf(least), best: advantages.indexOf(most), firstInvalid };
}

/** Whether numbers are equal but for rounding. */
export function isFlat(values: readonly number[]): boolean {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return !(high - low > 1e-9 * Math.max(1, Math.abs(low), Math.abs(high)));
}

/** Bars of an episode use no finer scale than this share of what its group needs, so that next to nothing looks like it. */
const FINEST = 0.1;

/**
 * Half the width that bars of credit need: the largest advantage, or the largest sum of terms to either side.
 *
 * @param episode of which steps; all of the group where absent
 */
export function creditReach(credit: CreditView, stacked: boolean, episode?: EpisodeView): number {
  const whole = reachOf(credit, stacked, 0, credit.advantages.length);
  if (episode === undefined || episode.firstRow < 0) return whole;
  return Math.max(FINEST * whole, reachOf(credit, stacked, episode.firstRow, episode.firstRow + episode.steps.length));
}

function reachOf({ advantages, terms }: CreditView, stacked: boolean, from: number, to: number): number {
  let reach = 0;
  for (let row = from; row < to; row++) {
    reach = Math.max(reach, Math.abs(advantages[row]));
    if (!stacked) continue;
    let [up, down] = [0, 0];
    for (const { values } of terms) {
      const value = values[row] ?? 0;
      if (value > 0) up += value;
      else down -= value;
    }
    reach = Math.max(reach, up, down);
  }
  return reach;
}
