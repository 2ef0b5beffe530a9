import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentKind } from '../agents/index.ts';
import { checkConfig } from '../cli/load-config.ts';
import { ALGORITHM_NAMES, ALGORITHMS } from '../credit/index.ts';
import type { Environment, StepResult, Suite, Task, Turn } from '../environments/environment.ts';
import { ADAMW_DEFAULTS } from '../nn/adamw.ts';
import { trainBpe } from '../nn/files/bpe-trainer.ts';
import { Tokenizer } from '../nn/files/tokenizer.ts';
import { tinyConfig } from '../nn/testing.ts';
import { LocalPolicy } from '../policies/local.ts';
import { configSchema } from './config.ts';
import { evaluate } from './evaluate.ts';
import { UntrainableCreditError } from './trainable-credit.ts';
import { Trainer } from './trainer.ts';

const DOORS = ['red', 'blue', 'green', 'white'];

/** A room with four doors of which one leads out, told by the colour of a sign. Two turns in all. */
class Doors implements Environment {
  private room = 0;
  private turns = 0;
  private offset = 0;

  reset(task: Task): Turn {
    this.room = 0;
    this.turns = 0;
    this.offset = Number(task.id);
    return this.turn();
  }

  step(action: string): StepResult {
    this.turns++;
    if (action === `open ${DOORS[(this.room + this.offset + 1) % 4]}`) this.room++;
    const success = this.room === 1;
    const end = success ? ('success' as const) : this.turns === 2 ? ('step-limit' as const) : undefined;
    return { ...this.turn(), reward: success ? 10 : 0, done: end !== undefined, success, ...(end ? { end } : {}) };
  }

  private turn(): Turn {
    return {
      observation: `room ${this.room} sign ${DOORS[(this.room + this.offset) % 4]}`,
      admissible: DOORS.map((d) => `open ${d}`),
    };
  }
}

const tasks: Task[] = [0, 1, 2, 3].map((i) => ({ id: String(i), type: 'doors', split: 'train' }));
const suite: Suite = {
  name: 'doors',
  description: '',
  splits: ['train'],
  defaults: { train: 'train', evaluate: 'train', maxSteps: 5 },
  tasks: () => tasks,
  create: () => new Doors(),
};
const agent = agentKind('history', { history: 0, admissible: false });

let policy: LocalPolicy;
let folder: string;

/** Knows the commands and leans a little towards the right one: twice as likely as each of the others. */
beforeAll(async () => {
  const pairs = DOORS.flatMap((sign, s) =>
    DOORS.map((door, d) => ({
      prompt: `task: \nsee: room 0 sign ${sign}\ndo:`,
      response: ` open ${door}`,
      weight: d === (s + 1) % 4 ? 2 : 1,
    })),
  );
  const tokenizer = new Tokenizer(
    trainBpe(
      pairs.map((p) => p.prompt + p.response),
      { wholeWordsFrom: 1 },
    ),
    'test',
  );
  const end = tokenizer.idOf('<|endoftext|>');
  const config = tinyConfig({ vocabSize: tokenizer.vocabSize, maxPositions: 64 });
  const student = await LocalPolicy.create(
    { config, tokenizer, special: { eos: [end] } },
    { seed: 1 },
    { replicas: 2 },
  );
  const demonstrations = pairs.map(({ prompt, response, weight }) => ({
    prompt: tokenizer.encode(prompt),
    response: Int32Array.of(...tokenizer.encode(response), end),
    responseWeight: weight,
    promptWeight: 0,
  }));
  for (let i = 0; i < 300; i++) await student.imitate(demonstrations, { ...ADAMW_DEFAULTS, learningRate: 3e-3 });
  // Loaded afresh: the optimizer's moments of imitation would be wrong for what follows.
  folder = await mkdtemp(join(tmpdir(), 'turnwise-'));
  await student.export(join(folder, 'model'));
  await student.close();
  policy = await LocalPolicy.load(join(folder, 'model'), { replicas: 2 });
});

afterAll(async () => {
  await policy.close();
  await rm(folder, { recursive: true, force: true });
});

