import { percent, readable } from '../../../reports/ticks.ts';
import type { RunSummary } from '../../api.ts';
import { first, LATEST, latest, mean, median, mostOf, type Signal, total } from './signal.ts';

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
  /** How many values it takes to tell; default: one. */
  readonly needs?: number;
  /** Undefined where all is as it normally is. */
  readonly judge: (signal: Signal, config: Config) => Finding | undefined;
}

/** What is not as it normally is, in one sentence: a thing that needs a look, or one that is neither well nor amiss. */
export type Finding = { readonly look: string } | { readonly open: string };

/** Values that it takes to set those of the beginning against those of now. */
const TREND = 2 * LATEST;
/** What is below this share needs not fall further. */
const LITTLE = 0.05;
/** A share that moved by less stayed where it was. */
const LEVEL = 0.01;

/** Every sign, in the order they are shown. */
export const CHECKS: readonly Check[] = [
  {
    key: 'success',
    title: 'Training success',
    metric: 'episode/success_rate',
    normal: () => 'Rises, by fits and starts.',
    needs: TREND,
    judge: ({ values }) => {
      const [then, now] = [first(values), latest(values)];
      if (now < then - 0.15)
        return {
          look: `It fell from ${percent(then)} to ${percent(now)}. The other signs may say why; a lower optimizer.learningRate is the usual remedy.`,
        };
      if (now > then + LEVEL || now > 1 - LITTLE) return undefined;
      return { open: `It has not risen: ${percent(then)} at first, ${percent(now)} of late.` };
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
        ? {
            look: `Of late ${percent(latest(values))} of the steps are alone in their state, so that step credit says hardly anything. A coarser state (an anchor state, similarity below 1) would bring them together.`,
          }
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
      if (whole === undefined) return { open: 'The configuration names no rollout.groupSize to hold it against.' };
      return latest(values) < whole - 1e-9
        ? {
            look: `Of late a group has ${readable(latest(values))} episodes in place of ${whole}: the others had no step, or their environment failed.`,
          }
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
      if (all === undefined) return { open: 'The configuration names no rollout.tasks to hold it against.' };
      if (latest(values) <= 0.75 * all) return undefined;
      return {
        look: `Of late ${readable(latest(values))} of ${all} groups have equal rewards. The tasks are too hard or too easy for the policy as it is; dynamicSampling replaces such groups.`,
      };
    },
  },
  {
    key: 'invalid',
    title: 'Invalid actions',
    metric: 'episode/valid_action_ratio',
    draw: (valid) => 1 - valid,
    normal: () => 'Falls while the policy learns the form of actions and which of them the environment takes.',
    needs: TREND,
    judge: ({ values }) => {
      const invalid = values.map((valid) => 1 - valid);
      if (latest(invalid) > first(invalid) + 0.1)
        return {
          look: `It rose from ${percent(first(invalid))} to ${percent(latest(invalid))}. A penalty for invalid actions (credit.options.invalidActionPenalty) may help.`,
        };
      if (latest(invalid) > 0.5 && invalid.length > 3 * LATEST)
        return { look: `Still ${percent(latest(invalid))} of the actions are invalid.` };
      return notFalling(invalid);
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
        ? {
            look: `Of late ${percent(latest(values))} are clipped. A lower optimizer.learningRate or fewer mini-batches and epochs move the policy less.`,
          }
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
        ? {
            look: `Of late ${readable(latest(values))} nats: an iteration moves the policy far. Lower optimizer.learningRate.`,
          }
        : undefined,
  },
  {
    key: 'entropy',
    title: 'Entropy of the policy',
    metric: 'actor/entropy',
    normal: () =>
      'Falls slowly. Near 0 the policy plays the same whatever happens, and groups no longer differ; a rise means that it falls apart.',
    needs: TREND,
    judge: ({ values }) => {
      const [then, now] = [first(values), latest(values)];
      if (now < 0.005)
        return {
          look: `It is down to ${readable(now)} nats: hardly anything is tried any more. A higher temperature or objective.entropyCoefficient keeps the policy trying.`,
        };
      if (values.length > LATEST && now > 2 * then + 0.1)
        return {
          look: `It rose from ${readable(then)} to ${readable(now)} nats: the policy becomes less certain instead of more.`,
        };
      if (now <= 1.02 * then) return undefined;
      return { open: `It does not fall: ${readable(then)} nats at first, ${readable(now)} of late.` };
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
        ? {
            look: `It reached ${readable(worst)} nats: sampler and trainer do not compute the same distribution, so that the ratios are wrong.`,
          }
        : undefined;
    },
  },
  {
    key: 'step-limit',
    title: 'Episodes cut by the step limit',
    metric: 'episode/truncated_ratio',
    normal: () =>
      'Falls while the policy learns. Where it stays high, tasks may need more turns than environment.maxSteps allows.',
    needs: TREND,
    judge: ({ values }) =>
      latest(values) > 0.8 && values.length > LATEST
        ? { look: `Of late ${percent(latest(values))} of the episodes are cut before their end.` }
        : notFalling(values),
  },
  {
    key: 'response-limit',
    title: 'Responses cut by the token limit',
    metric: 'response_length/clip_ratio',
    normal: () => 'Near 0: a response that hits rollout.maxTokens was cut in the middle of what it meant to say.',
    band: () => [0, 0.02],
    judge: ({ values }) =>
      latest(values) > 0.02
        ? {
            look: `Of late ${percent(latest(values))} of the responses are cut. Raise rollout.maxTokens, or look whether the policy has stopped to end its responses.`,
          }
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
        ? {
            look: `${readable(total(values))} prompts lost their beginning, since they did not fit the model's context.`,
          }
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
        ? { look: `The environment failed in ${readable(total(values))} episodes; each says why in its view.` }
        : undefined,
  },
  {
    key: 'throughput',
    title: 'Tokens a second',
    metric: 'perf/throughput',
    normal: () => 'Steady. It is the tokens read and drawn in training over the time of the whole iteration.',
    needs: TREND,
    judge: ({ values }) => {
      const usual = median(values);
      if (values.length > LATEST && latest(values) < usual / 2)
        return {
          look: `Of late ${readable(latest(values))}, usually ${readable(usual)}: something else may be using the machine.`,
        };
      const [low, high] = mostOf(values);
      if (high <= 1.5 * low) return undefined;
      return { open: `It is not steady: mostly from ${readable(low)} to ${readable(high)}.` };
    },
  },
  {
    key: 'memory',
    title: 'Memory of the process, GiB',
    metric: 'perf/cpu_memory_used_gb',
    normal: () => 'Level after the first iterations.',
    needs: 2 * TREND,
    judge: ({ values }) => {
      if (values.length < 2 * TREND) return undefined;
      const [early, now] = [mean(values.slice(LATEST, TREND)), latest(values)];
      const grew = `It grew from ${readable(early)} to ${readable(now)} GiB.`;
      if (now > 1.5 * early && now > early + 0.5) return { look: grew };
      return now > 1.1 * early && now > early + 0.1 ? { open: grew } : undefined;
    },
  },
  {
    key: 'learning-rate',
    title: 'Learning rate',
    metric: 'actor/lr',
    normal: ({ 'optimizer.schedule': schedule, 'optimizer.warmup': warmup }) =>
      `Follows the schedule${schedule === undefined ? '' : ` “${schedule}”`}${warmup ? `, after ${warmup} iterations of warm-up` : ''}.`,
    judge: ({ values }) => (latest(values) <= 0 ? { look: 'It is 0: nothing is learned any more.' } : undefined),
  },
  {
    key: 'gradient',
    title: 'Gradient norm',
    metric: 'actor/grad_norm',
    normal: (config) =>
      `Of one order of magnitude${limit(config) === undefined ? '' : `; what lies above ${limit(config)} is scaled down to it`}.`,
    needs: TREND,
    judge: ({ values }) => {
      const usual = median(values);
      if (values.length > LATEST && latest(values) > 10 * usual)
        return {
          look: `Of late ${readable(latest(values))}, usually ${readable(usual)}: the updates are becoming unstable. Lower optimizer.learningRate.`,
        };
      const [low, high] = mostOf(values);
      if (high <= 10 * low) return undefined;
      return { open: `It spans more than that: mostly from ${readable(low)} to ${readable(high)}.` };
    },
  },
];

/** Where a share neither falls nor is small already. */
function notFalling(values: readonly number[]): Finding | undefined {
  const [then, now] = [first(values), latest(values)];
  if (now < then - LEVEL || now <= LITTLE) return undefined;
  return { open: `It does not fall: ${percent(then)} at first, ${percent(now)} of late.` };
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
