import type { AgentKind } from '../agents/agent.ts';
import { assignCredit, type CreditDiagnostics, degenerateGrouping, splitByEpisode } from '../credit/index.ts';
import type { Suite, Task } from '../environments/environment.ts';
import type { Metrics, TrainablePolicy, TrainingSequence } from '../policies/policy.ts';
import { attemptGroups, type CollectProgress, collectEpisodes } from '../rollouts/collect.ts';
import type { Episode } from '../rollouts/episode.ts';
import { episodeReward } from '../rollouts/episode.ts';
import { Random } from '../text/random.ts';
import { creditBatch, equalRewards, trainingSequences, usable } from './batch.ts';
import type { TrainConfig } from './config.ts';
import { summarize } from './evaluate.ts';
import { rateAt, ShuffledCycle } from './schedule.ts';
import { trainableCredit } from './trainable-credit.ts';

/** What one iteration did. */
export interface Iteration {
  readonly iteration: number;
  readonly metrics: Metrics;
  readonly episodes: readonly Episode[];
  /** One list per episode of `episodes`; empty for an episode that credit was not assigned to. */
  readonly advantages: readonly (readonly number[])[];
  /** Sentences for the person who watches. */
  readonly warnings: readonly string[];
}

export interface TrainerParts {
  readonly config: TrainConfig;
  readonly suite: Suite;
  readonly agent: AgentKind;
  readonly policy: TrainablePolicy;
  /** Tasks to train on. */
  readonly tasks: readonly Task[];
}

/**
 * One iteration of reinforcement learning: play groups of episodes, give every step its credit, update the policy. Everything
 * random derives from (seed, iteration), so an iteration can be run again from a checkpoint and comes out the same.
 */
export class Trainer {
  private readonly parts: TrainerParts;
  private readonly taskOrder: ShuffledCycle;

  /** @throws UntrainableCreditError, UnknownAlgorithmError, CreditOptionError */
  constructor(parts: TrainerParts) {
    trainableCredit(parts.config.credit.algorithm, parts.config.credit.options);
    this.parts = parts;
    this.taskOrder = new ShuffledCycle(parts.tasks.length, parts.config.seed, 'tasks');
  }

  /** @param iteration from 1 */
  async iterate(
    iteration: number,
    options: { signal?: AbortSignal; onProgress?: (p: CollectProgress) => void } = {},
  ): Promise<Iteration> {
    const { config } = this.parts;
    const clock = performance.now();
    const played = await this.play(iteration, options);
    const generated = performance.now();

    const episodes = usable(played.episodes);
    const batch = creditBatch(episodes);
    const credit = assignCredit(batch, config.credit.algorithm, config.credit.options);
    const examples = trainingSequences(episodes, credit.advantages);
    const learningRate = rateAt(config.optimizer, iteration - 1, config.iterations);
    const credited = performance.now();
    const update = await this.update(iteration, examples, learningRate);
    const updated = performance.now();

    const tokens = examples.reduce((n, e) => n + e.prompt.length + e.response.length, 0);
    const byEpisode = splitByEpisode(batch, credit.advantages);
    const metrics: Metrics = {
      ...episodeMetrics(played.episodes),
      ...creditMetrics(credit.diagnostics),
      ...update,
      'actor/lr': learningRate,
      'rollout/episodes': played.count,
      'rollout/dropped_groups': played.dropped,
      'timing_s/gen': (generated - clock) / 1000,
      'timing_s/adv': (credited - generated) / 1000,
      'timing_s/update_actor': (updated - credited) / 1000,
      'timing_s/step': (updated - clock) / 1000,
      'perf/total_num_tokens': tokens,
      'perf/throughput': tokens / ((updated - clock) / 1000),
      'perf/cpu_memory_used_gb': process.memoryUsage.rss() / 2 ** 30,
    };
    return {
      iteration,
      metrics,
      episodes: played.episodes,
      advantages: played.episodes.map((e) => byEpisode[episodes.indexOf(e)] ?? []),
      warnings: [
        ...degenerateGrouping(credit.diagnostics),
        ...logprobWarning(metrics['actor/logprob_gap_max']),
        ...played.errors,
      ],
    };
  }

  private async play(iteration: number, options: { signal?: AbortSignal; onProgress?: (p: CollectProgress) => void }) {
    const { config } = this.parts;
    const { tasks: perRound, groupSize } = config.rollout;
    const rounds = config.dynamicSampling.enabled ? config.dynamicSampling.rounds : 1;
    const kept: Episode[] = [];
    let dropped: Episode[] = [];
    let groups = 0;
    let count = 0;
    for (let round = 0; round < rounds && groups < perRound; round++) {
      const first = ((iteration - 1) * rounds + round) * perRound;
      const tasks = Array.from({ length: perRound }, (_, i) => this.parts.tasks[this.taskOrder.at(first + i)]);
      const attempts = attemptGroups(tasks, groupSize, config.seed, `train/${round}`, iteration);
      const episodes = await collectEpisodes(
        attempts.map((a) => ({ ...a, group: `r${round}${a.group}`, id: `r${round}${a.id}` })),
        {
          ...this.parts,
          maxSteps: config.environment.maxSteps,
          maxTokens: config.rollout.maxTokens,
          temperature: config.rollout.temperature,
          topP: 1,
          inFlight: config.rollout.inFlight,
          overflow: config.rollout.overflow,
          ...options,
        },
      );
      count += episodes.length;
      for (let g = 0; g < perRound; g++) {
        const group = episodes.slice(g * groupSize, (g + 1) * groupSize);
        if (rounds > 1 && equalRewards(group)) dropped = dropped.concat(group);
        else if (groups < perRound) {
          kept.push(...group);
          groups++;
        }
      }
    }
    // Nothing but equal groups: the iteration still needs episodes to report on.
    const episodes = kept.length > 0 ? kept : dropped;
    return {
      episodes,
      // Those that were dropped, or were more than needed, were played all the same.
      count,
      dropped: kept.length > 0 ? dropped.length / groupSize : 0,
      errors: [
        ...new Set(episodes.flatMap((e) => (e.error === undefined ? [] : [`an environment failed: ${e.error}`]))),
      ],
    };
  }

