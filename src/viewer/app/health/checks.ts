import { percent, readable } from '../../../reports/ticks.ts';
import type { RunCurves, RunSummary } from '../../api.ts';

/** The values of one metric that are there, in time order. */
export interface Signal {
  readonly iterations: readonly number[];
  readonly values: readonly number[];
  /** Iterations of training in which the metric was no finite number. */
  readonly broken: number;
}

type Config = RunSummary['config'];

/** One sign of how a run is doing. */
export interface Check {
  readonly key: string;
  readonly title: string;
  readonly metric: string;
  /** What is drawn of the metric, where it is not the metric itself. */
  readonly draw?: (value: number) => number;
  /** What is normal, in one sentence. */
  readonly normal: (config: Config) => string;
  /** The same as a band; undefined where there is none. */
  readonly band?: (config: Config) => readonly [low: number, high: number] | undefined;
  /** What is not normal, in one sentence; undefined where nothing is. */
  readonly judge: (signal: Signal, config: Config) => string | undefined;
}

/** Values that count as how it is now. */
const LATEST = 5;

/** Every sign, in the order they are shown. */
export const CHECKS: readonly Check[] = [
  {
    key: 'success',
    title: 'Training success',
    metric: 'episode/success_rate',
    normal: () => 'Rises, by fits and starts.',
    judge: ({ values }) => {
      const [then, now] = [first(values), latest(values)];
      return now < then - 0.15
        ? `It fell from ${percent(then)} to ${percent(now)}. The other signs may say why; a lower optimizer.learningRate is the usual remedy.`
        : undefined;
    },
  },
  {
    key: 'singletons',
    title: 'Steps in a state seen once',
    metric: 'credit/singleton_share',
    normal: () =>
      'Below 75 %, the lower the better: step credit compares steps that share a state, and a step alone in its state has nothing to be compared with.',
    band: () => [0, 0.75],
    judge: ({ values }) =>
      latest(values) > 0.75
        ? `Of late ${percent(latest(values))} of the steps are alone in their state, so that step credit says hardly anything. A coarser state (an anchor state, similarity below 1) would bring them together.`
        : undefined,
  },
  {
    key: 'group-size',
    title: 'Episodes of a group',
    metric: 'credit/group_size/mean',
    normal: (config) =>
      `Equal to rollout.groupSize${size(config) === undefined ? '' : `, ${size(config)} here`}: less means that episodes dropped out.`,
    judge: ({ values }, config) => {
      const whole = size(config);
      return whole !== undefined && latest(values) < whole - 1e-9
        ? `Of late a group has ${readable(latest(values))} episodes in place of ${whole}: the others had no step, or their environment failed.`
        : undefined;
    },
  },
  {
    key: 'zero-variance',
    title: 'Groups of equal rewards',
    metric: 'credit/zero_variance_groups',
    normal: (config) =>
      `Less than three quarters of the groups${tasks(config) === undefined ? '' : `, of which an iteration has ${tasks(config)}`}: where all episodes of a group earn the same, they teach little or nothing.`,
    band: (config) => (tasks(config) === undefined ? undefined : [0, 0.75 * tasks(config)!]),
    judge: ({ values }, config) => {
      const all = tasks(config);
      if (all === undefined || latest(values) <= 0.75 * all) return undefined;
      return `Of late ${readable(latest(values))} of ${all} groups have equal rewards. The tasks are too hard or too easy for the policy as it is; dynamicSampling replaces such groups.`;
    },
  },
  {
    key: 'invalid',
    title: 'Invalid actions',
    metric: 'episode/valid_action_ratio',
    draw: (valid) => 1 - valid,
    normal: () => 'Falls while the policy learns the form of actions and which of them the environment takes.',
    judge: ({ values }) => {
      const invalid = values.map((valid) => 1 - valid);
      if (latest(invalid) > first(invalid) + 0.1)
        return `It rose from ${percent(first(invalid))} to ${percent(latest(invalid))}. A penalty for invalid actions (credit.options.invalidActionPenalty) may help.`;
      return latest(invalid) > 0.5 && invalid.length > 3 * LATEST
        ? `Still ${percent(latest(invalid))} of the actions are invalid.`
        : undefined;
    },
  },
  {
    key: 'clip',
    title: 'Tokens whose ratio was clipped',
    metric: 'actor/pg_clipfrac',
    normal: () =>
      'Some per cent; up to 20 %. More means that the policy moves further in an iteration than the objective allows.',
    band: () => [0, 0.2],
    judge: ({ values }) =>
      latest(values) > 0.2
        ? `Of late ${percent(latest(values))} are clipped. A lower optimizer.learningRate or fewer mini-batches and epochs move the policy less.`
        : undefined,
  },
  {
    key: 'kl',
    title: 'Divergence from the sampling policy (KL)',
    metric: 'actor/ppo_kl',
    normal: () => 'Below about 0.05 nats: how far an iteration moves the policy from the one that played.',
    band: () => [-0.05, 0.05],
    judge: ({ values }) =>
      Math.abs(latest(values)) > 0.05
        ? `Of late ${readable(latest(values))} nats: an iteration moves the policy far. Lower optimizer.learningRate.`
        : undefined,
  },
  {
    key: 'entropy',
    title: 'Entropy of the policy',
    metric: 'actor/entropy',
    normal: () =>
      'Falls slowly. Near 0 the policy plays the same whatever happens, and groups no longer differ; a rise means that it falls apart.',
    judge: ({ values }) => {
      const [then, now] = [first(values), latest(values)];
      if (now < 0.005)
        return `It is down to ${readable(now)} nats: hardly anything is tried any more. A higher temperature or objective.entropyCoefficient keeps the policy trying.`;
      return values.length > LATEST && now > 2 * then + 0.1
        ? `It rose from ${readable(then)} to ${readable(now)} nats: the policy becomes less certain instead of more.`
        : undefined;
    },
  },
  {
    key: 'gap',
    title: 'Sampler against trainer, largest gap',
    metric: 'actor/logprob_gap_max',
    normal: () => 'Below 0.0001 nats: sampler and trainer compute the same distribution but for rounding.',
    band: () => [0, 1e-4],
    judge: ({ values }) => {
      const worst = Math.max(...values);
      return worst > 1e-4
        ? `It reached ${readable(worst)} nats: sampler and trainer do not compute the same distribution, so that the ratios are wrong.`
        : undefined;
    },
  },
  {
    key: 'step-limit',
    title: 'Episodes cut by the step limit',
    metric: 'episode/truncated_ratio',
    normal: () =>
      'Falls while the policy learns. Where it stays high, tasks may need more turns than environment.maxSteps allows.',
    judge: ({ values }) =>
      latest(values) > 0.8 && values.length > LATEST
        ? `Of late ${percent(latest(values))} of the episodes are cut before their end.`
        : undefined,
  },
  {
    key: 'response-limit',
    title: 'Responses cut by the token limit',
    metric: 'response_length/clip_ratio',
    normal: () => 'Near 0: a response that hits rollout.maxTokens was cut in the middle of what it meant to say.',
    band: () => [0, 0.02],
    judge: ({ values }) =>
      latest(values) > 0.02
        ? `Of late ${percent(latest(values))} of the responses are cut. Raise rollout.maxTokens, or look whether the policy has stopped to end its responses.`
        : undefined,
  },
  {
    key: 'prompts',
    title: 'Prompts that were cut',
    metric: 'rollout/truncated_prompts',
    normal: () => '0: a prompt that does not fit loses its beginning.',
    band: () => [0, 0],
    judge: ({ values }) =>
      total(values) > 0
        ? `${readable(total(values))} prompts lost their beginning, since they did not fit the model's context.`
        : undefined,
  },
  {
    key: 'errors',
    title: 'Episodes whose environment failed',
    metric: 'episode/errors',
    normal: () => '0: such episodes are counted and not trained on.',
    band: () => [0, 0],
    judge: ({ values }) =>
      total(values) > 0
        ? `The environment failed in ${readable(total(values))} episodes; each says why in its view.`
        : undefined,
  },
  {
    key: 'throughput',
    title: 'Tokens a second',
    metric: 'perf/throughput',
    normal: () => 'Steady. It is the tokens read and drawn in training over the time of the whole iteration.',
    judge: ({ values }) => {
      const usual = median(values);
      return values.length > LATEST && latest(values) < usual / 2
        ? `Of late ${readable(latest(values))}, usually ${readable(usual)}: something else may be using the machine.`
        : undefined;
    },
  },
  {
    key: 'memory',
    title: 'Memory of the process, GiB',
    metric: 'perf/cpu_memory_used_gb',
    normal: () => 'Level after the first iterations.',
    judge: ({ values }) => {
      if (values.length < 4 * LATEST) return undefined;
      const early = mean(values.slice(LATEST, 2 * LATEST));
      return latest(values) > 1.5 * early && latest(values) > early + 0.5
        ? `It grew from ${readable(early)} to ${readable(latest(values))} GiB.`
        : undefined;
    },
  },
  {
    key: 'learning-rate',
    title: 'Learning rate',
    metric: 'actor/lr',
    normal: ({ 'optimizer.schedule': schedule, 'optimizer.warmup': warmup }) =>
      `Follows the schedule${schedule === undefined ? '' : ` “${schedule}”`}${warmup ? `, after ${warmup} iterations of warm-up` : ''}.`,
    judge: ({ values }) => (latest(values) <= 0 ? 'It is 0: nothing is learned any more.' : undefined),
  },
  {
    key: 'gradient',
    title: 'Gradient norm',
    metric: 'actor/grad_norm',
    normal: (config) =>
      `Of one order of magnitude${limit(config) === undefined ? '' : `; what lies above ${limit(config)} is scaled down to it`}.`,
    judge: ({ values }) => {
      const usual = median(values);
      return values.length > LATEST && latest(values) > 10 * usual
        ? `Of late ${readable(latest(values))}, usually ${readable(usual)}: the updates are becoming unstable. Lower optimizer.learningRate.`
        : undefined;
    },
  },
];