function config(settings: Record<string, unknown> = {}) {
  return checkConfig(configSchema, {
    iterations: 50,
    miniBatches: 2,
    rollout: { tasks: 4, groupSize: 8, maxTokens: 6 },
    optimizer: { learningRate: 5e-4, warmup: 3, beta2: 0.99 },
    ...settings,
  });
}

async function successRate(): Promise<number> {
  const many = Array.from({ length: 80 }, (_, i) => tasks[i % 4]);
  const result = await evaluate({
    suite,
    agent,
    policy,
    tasks: many,
    temperature: 1,
    topP: 1,
    maxTokens: 6,
    inFlight: 100,
    seed: 3,
  });
  return result.successRate;
}

describe('Trainer', () => {
  it('runs an iteration with every algorithm, and reports it', async () => {
    for (const algorithm of ALGORITHM_NAMES.filter((name) => !ALGORITHMS[name].needsValues)) {
      const trainer = new Trainer({
        config: config({ credit: { algorithm }, optimizer: { learningRate: 1e-9 } }),
        suite,
        agent,
        policy,
        tasks,
      });
      const { metrics, episodes, advantages } = await trainer.iterate(1);
      expect(episodes.length).toBe(32);
      expect(advantages.map((a) => a.length)).toEqual(episodes.map((e) => e.steps.length));
      expect(metrics['actor/logprob_gap_max']).toBeLessThan(1e-4);
      expect(metrics['actor/updates']).toBe(2);
      expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
    }
  });

  it('refuses credit that needs a critic', () => {
    const parts = { config: config({ credit: { algorithm: 'gae' } }), suite, agent, policy, tasks };
    expect(() => new Trainer(parts)).toThrow(UntrainableCreditError);
  });

  it('plays other groups in place of those whose rewards are all equal', async () => {
    const trainer = new Trainer({
      config: config({
        dynamicSampling: { enabled: true, rounds: 4 },
        rollout: { tasks: 4, groupSize: 2, maxTokens: 6 },
        optimizer: { learningRate: 1e-9 },
      }),
      suite,
      agent,
      policy,
      tasks,
    });
    const { episodes, metrics } = await trainer.iterate(1);
    const groups = [...new Set(episodes.map((e) => e.group))];
    for (const group of groups) {
      const successes = episodes.filter((e) => e.group === group && e.success).length;
      expect(successes).toBe(1);
    }
    expect(metrics['rollout/dropped_groups']).toBeGreaterThan(0);
    // Whole rounds of 4 × 2 were played: what was kept, what was dropped, and what was more than needed.
    expect(metrics['rollout/episodes'] % 8).toBe(0);
    expect(metrics['rollout/episodes']).toBeGreaterThanOrEqual(episodes.length + 2 * metrics['rollout/dropped_groups']);
  });

  it('learns by GAGPO what imitation left open', async () => {
    const before = await successRate();
    expect(before).toBeLessThan(0.75);
    const trainer = new Trainer({
      config: config({ rollout: { tasks: 4, groupSize: 32, maxTokens: 6 } }),
      suite,
      agent,
      policy,
      tasks,
    });
    for (let i = 1; i <= 50; i++) await trainer.iterate(i);
    expect(await successRate()).toBeGreaterThan(0.95);
  });

  it('refuses to go on from numbers that are not finite, and leaves the weights alone', async () => {
    const before = await policy.logprobs([{ prompt: Int32Array.of(5, 6), response: Int32Array.of(7) }], 1);
    const sequence = {
      prompt: Int32Array.of(5, 6),
      response: Int32Array.of(7),
      oldLogprobs: Float32Array.of(-1),
      advantage: Number.NaN,
    };
    const { objective, optimizer } = config();
    await expect(policy.update([sequence], { objective, temperature: 1, optimizer })).rejects.toThrow(/broke down/);
    expect(await policy.logprobs([{ prompt: Int32Array.of(5, 6), response: Int32Array.of(7) }], 1)).toEqual(before);
  });
});
