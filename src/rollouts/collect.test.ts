import { describe, expect, it } from 'vitest';
import { agentKind } from '../agents/index.ts';
import type { Environment, StepResult, Suite, Task, Turn } from '../environments/environment.ts';
import { openHousehold } from '../environments/household/index.ts';
import type { Completion, Policy, SampleRequest } from '../policies/policy.ts';
import { Random } from '../text/random.ts';
import { attemptGroups, type CollectOptions, collectEpisodes } from './collect.ts';

/** A policy over characters: writes a command drawn from the request's seed. */
class CharacterPolicy implements Policy {
  readonly kind = 'test';
  readonly batches: number[] = [];
  private readonly commands: readonly string[];
  readonly codec = {
    encode: (text: string) => Int32Array.from([...text], (c) => c.codePointAt(0)!),
    encodePrompt: (text: string) => Int32Array.from([...text], (c) => c.codePointAt(0)!),
    decode: (ids: ArrayLike<number>) => Array.from(ids, (id) => String.fromCodePoint(id)).join(''),
    stopIds: [0],
  };

  constructor(commands: readonly string[]) {
    this.commands = commands;
  }

  async sample(requests: readonly SampleRequest[]): Promise<Completion[]> {
    this.batches.push(requests.length);
    return requests.map((r) => {
      const ids = Int32Array.of(...this.codec.encode(new Random(r.seed).pick(this.commands)), 0).subarray(
        0,
        r.maxTokens,
      );
      return {
        ids,
        logprobs: new Float32Array(ids.length).fill(-1),
        finish: ids[ids.length - 1] === 0 ? 'stop' : 'length',
      };
    });
  }

  async close(): Promise<void> {}
}

/** Counts up by "more"; ends at its task's number. "break" makes it throw. */
class Counter implements Environment {
  private count = 0;
  private goal = 0;

  reset(task: Task): Turn {
    if (task.id === 'broken') throw new Error('the lid is stuck');
    this.count = 0;
    this.goal = Number(task.id);
    return { observation: 'count 0', admissible: ['more', 'break'] };
  }

  step(action: string): StepResult {
    if (action === 'break') throw new Error('it broke');
    if (action === 'more') this.count++;
    const done = this.count >= this.goal;
    return {
      observation: `count ${this.count}`,
      admissible: ['more', 'break'],
      reward: done ? 1 : 0,
      done,
      success: done,
      ...(done ? { end: 'success' as const } : {}),
    };
  }
}

const suite: Suite = {
  name: 'counter',
  description: '',
  splits: ['train'],
  defaults: { train: 'train', evaluate: 'train', maxSteps: 100 },
  tasks: () => [],
  create: () => new Counter(),
};

function task(id: string): Task {
  return { id, type: 'count', split: 'train' };
}

function options(policy: Policy, more: Partial<CollectOptions> = {}): CollectOptions {
  return { suite, agent: agentKind('history'), policy, maxTokens: 8, temperature: 1, topP: 1, inFlight: 100, ...more };
}