  private async update(
    iteration: number,
    examples: readonly TrainingSequence[],
    learningRate: number,
  ): Promise<Metrics> {
    const { config, policy } = this.parts;
    const { objective, rollout, optimizer } = config;
    let sequences = examples;
    if (objective.klCoefficient !== 0) {
      const reference = await policy.logprobs(examples, rollout.temperature, 'reference');
      sequences = examples.map((e, i) => ({ ...e, refLogprobs: reference[i] }));
    }
    const sums: Metrics = {};
    let updates = 0;
    let gap = (iteration - 1) % config.checkLogprobsEvery === 0 ? await this.logprobGap(examples) : 0;
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      const order = Random.of(config.seed, 'mini-batches', iteration, epoch).shuffle(sequences.map((_, i) => i));
      const size = Math.ceil(order.length / config.miniBatches);
      for (let start = 0; start < order.length; start += size) {
        const batch = order.slice(start, start + size).map((i) => sequences[i]);
        const metrics = await policy.update(batch, {
          objective,
          temperature: rollout.temperature,
          optimizer: { ...optimizer, learningRate },
        });
        // Until the first step sampler and trainer have the same weights: what they disagree by then is error.
        if (updates === 0) gap = Math.max(gap, metrics['actor/logprob_gap_max'] ?? 0);
        for (const [name, value] of Object.entries(metrics)) sums[name] = (sums[name] ?? 0) + value;
        updates++;
      }
    }
    const means = Object.fromEntries(Object.entries(sums).map(([name, value]) => [name, value / updates]));
    return { ...means, 'actor/logprob_gap_max': gap, 'actor/updates': updates };
  }

  /** Largest difference between the sampler's and the trainer's log-probability over all sampled tokens, nats. */
  private async logprobGap(examples: readonly TrainingSequence[]): Promise<number> {
    const logprobs = await this.parts.policy.logprobs(examples, this.parts.config.rollout.temperature);
    let gap = 0;
    examples.forEach((e, i) => {
      for (let t = 0; t < e.oldLogprobs.length; t++) gap = Math.max(gap, Math.abs(e.oldLogprobs[t] - logprobs[i][t]));
    });
    return gap;
  }
}

/** What sampler and trainer may differ by on a token, nats: rounding of float32 sums, with room to spare. */
const LOGPROB_TOLERANCE = 1e-4;

function logprobWarning(gap: number): string[] {
  if (gap <= LOGPROB_TOLERANCE) return [];
  return [
    `Sampler and trainer disagree by ${gap.toExponential(1)} on the log-probability of a token; more than ${LOGPROB_TOLERANCE} means that they do not compute the same distribution.`,
  ];
}

function episodeMetrics(episodes: readonly Episode[]): Metrics {
  const s = summarize(episodes);
  const rewards = episodes.map(episodeReward);
  const responses = episodes.flatMap((e) => e.steps);
  return {
    'episode/success_rate': s.successRate,
    ...(s.score === undefined ? {} : { 'episode/task_score': s.score }),
    'episode/reward/mean': mean(rewards),
    'episode/length/mean': s.length,
    'episode/valid_action_ratio': 1 - s.invalidShare,
    'episode/truncated_ratio': s.truncatedShare,
    'episode/errors': s.errors,
    'response_length/mean': mean(responses.map((r) => r.response.length)),
    'response_length/clip_ratio': mean(responses.map((r) => (r.stopped ? 0 : 1))),
    'prompt_length/mean': mean(responses.map((r) => r.prompt.length)),
    'rollout/truncated_prompts': responses.filter((r) => r.droppedTokens !== undefined).length,
    ...Object.fromEntries(Object.entries(s.byType).map(([type, t]) => [`episode/success_rate/${type}`, t.successRate])),
  };
}

function creditMetrics(d: CreditDiagnostics): Metrics {
  return {
    'critic/advantages/mean': d.advantages.mean,
    'critic/advantages/std': d.advantages.std,
    'critic/advantages/min': d.advantages.min,
    'critic/advantages/max': d.advantages.max,
    'credit/advantage_iqr': d.advantages.iqr,
    'credit/share_above_one': d.advantages.shareAboveOne,
    'credit/states': d.states,
    'credit/singleton_share': d.singletonShare,
    'credit/group_size/mean': mean(d.groupSizes),
    'credit/zero_variance_groups': d.zeroVarianceGroups,
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}
