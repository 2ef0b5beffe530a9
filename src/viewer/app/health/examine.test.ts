import { expect, test } from 'vitest';
import type { RunCurves, RunSummary } from '../../api.ts';
import { CHECKS } from './checks.ts';
import { examine, type Verdict } from './examine.ts';

const CONFIG = { 'rollout.groupSize': 8, 'rollout.tasks': 16, 'optimizer.maxGradNorm': 1 };

function curves(metrics: Record<string, (number | null)[]>): RunCurves {
  const count = Math.max(...Object.values(metrics).map((values) => values.length));
  const index = Array.from({ length: count }, (_, i) => i + 1);
  return { run: 'r', iteration: index, episodes: index, tokens: index, seconds: index, metrics };
}

function verdict(metric: string, values: (number | null)[], config: RunSummary['config'] = CONFIG): Verdict {
  const step = values.map(() => 1);
  return examine(config, curves({ [metric]: values, 'timing_s/step': step })).find(
    ({ check }) => check.metric === metric,
  )!;
}

function concerns(metric: string, values: (number | null)[]): readonly string[] {
  return verdict(metric, values).concerns;
}

const ten = (value: number) => Array<number>(10).fill(value);

test('a run as it should be gives no concern, and a metric that is absent is said to be', () => {
  const metrics = {
    'episode/success_rate': [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.7, 0.8, 0.9, 0.8],
    'credit/singleton_share': ten(0.1),
    'credit/group_size/mean': ten(8),
    'credit/zero_variance_groups': ten(5),
    'episode/valid_action_ratio': [...Array(5).fill(0.8), ...Array(5).fill(0.9)],
    'actor/pg_clipfrac': ten(0.02),
    'actor/ppo_kl': ten(0.004),
    'actor/entropy': ten(0.3),
    'actor/logprob_gap_max': ten(1e-5),
    'actor/lr': ten(1e-4),
    'actor/grad_norm': ten(0.7),
  };
  const verdicts = examine(CONFIG, curves(metrics));
  expect(verdicts.flatMap(({ concerns: told, open }) => [...told, ...(open ? [open] : [])])).toEqual([]);
  const absent = verdicts.filter(({ signal }) => signal === undefined).map(({ check }) => check.metric);
  expect(absent).toContain('perf/cpu_memory_used_gb');
  expect(absent).toHaveLength(CHECKS.length - Object.keys(metrics).length);
});

test.each([
  ['episode/success_rate', [...ten(0.7), ...ten(0)], 'fell from 70 % to 0 %'],
  ['credit/singleton_share', ten(0.9), '90 % of the steps are alone'],
  ['credit/group_size/mean', ten(7.5), '7.5 episodes in place of 8'],
  ['credit/zero_variance_groups', ten(15), '15 of 16 groups'],
  ['episode/valid_action_ratio', [...ten(0.9), ...ten(0.5)], 'rose from 10 % to 50 %'],
  ['actor/pg_clipfrac', ten(0.4), '40 % are clipped'],
  ['actor/ppo_kl', ten(-0.2), 'moves the policy far'],
  ['actor/entropy', ten(0.001), 'hardly anything is tried'],
  ['actor/logprob_gap_max', [1e-6, 2e-3, 1e-6], 'reached 0.002 nats'],
  ['response_length/clip_ratio', ten(0.3), '30 % of the responses are cut'],
  ['rollout/truncated_prompts', [0, 3, 0], '3 prompts lost their beginning'],
  ['episode/errors', [0, 2, 0], 'failed in 2 episodes'],
  ['perf/throughput', [...ten(1000), ...ten(1000), 100, 100, 100, 100, 100], 'usually 1000'],
  ['perf/cpu_memory_used_gb', [...ten(1), ...ten(3)], 'grew from 1 to 3'],
  ['actor/grad_norm', [...ten(0.5), ...ten(0.5), 20, 20, 20, 20, 20], 'becoming unstable'],
  ['actor/lr', ten(0), 'nothing is learned'],
  ['episode/truncated_ratio', ten(0.95), '95 % of the episodes are cut'],
])('%s is marked where it is not normal', (metric, values, words) => {
  expect(concerns(metric, values).join(' ')).toContain(words);
});

test('a value that was no finite number is told', () => {
  expect(concerns('actor/grad_norm', [0.5, null, 0.5])).toEqual(['In 1 iteration it was no finite number.']);
  expect(concerns('actor/grad_norm', [null, null])).toEqual(['In 2 iterations it was no finite number.']);
});

const twenty = (from: number, to: number) => Array.from({ length: 20 }, (_, i) => from + ((to - from) * i) / 19);

test.each([
  ['episode/success_rate', [0.2, 0.4, 0.6], 'Too few iterations to tell: 3 of 10.'],
  ['perf/cpu_memory_used_gb', twenty(2, 2).slice(1), 'Too few iterations to tell: 19 of 20.'],
  ['episode/success_rate', ten(0.5), 'It has not risen: 50 % at first, 50 % of late.'],
  ['episode/success_rate', twenty(0.5, 0.45), 'It has not risen'],
  ['episode/valid_action_ratio', ten(0.7), 'It does not fall: 30 % at first, 30 % of late.'],
  ['episode/truncated_ratio', twenty(0.3, 0.4), 'It does not fall'],
  ['actor/entropy', twenty(0.3, 0.4), 'It does not fall'],
  ['perf/throughput', twenty(500, 1500), 'It is not steady: mostly from'],
  ['perf/cpu_memory_used_gb', twenty(2, 2.8), 'It grew from 2.29 to 2.72 GiB.'],
  ['actor/grad_norm', [...ten(0.01), ...ten(0.5)], 'It spans more than that'],
])('%s %# is not called normal where it is not, or cannot be told yet', (metric, values, words) => {
  const { concerns: told, open } = verdict(metric, values);
  expect(told).toEqual([]);
  expect(open).toContain(words);
});

test.each([
  ['episode/success_rate', ten(0.99)],
  ['episode/valid_action_ratio', ten(0.98)],
  ['perf/throughput', twenty(1000, 1200)],
  ['perf/cpu_memory_used_gb', twenty(2, 2.1)],
  ['actor/entropy', twenty(0.4, 0.2)],
])('%s is normal where it is as its text says', (metric, values) => {
  expect(verdict(metric, values)).toMatchObject({ concerns: [] });
  expect(verdict(metric, values).open).toBeUndefined();
});

test('without the configuration a sign that needs it cannot be told', () => {
  expect(verdict('credit/group_size/mean', ten(8), {}).open).toContain('rollout.groupSize');
  expect(verdict('credit/zero_variance_groups', ten(8), {}).open).toContain('rollout.tasks');
});
