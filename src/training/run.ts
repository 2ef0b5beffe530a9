import type { Task } from '../environments/environment.ts';
import type { Metrics } from '../policies/policy.ts';
import type { CollectProgress } from '../rollouts/collect.ts';
import { deriveSeed } from '../text/random.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { ShuffledCycle } from './schedule.ts';
import { type Iteration, Trainer, type TrainerParts } from './trainer.ts';

/** What a run leaves behind; the run folder implements it. */
export interface Recorder {
  iteration(result: Iteration): Promise<void>;
  evaluation(iteration: number, name: string, result: Evaluation): Promise<void>;
  /** Nothing more of the iteration will be told. */
  complete?(iteration: number): void;
  /** Writes a checkpoint for the state after `iteration` through `save`, all or nothing. */
  checkpoint(
    iteration: number,
    successRate: number | undefined,
    save: (folder: string) => Promise<void>,
  ): Promise<void>;
}

export type Phase = 'evaluate' | 'play';

/** What a person may watch. */
export interface Watcher {
  phase?(phase: Phase, iteration: number, progress: CollectProgress): void;
  iteration?(result: Iteration): void;
  evaluation?(iteration: number, name: string, result: Evaluation): void;
}

export interface RunParts extends TrainerParts {
  /** Held-out tasks. */
  readonly heldOut: readonly Task[];
  readonly recorder: Recorder;
  readonly watcher?: Watcher;
  readonly signal?: AbortSignal;
  /** Iterations already done, when resuming; the policy holds the weights after them. */
  readonly done?: number;
}

export interface RunResult {
  /** The last finished iteration. */
  readonly iteration: number;
  readonly interrupted: boolean;
  /** One evaluation per evaluation seed; absent where the run was resumed (before) or interrupted (after). */
  readonly before?: readonly Evaluation[];
  readonly after?: readonly Evaluation[];
}

/**
 * A whole run: evaluate, iterate with evaluations and checkpoints, evaluate again. An aborted signal ends it after a checkpoint of the
 * last finished iteration.
 *
 * @throws NonFiniteUpdateError when an update breaks down; the last checkpoint is still whole
 */
export async function runTraining(parts: RunParts): Promise<RunResult> {
  const { config, policy, recorder, watcher, signal } = parts;
  const trainer = new Trainer(parts);
  const done = parts.done ?? 0;
  let iteration = done;
  let saved = done;
  let before: Evaluation[] | undefined;

  const save = async (successRate?: number): Promise<void> => {
    await recorder.checkpoint(iteration, successRate, (folder) =>
      policy.save(folder, { 'trainer.json': trainerState(iteration) }),
    );
    saved = iteration;
  };
  const measure = async (seeds: number): Promise<Evaluation[]> => {
    const results: Evaluation[] = [];
    for (let s = 0; s < seeds; s++) {
      const result = await evaluate({
        ...evaluationOptions(parts, s),
        onProgress: (p) => watcher?.phase?.('evaluate', iteration, p),
      });
      const name = s === 0 ? 'held-out' : `held-out-${s}`;
      await recorder.evaluation(iteration, name, result);
      watcher?.evaluation?.(iteration, name, result);
      results.push(result);
    }
    return results;
  };

  try {
    if (done === 0) {
      before = await measure(config.evaluation.seeds);
      recorder.complete?.(0);
      await save(before[0].successRate);
    }
    while (iteration < config.iterations) {
      const result = await trainer.iterate(iteration + 1, {
        signal,
        onProgress: (p) => watcher?.phase?.('play', iteration + 1, p),
      });
      iteration++;
      await recorder.iteration(result);
      watcher?.iteration?.(result);
      let successRate: number | undefined;
      const last = iteration === config.iterations;
      if (!last && config.evaluation.every > 0 && iteration % config.evaluation.every === 0) {
        successRate = (await measure(1))[0].successRate;
      }
      if (!last) recorder.complete?.(iteration);
      if (!last && iteration % config.checkpoints.every === 0) await save(successRate);
      signal?.throwIfAborted();
    }
    // Saved before the last evaluation, so that nothing learned is lost however that ends.
    if (saved !== iteration) await save();
    const after = await measure(config.evaluation.seeds);
    recorder.complete?.(iteration);
    await save(after[0].successRate);
    return { iteration, interrupted: false, before, after };
  } catch (error) {
    if (!signal?.aborted) throw error;
    if (saved !== iteration) await save();
    return { iteration, interrupted: true, before };
  }
}

/** Held-out tasks of an evaluation: all, or a fixed sample in the split's order. */
export function evaluationTasks(tasks: readonly Task[], count: number): readonly Task[] {
  if (count >= tasks.length) return tasks;
  const sample = new ShuffledCycle(tasks.length, 0, 'evaluation tasks');
  return Array.from({ length: count }, (_, i) => sample.at(i))
    .sort((a, b) => a - b)
    .map((i) => tasks[i]);
}

function evaluationOptions(parts: RunParts, seed: number) {
  const { config, suite, agent, policy, signal } = parts;
  return {
    suite,
    agent,
    policy,
    signal,
    tasks: evaluationTasks(parts.heldOut, config.evaluation.tasks),
    temperature: config.evaluation.temperature,
    topP: config.evaluation.topP,
    maxTokens: config.rollout.maxTokens,
    maxSteps: config.environment.maxSteps,
    inFlight: config.rollout.inFlight,
    overflow: config.rollout.overflow,
    seed: deriveSeed(config.seed, 'evaluation', seed),
  };
}

function trainerState(iteration: number): string {
  return `${JSON.stringify({ iteration })}\n`;
}

/** Metrics of an evaluation under the field's names. */
export function evaluationMetrics(e: Evaluation): Metrics {
  return {
    'val/success_rate': e.successRate,
    ...(e.score === undefined ? {} : { 'val/task_score': e.score }),
    'val/length/mean': e.length,
    'val/invalid_action_ratio': e.invalidShare,
    'val/truncated_ratio': e.truncatedShare,
    'val/errors': e.errors,
    ...Object.fromEntries(Object.entries(e.byType).map(([type, t]) => [`val/success_rate/${type}`, t.successRate])),
  };
}