describe('collectEpisodes', () => {
  it('plays every attempt, in order, and keeps what was sampled', async () => {
    const policy = new CharacterPolicy(['more']);
    const attempts = attemptGroups(['3', '1', '5'].map(task), 2, 7, 'test', 1);
    const episodes = await collectEpisodes(attempts, options(policy));
    expect(episodes.map((e) => e.id)).toEqual(attempts.map((a) => a.id));
    expect(episodes.map((e) => e.steps.length)).toEqual([3, 3, 1, 1, 5, 5]);
    expect(episodes.every((e) => e.success && e.end === 'success')).toBe(true);
    for (const step of episodes.flatMap((e) => e.steps)) {
      expect(policy.codec.decode(step.response.subarray(0, -1))).toBe(step.completion);
      expect(step.logprobs.length).toBe(step.response.length);
      expect(step.stopped).toBe(true);
    }
    expect(episodes[4].finalState).toBe('count 5');
  });

  it('cuts prompts at their beginning where that is asked for, and counts what they lost', async () => {
    const policy = Object.assign(new CharacterPolicy(['more']), { maxTokens: 30 });
    const [whole] = await collectEpisodes(attemptGroups(['3'].map(task), 1, 7, 'test', 1), options(policy));
    const [cut] = await collectEpisodes(
      attemptGroups(['3'].map(task), 1, 7, 'test', 1),
      options(policy, { overflow: 'truncate' }),
    );
    expect(whole.steps.every((s) => s.droppedTokens === undefined)).toBe(true);
    cut.steps.forEach((s, i) => {
      const long = whole.steps[i].prompt;
      expect(s.droppedTokens).toBe(long.length - 22);
      expect([...s.prompt]).toEqual([...long.subarray(-22)]);
    });
  });

  it('takes a finished episode out of the batch at once and lets the next one in', async () => {
    const policy = new CharacterPolicy(['more']);
    await collectEpisodes(attemptGroups(['1', '2', '4'].map(task), 1, 7, 'test', 1), options(policy));
    expect(policy.batches).toEqual([3, 2, 1, 1]);
    const narrow = new CharacterPolicy(['more']);
    await collectEpisodes(attemptGroups(['1', '2', '4'].map(task), 1, 7, 'test', 1), options(narrow, { inFlight: 2 }));
    expect(narrow.batches).toEqual([2, 2, 1, 1, 1]);
  });

  it('loses an episode, not the run, to an environment that throws', async () => {
    const policy = new CharacterPolicy(['more']);
    const episodes = await collectEpisodes(attemptGroups(['broken', '2'].map(task), 2, 7, 'test', 1), options(policy));
    expect(episodes.map((e) => e.end)).toEqual(['error', 'error', 'success', 'success']);
    expect(episodes[0].error).toBe('task broken, step 1: the lid is stuck');
    const later = await collectEpisodes(
      attemptGroups([task('50')], 20, 7, 'test', 1),
      options(new CharacterPolicy(['more', 'more', 'break'])),
    );
    expect(later.every((e) => e.end === 'error' && /^task 50, step \d+: it broke$/.test(e.error!))).toBe(true);
  });

  it('marks a response that its token limit cut', async () => {
    const [episode] = await collectEpisodes(attemptGroups([task('1')], 1, 7, 'test', 1), {
      ...options(new CharacterPolicy(['more and'])),
      maxTokens: 4,
    });
    expect(episode.steps[0].stopped).toBe(false);
    expect(episode.steps[0].completion).toBe('more');
  });

  it('gives the same episodes whatever the number in flight', async () => {
    const household = openHousehold({ difficulty: 'easy' });
    const commands = ['look', 'go to box 1', 'open box 1', 'go to shelf 1', 'inventory'];
    const play = (inFlight: number) =>
      collectEpisodes(attemptGroups(household.tasks('train').slice(0, 4), 3, 7, 'test', 1), {
        ...options(new CharacterPolicy(commands), { suite: household, agent: agentKind('memory'), inFlight }),
        maxTokens: 30,
        maxSteps: 8,
      });
    expect(await play(100)).toEqual(await play(5));
  });

  it('stops when asked', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(
      collectEpisodes(
        attemptGroups([task('3')], 1, 7, 'test', 1),
        options(new CharacterPolicy(['more']), { signal: controller.signal }),
      ),
    ).rejects.toThrow('enough');
  });
});

describe('attemptGroups', () => {
  it('shares the environment seed within a group and nothing else', () => {
    const attempts = attemptGroups(['1', '2'].map(task), 3, 5, 'train', 4);
    expect(new Set(attempts.map((a) => a.environmentSeed)).size).toBe(2);
    expect(new Set(attempts.map((a) => a.samplingSeed)).size).toBe(6);
    expect(attemptGroups(['1', '2'].map(task), 3, 5, 'train', 5)[0].samplingSeed).not.toBe(attempts[0].samplingSeed);
  });
});
