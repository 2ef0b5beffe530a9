import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { clusterSteps } from './clusters.ts';
import { nodeValues } from './g2po.ts';
import {
  assignCredit,
  batchFromGroups,
  type CreditOptions,
  discountedReturns,
  type GroupRecord,
  type StepBatch,
} from './index.ts';

/** Numbers that the public Python implementations gave, in float32. */
const FILE = new URL('../../../shared/golden/credit-reference.json', import.meta.url);

interface ReferenceBatch {
  name: string;
  gamma: number;
  invalidActionPenalty: number;
  successReward: number;
  groups: GroupRecord[];
  expected: Record<string, number[]>;
}

const present = existsSync(FILE);
if (!present) console.log(`Skipped the credit reference vectors: ${FILE.pathname} is not there.`);
const batches: ReferenceBatch[] = present ? JSON.parse(readFileSync(FILE, 'utf8')) : [];

/** The algorithm and options a key of the file stands for, e.g. `hgpo/mean_norm/history2/base`. */
function settings(key: string): { name: string; options: CreditOptions } {
  const [name, ...parts] = key.split('/');
  const options: Record<string, unknown> = {};
  for (const part of parts) {
    const number = Number(/[0-9.]+$/.exec(part)?.[0]);
    if (part === 'steps' || part === 'trajectories') options.statistics = part;
    else if (part === 'std' || part === 'mean_std_norm') options.normalization = 'std';
    else if (part === 'mean' || part === 'mean_norm') options.normalization = 'mean';
    else if (part === 'base') options.base = true;
    else if (part.startsWith('w')) options.stepWeight = number;
    else if (part.startsWith('similarity')) options.similarity = number;
    else if (part.startsWith('history')) options.history = number;
    else if (part.startsWith('lambda')) options.lambda = number;
    else throw new Error(`The reference file has a key this test cannot read: ${key}`);
  }
  return { name: name === 'reinforce++baseline' ? 'reinforce++-baseline' : name, options };
}

function computed(key: string, batch: StepBatch, reference: ReferenceBatch): ArrayLike<number> {
  const { gamma, invalidActionPenalty, successReward } = reference;
  if (key === 'discounted_return') return discountedReturns(batch, gamma);
  if (key === 'g2po/value') {
    const nodes = clusterSteps(batch);
    const values = nodeValues(batch, gamma, nodes);
    return Array.from(nodes.ofStep, (node) => values[node]);
  }
  const { name, options } = settings(key);
  const shared: Record<string, unknown> = { invalidActionPenalty };
  if (name !== 'grpo' && name !== 'rloo' && name !== 'reinforce++-baseline') shared.gamma = gamma;
  if (name === 'g2po') shared.successReward = successReward;
  return assignCredit(batch, name, { ...shared, ...options }).advantages;
}

// Also keeps the file a test file where there are no batches to make tests of.
test.skipIf(!present)('the reference vectors hold batches with numbers to compare', () => {
  expect(batches.length).toBeGreaterThan(0);
  for (const { expected } of batches) expect(Object.keys(expected).length).toBeGreaterThan(0);
});

describe.skipIf(!present).each(batches)('reference batch $name', (reference) => {
  const batch = batchFromGroups(reference.groups, { successReward: reference.successReward });

  test.each(Object.keys(reference.expected))('%s', (key) => {
    const expected = reference.expected[key];
    const actual = computed(key, batch, reference);
    expect(actual).toHaveLength(expected.length);
    expect(expected).toHaveLength(batch.steps);
    const worst = Math.max(...expected.map((value, t) => Math.abs(value - actual[t])));
    expect(worst).toBeLessThan(1e-4);
  });

  test('an absent success is read off the reward', () => {
    const silent = reference.groups.map(({ group, episodes }) => ({
      group,
      episodes: episodes.map(({ success: _, ...episode }) => episode),
    }));
    const read = batchFromGroups(silent, { successReward: reference.successReward });
    const exactly = reference.groups.flatMap(({ episodes }) =>
      episodes.map(({ steps }) => steps.reduce((sum, { reward }) => sum + reward, 0)),
    );
    // The file calls an episode successful when its reward is exactly successReward.
    for (let i = 0; i < batch.episodes; i++) {
      if (Math.abs(exactly[i] - reference.successReward) < 1e-9 || exactly[i] < reference.successReward) {
        expect(read.success[i]).toBe(batch.success[i]);
      }
    }
  });
});
