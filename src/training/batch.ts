import { batchFromEpisodes, type StepBatch } from '../credit/index.ts';
import type { TrainingSequence } from '../policies/policy.ts';
import type { Episode } from '../rollouts/episode.ts';

/** The columnar batch of credit/ from played episodes. Episodes that ended in an error or before a first step stay out. */
export function creditBatch(episodes: readonly Episode[]): StepBatch {
  return batchFromEpisodes(
    episodes.map((e) => ({
      group: e.group,
      id: e.id,
      success: e.success,
      truncated: e.end === 'step-limit',
      steps: e.steps.map((s) => ({ observation: s.observation, state: s.state, reward: s.reward, valid: s.valid })),
      finalState: e.finalState,
    })),
  );
}

/** Episodes that credit can be assigned to. */
export function usable(episodes: readonly Episode[]): Episode[] {
  return episodes.filter((e) => e.end !== 'error' && e.steps.length > 0);
}

/** One training sequence per step, in the rows' order. */
export function trainingSequences(episodes: readonly Episode[], advantages: ArrayLike<number>): TrainingSequence[] {
  let row = 0;
  return episodes.flatMap((e) =>
    e.steps.map((s) => ({
      prompt: s.prompt,
      response: s.response,
      oldLogprobs: s.logprobs,
      advantage: advantages[row++],
    })),
  );
}

/** True when every episode of the group earned the same: no advantage, nothing to learn. */
export function equalRewards(episodes: readonly Episode[]): boolean {
  const reward = (e: Episode): number => e.steps.reduce((sum, s) => sum + s.reward, 0);
  return episodes.every((e) => reward(e) === reward(episodes[0]));
}
