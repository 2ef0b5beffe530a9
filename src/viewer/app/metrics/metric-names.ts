import { percent, readable } from '../../../reports/ticks.ts';

/** How the values of a metric are written. */
type Unit = 'share' | 'seconds' | 'count' | 'plain';

export interface MetricName {
  /** For people. */
  readonly title: string;
  readonly unit: Unit;
}

const NAMES: Readonly<Record<string, readonly [title: string, unit: Unit]>> = {
  'episode/success_rate': ['Training success', 'share'],
  'episode/task_score': ['Training score', 'plain'],
  'episode/reward/mean': ['Reward an episode', 'plain'],
  'episode/length/mean': ['Turns an episode', 'plain'],
  'episode/valid_action_ratio': ['Valid actions', 'share'],
  'episode/truncated_ratio': ['Episodes cut by the step limit', 'share'],
  'episode/errors': ['Episodes whose environment failed', 'count'],
  'val/success_rate': ['Held-out success', 'share'],
  'val/task_score': ['Held-out score', 'plain'],
  'val/length/mean': ['Turns on held-out tasks', 'plain'],
  'val/invalid_action_ratio': ['Invalid actions on held-out tasks', 'share'],
  'val/truncated_ratio': ['Held-out episodes cut by the step limit', 'share'],
  'val/errors': ['Held-out episodes whose environment failed', 'count'],
  'response_length/mean': ['Tokens of a response', 'plain'],
  'response_length/clip_ratio': ['Responses cut by the token limit', 'share'],
  'prompt_length/mean': ['Tokens of a prompt', 'plain'],
  'rollout/truncated_prompts': ['Prompts that were cut', 'count'],
  'rollout/episodes': ['Training episodes played', 'count'],
  'rollout/dropped_groups': ['Groups dropped by dynamic sampling', 'count'],
  'critic/advantages/mean': ['Mean of the advantages', 'plain'],
  'critic/advantages/std': ['Deviation of the advantages', 'plain'],
  'critic/advantages/min': ['Smallest advantage', 'plain'],
  'critic/advantages/max': ['Largest advantage', 'plain'],
  'credit/advantage_iqr': ['Interquartile range of the advantages', 'plain'],
  'credit/share_above_one': ['Advantages beyond ±1', 'share'],
  'credit/states': ['States', 'count'],
  'credit/singleton_share': ['Steps in a state seen once', 'share'],
  'credit/group_size/mean': ['Episodes of a group', 'plain'],
  'credit/zero_variance_groups': ['Groups of equal rewards', 'count'],
  'actor/pg_loss': ['Policy loss', 'plain'],
  'actor/loss': ['Loss', 'plain'],
  'actor/ppo_kl': ['Divergence from the sampling policy (KL)', 'plain'],
  'actor/pg_clipfrac': ['Tokens whose ratio was clipped', 'share'],
  'actor/pg_clipfrac_lower': ['Tokens held by the dual clip', 'share'],
  'actor/ratio/mean': ['Mean importance ratio', 'plain'],
  'actor/entropy': ['Entropy of the policy', 'plain'],
  'actor/grad_norm': ['Gradient norm', 'plain'],
  'actor/logprob_gap_max': ['Sampler against trainer, largest gap', 'plain'],
  'actor/skipped_sequences': ['Sequences without advantage, skipped', 'count'],
  'actor/updates': ['Optimizer steps', 'count'],
  'actor/lr': ['Learning rate', 'plain'],
  'timing_s/gen': ['Time for episodes', 'seconds'],
  'timing_s/adv': ['Time for credit', 'seconds'],
  'timing_s/update_actor': ['Time for the update', 'seconds'],
  'timing_s/step': ['Time of an iteration', 'seconds'],
  'perf/total_num_tokens': ['Tokens of an iteration', 'count'],
  'perf/throughput': ['Tokens a second', 'count'],
  'perf/cpu_memory_used_gb': ['Memory of the process, GiB', 'plain'],
};

const BY_TYPE = /^(episode|val)\/success_rate\/(.+)$/;

/** What a metric is called and how it is written; one that is not known here is called by its name. */
export function metricName(name: string): MetricName {
  const known = NAMES[name];
  if (known !== undefined && Object.hasOwn(NAMES, name)) return { title: known[0], unit: known[1] };
  const type = BY_TYPE.exec(name);
  if (type !== null) return { title: `${NAMES[`${type[1]}/success_rate`][0]}: ${type[2]}`, unit: 'share' };
  return { title: name, unit: 'plain' };
}

/** A value of a metric with its unit. */
export function formatMetric(name: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  const { unit } = metricName(name);
  if (unit === 'share') return percent(value);
  if (unit === 'seconds') return `${readable(value)} s`;
  if (unit === 'count') return (Math.abs(value) < 100 ? fewCounts : counts).format(value).replace('-', '−');
  return readable(value);
}

/** A number at an axis: short, since the title says what it is. */
export function formatAxis(name: string, value: number): string | undefined {
  return metricName(name).unit === 'share' ? `${readable(100 * value)} %` : undefined;
}

const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fewCounts = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** A length of time for people: `8 s`, `4 min 10 s`, `3 h 20 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return seconds < 10 && seconds !== whole ? `${readable(seconds, 2)} s` : `${whole} s`;
  if (whole < 3600) return joined(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 172_800) return joined(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return joined(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

function joined(large: number, unit: string, small: number, part: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${part}`;
}
