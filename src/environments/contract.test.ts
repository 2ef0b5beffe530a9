/**
 * What every suite must keep: one set of cases, run on each of them. A suite of ours is added to `SUBJECTS`; nothing
 * else is needed.
 */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../text/random.ts';
import { type Environment, isAdmissible, type StepResult, type Suite, type Task, type Turn } from './environment.ts';
import { randomCommand } from './random-command.ts';
import { openSuite } from './registry.ts';

interface Subject {
  readonly title: string;
  readonly open: () => Promise<Suite>;
  /** The answer to a command that cannot be carried out; where there is none, the last page is shown again. */
  readonly refusal?: string;
  /** Share of the tasks that the explorer solves, at least; 0.8 where it is not given. */
  readonly explorer?: number;
  /** Data the suite reads; its cases are skipped where this is absent. */
  readonly data?: string;
}

const alfworldData = fileURLToPath(new URL('../../../shared/data/alfworld/json_2.1.3_tw-pddl.zip', import.meta.url));
const webshopData = fileURLToPath(new URL('../../../shared/data/webshop', import.meta.url));

const SUBJECTS: readonly Subject[] = [
  {
    title: 'household',
    open: () => openSuite('household'),
    refusal: 'Nothing happens.',
  },
  {
    title: 'household, mixed difficulty',
    open: () => openSuite('household', { difficulty: 'mixed' }),
    refusal: 'Nothing happens.',
  },
  {
    title: 'alfworld',
    open: () => openSuite('alfworld', { data: alfworldData }),
    refusal: 'Nothing happens.',
    data: alfworldData,
  },
  {
    title: 'webshop',
    open: () => openSuite('webshop'),
    explorer: 0.7,
  },
  {
    title: 'webshop, official products, rich text, the original order',
    open: () => openSuite('webshop', { data: webshopData, mode: 'text_rich', order: 'official' }),
    // Fifteen steps are few among products whose pages do not say what they are.
    explorer: 0.4,
    data: webshopData,
  },
];

/** Commands no environment knows. */
const NONSENSE = ['', 'dance', 'go to nowhere 99', 'open', 'take from', 'look look', ' '];

for (const subject of SUBJECTS) {
  const absent = subject.data !== undefined && !existsSync(subject.data);
  if (absent) console.log(`Skipped: the contract of ${subject.title}, because ${subject.data} is not there.`);
  describe.skipIf(absent)(`the contract of ${subject.title}`, () => contract(subject));
}