/** How a check stands for a run. */
export interface Verdict {
  readonly check: Check;
  /** Undefined where the run has no such metric. */
  readonly signal: Signal | undefined;
  /** Sentences on what needs a look. */
  readonly concerns: readonly string[];
}

/** Looks at every sign. */
export function examine(config: Config, curves: RunCurves): Verdict[] {
  return CHECKS.map((check) => {
    const signal = signalOf(curves, check.metric);
    if (signal === undefined) return { check, signal, concerns: [] };
    const told = signal.values.length === 0 ? undefined : check.judge(signal, config);
    const broken =
      signal.broken > 0
        ? `In ${signal.broken} ${signal.broken === 1 ? 'iteration' : 'iterations'} it was no finite number.`
        : undefined;
    return { check, signal, concerns: [told, broken].filter((text) => text !== undefined) };
  });
}

/** A metric that every iteration of training writes, and no evaluation. */
const TRAINING = 'timing_s/step';

function signalOf(curves: RunCurves, metric: string): Signal | undefined {
  const all = curves.metrics[metric];
  if (all === undefined) return undefined;
  const iterations: number[] = [];
  const values: number[] = [];
  let broken = 0;
  all.forEach((value, i) => {
    if (value !== null) {
      iterations.push(curves.iteration[i]);
      values.push(value);
    } else if ((curves.metrics[TRAINING]?.[i] ?? null) !== null && values.length > 0) broken++;
  });
  return { iterations, values, broken };
}

function size(config: Config): number | undefined {
  return numeric(config['rollout.groupSize']);
}

function tasks(config: Config): number | undefined {
  return numeric(config['rollout.tasks']);
}

function limit(config: Config): number | undefined {
  return numeric(config['optimizer.maxGradNorm']);
}

function numeric(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function latest(values: readonly number[]): number {
  return mean(values.slice(-LATEST));
}

function first(values: readonly number[]): number {
  return mean(values.slice(0, LATEST));
}

function total(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function mean(values: readonly number[]): number {
  return total(values) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
