import type { AgentKind } from '../agents/agent.ts';
import type { Suite, Task } from '../environments/environment.ts';
import type { Policy } from '../policies/policy.ts';
import { attemptGroups, type CollectProgress, collectEpisodes, type Overflow } from '../rollouts/collect.ts';
import type { Episode } from '../rollouts/episode.ts';

export interface EvaluateOptions {
  readonly suite: Suite;
  readonly agent: AgentKind;
  readonly policy: Policy;
  readonly tasks: readonly Task[];
  readonly temperature: number;
  readonly topP: number;
  readonly maxTokens: number;
  readonly maxSteps?: number;
  readonly inFlight: number;
  readonly seed: number;
  readonly overflow?: Overflow;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CollectProgress) => void;
}

export interface Evaluation {
  readonly episodes: readonly Episode[];
  readonly successRate: number;
  /** Success rate and number of tasks per task type. */
  readonly byType: Readonly<Record<string, { readonly successRate: number; readonly tasks: number }>>;
  /** Mean score, where the environment grades; an episode without one counts as 0. */
  readonly score?: number;
  /** Mean turns of an episode. */
  readonly length: number;
  /** Share of turns whose action was invalid. */
  readonly invalidShare: number;
  /** Share of episodes that the step limit ended. */
  readonly truncatedShare: number;
  /** Episodes lost to an environment that threw; they count as failures. */
  readonly errors: number;
}

/** Plays every task once and sums up. The same seed plays the same episodes. */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const attempts = attemptGroups(options.tasks, 1, options.seed, 'evaluate', 0);
  return summarize(await collectEpisodes(attempts, options));
}

export function summarize(episodes: readonly Episode[]): Evaluation {
  const types = [...new Set(episodes.map((e) => e.task.type))].sort();
  const steps = episodes.flatMap((e) => e.steps);
  const rate = (list: readonly Episode[]): number => share(list, (e) => e.success);
  return {
    episodes,
    successRate: rate(episodes),
    byType: Object.fromEntries(
      types.map((type) => {
        const of = episodes.filter((e) => e.task.type === type);
        return [type, { successRate: rate(of), tasks: of.length }];
      }),
    ),
    ...(episodes.some((e) => e.score !== undefined) && {
      score: episodes.reduce((sum, e) => sum + (e.score ?? 0), 0) / episodes.length,
    }),
    length: steps.length / Math.max(1, episodes.length),
    invalidShare: share(steps, (s) => !s.valid),
    truncatedShare: share(episodes, (e) => e.end === 'step-limit'),
    errors: episodes.filter((e) => e.end === 'error').length,
  };
}

function share<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.length === 0 ? 0 : items.filter(holds).length / items.length;
}