function contract(subject: Subject): void {
  let suite: Suite;
  let sample: readonly Task[];

  beforeAll(async () => {
    suite = await subject.open();
    const random = Random.of(0, 'contract');
    sample = suite.splits.flatMap((split) => {
      const tasks = suite.tasks(split);
      return Array.from({ length: 4 }, () => random.pick(tasks));
    });
  });
  afterAll(() => suite.close?.());

  it('lists its tasks: unique ids, in the same order every time, each in the split it was listed for', () => {
    expect(suite.name).not.toBe('');
    expect(suite.splits).toContain(suite.defaults.train);
    expect(suite.splits).toContain(suite.defaults.evaluate);
    const ids = new Set<string>();
    let count = 0;
    for (const split of suite.splits) {
      const tasks = suite.tasks(split);
      expect(tasks.length).toBeGreaterThan(0);
      expect(suite.tasks(split).map((task) => task.id)).toEqual(tasks.map((task) => task.id));
      for (const task of tasks) if (task.split !== split || task.type === '') expect(task).toBe('a task of the split');
      for (const task of tasks) ids.add(task.id);
      count += tasks.length;
    }
    expect(ids.size).toBe(count);
  });

  it('says the same thing to the same actions', async () => {
    for (const task of sample) {
      const [a, b] = [suite.create(), suite.create()];
      expect(await walk(b, task, 7)).toEqual(await walk(a, task, 7));
    }
  });

  it('starts afresh at every reset', async () => {
    for (const task of sample) {
      const [first, other] = [sample[0], task];
      const environment = suite.create();
      const fresh = await walk(environment, first, 3);
      await walk(environment, other, 5);
      expect(await walk(environment, first, 3)).toEqual(fresh);
    }
  });

  it('keeps environments apart: two played in turns say what each says alone', async () => {
    const [one, two] = [sample[0], sample[sample.length - 1]];
    const alone = [await walk(suite.create(), one, 1), await walk(suite.create(), two, 2)];
    const [a, b] = [walker(suite.create(), one, 1), walker(suite.create(), two, 2)];
    const together: [Turn[], Turn[]] = [[], []];
    for (let i = 0; i < alone[0].length || i < alone[1].length; i++) {
      const [x, y] = [await a.next(), await b.next()];
      if (!x.done) together[0].push(x.value);
      if (!y.done) together[1].push(y.value);
    }
    expect(together).toEqual(alone);
  });

  it('lists admissible commands sorted by code point, each once', async () => {
    for (const task of sample) {
      for (const turn of await walk(suite.create(), task, 11)) {
        const sorted = [...new Set(turn.admissible)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(turn.admissible).toEqual(sorted);
      }
    }
  });

  it('carries out every admissible command', async () => {
    for (const task of sample) {
      const path: string[] = [];
      for await (const turn of walker(suite.create(), task, 13, path)) {
        if (path.length > 6 || ('done' in turn && turn.done)) break;
        for (const command of turn.admissible) {
          const environment = suite.create();
          await environment.reset(task);
          for (const action of path) await environment.step(action);
          const result = await environment.step(command);
          const where = `${task.id}: ${[...path, command].join(' / ')}`;
          if (subject.refusal !== undefined) expect(result.observation, where).not.toBe(subject.refusal);
          else expect(isAdmissible(turn, command), where).toBe(true);
        }
      }
    }
  });

  it('refuses every other command and changes nothing', async () => {
    for (const task of sample) {
      const environment = suite.create();
      let turn = await environment.reset(task);
      const random = Random.of(3, 'contract');
      for (let i = 0; i < 4; i++) {
        for (const action of NONSENSE.filter((command) => !turn.admissible.includes(command)).slice(0, 2 + i)) {
          const result = await environment.step(action);
          if (result.done) return;
          expect(result.observation).toBe(subject.refusal ?? turn.observation);
          expect(result.admissible).toEqual(turn.admissible);
          expect(result.stateKey).toBe(turn.stateKey);
          expect([result.reward, result.success]).toEqual([0, false]);
        }
        const result = await environment.step(randomCommand(turn, random));
        if (result.done) break;
        turn = result;
      }
    }
  });

  it('ends at the step limit, by default and as asked for, and says so', async () => {
    const limits = [undefined, 1, 4];
    for (const maxSteps of limits) {
      const environment = suite.create(maxSteps === undefined ? undefined : { maxSteps });
      const first = await environment.reset(sample[0]);
      const limit = maxSteps ?? suite.defaults.maxSteps;
      for (let i = 1; i <= limit; i++) {
        const result = await environment.step('dance');
        expect(result.done).toBe(i === limit);
        expect(result.end).toBe(i === limit ? 'step-limit' : undefined);
        expect('end' in result).toBe(i === limit);
        expect([result.reward, result.success]).toEqual([0, false]);
        expect(result.admissible).toEqual(first.admissible);
      }
      await expectRepeats(environment);
    }
  });

  it('is solved by the planner, which is a success even at the last step allowed', async () => {
    if (!suite.expert) return;
    for (const task of sample) {
      const steps = await play(suite, task, 'plan');
      const last = steps[steps.length - 1];
      expect([last.done, last.success, last.end], task.id).toEqual([true, true, 'success']);
      expect(last.reward).toBeGreaterThan(0);
      expect(steps.slice(0, -1).every((step) => !step.done && !step.success && step.reward === 0)).toBe(true);
      expect(await play(suite, task, 'plan', steps.length)).toEqual(steps);
      const short = await play(suite, task, 'plan', steps.length - 1);
      expect(short[short.length - 1].end).toBe('step-limit');
    }
  });

  it('repeats the last result without its reward after a success', async () => {
    if (!suite.expert) return;
    const environment = suite.create();
    await playOn(environment, suite, sample[0], 'plan');
    await expectRepeats(environment);
  });

  it('has an explorer that solves most tasks', async () => {
    if (!suite.expert) return;
    let solved = 0;
    for (const task of sample) {
      const steps = await play(suite, task, 'explore');
      if (steps[steps.length - 1].success) solved++;
    }
    expect(solved / sample.length).toBeGreaterThan(subject.explorer ?? 0.8);
  });

  it('has state keys that tell a changed situation from an unchanged one', async () => {
    for (const task of sample) {
      const environment = suite.create();
      const first = await environment.reset(task);
      if (first.stateKey === undefined) return;
      const other = await suite.create().reset(task);
      expect(other.stateKey).toBe(first.stateKey);
      const move =
        first.templates?.[0].replace(/<.*>/, 'lamp') ??
        first.admissible.find((command) => command.startsWith('go to '));
      if (move === undefined) continue;
      expect((await environment.step(move)).stateKey).not.toBe(first.stateKey);
    }
  });
}

/** Further steps repeat the last result with reward 0, whatever the action. */
async function expectRepeats(environment: Environment): Promise<void> {
  const repeated = await environment.step('dance');
  expect([repeated.done, repeated.reward]).toEqual([true, 0]);
  expect(repeated.end).toBeDefined();
  expect(await environment.step(repeated.admissible[0] ?? 'look')).toEqual(repeated);
}

/** All turns of a random walk of at most 12 steps. */
async function walk(environment: Environment, task: Task, seed: number): Promise<Turn[]> {
  const turns: Turn[] = [];
  for await (const turn of walker(environment, task, seed)) turns.push(turn);
  return turns;
}

async function* walker(environment: Environment, task: Task, seed: number, path: string[] = []): AsyncGenerator<Turn> {
  const random = Random.of(seed, 'walk');
  let turn: Turn | StepResult = await environment.reset(task, seed);
  yield turn;
  for (let i = 0; i < 12 && !('done' in turn && turn.done); i++) {
    const action = randomCommand(turn, random);
    path.push(action);
    turn = await environment.step(action);
    yield turn;
  }
}

function play(suite: Suite, task: Task, kind: 'explore' | 'plan', maxSteps?: number): Promise<StepResult[]> {
  return playOn(suite.create(maxSteps === undefined ? undefined : { maxSteps }), suite, task, kind);
}

async function playOn(
  environment: Environment,
  suite: Suite,
  task: Task,
  kind: 'explore' | 'plan',
): Promise<StepResult[]> {
  const expert = suite.expert!(task, kind);
  const steps: StepResult[] = [];
  let turn = await environment.reset(task);
  for (;;) {
    const result = await environment.step(expert.act(turn));
    steps.push(result);
    if (result.done) return steps;
    turn = result;
  }
}
