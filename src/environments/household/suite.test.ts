import { describe, expect, it } from 'vitest';
import type { StepResult, Task, Turn } from '../environment.ts';
import { DIFFICULTIES, LEVELS } from './difficulty.ts';
import { FAMILIES } from './sentences.ts';
import { type HouseholdSuite, openHousehold } from './suite.ts';
import { UnknownSplitError } from './unknown-split.ts';
import { UnknownTaskError } from './unknown-task.ts';

function play(suite: HouseholdSuite, task: Task, kind: 'explore' | 'plan'): { steps: StepResult[]; actions: string[] } {
  const environment = suite.create();
  const expert = suite.expert(task, kind);
  const [steps, actions]: [StepResult[], string[]] = [[], []];
  let turn = environment.reset(task) as Turn;
  for (;;) {
    actions.push(expert.act(turn));
    const result = environment.step(actions[actions.length - 1]) as StepResult;
    steps.push(result);
    if (result.done) return { steps, actions };
    turn = result;
  }
}

describe.each(DIFFICULTIES)('the household, %s', (difficulty) => {
  const suite = openHousehold({ difficulty });
  const tasks = suite.splits.flatMap((split) => suite.tasks(split).slice(0, 60));

  it('can be solved every time: the plan wins with its last command and not before', () => {
    for (const task of tasks) {
      const { steps, actions } = play(suite, task, 'plan');
      expect(actions.length).toBeGreaterThan(2);
      expect(steps.at(-1)!.success, task.id).toBe(true);
      expect(steps.some((step) => step.observation === 'Nothing happens.')).toBe(false);
    }
  });

  it('is solved by the explorer within the step limit in at least 98 of 100 games', () => {
    const solved = tasks.filter((task) => play(suite, task, 'explore').steps.at(-1)!.success).length;
    expect(solved / tasks.length).toBeGreaterThanOrEqual(0.98);
  });

  it('has a step limit of its own', () => {
    expect(suite.defaults.maxSteps).toBe(LEVELS[difficulty].maxSteps);
  });
});

describe('the household suite', () => {
  it('has equal shares of every family and, mixed, of every difficulty', () => {
    const counts = new Map<string, number>();
    for (const task of openHousehold({ difficulty: 'mixed' }).tasks('test')) {
      for (const key of [task.type, task.id.split('/')[1]]) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const difficulty of DIFFICULTIES) expect(Math.abs(counts.get(difficulty)! - 80)).toBeLessThan(6);
    for (const family of FAMILIES) expect(counts.get(family)).toBe(40);
  });

  it('pays the reward asked for', () => {
    const suite = openHousehold({ difficulty: 'easy', successReward: 2.5 });
    expect(play(suite, suite.tasks('train')[0], 'plan').steps.at(-1)!.reward).toBe(2.5);
  });

  it('lets the explorer recover from what others did', () => {
    const suite = openHousehold({ difficulty: 'easy' });
    const task = suite.tasks('train').find(({ type }) => type === 'pick')!;
    const environment = suite.create();
    const expert = suite.expert(task, 'explore');
    let turn = environment.reset(task) as Turn;
    expert.act(turn);
    // Another hand picks up the first thing it meets that is not the wanted one.
    const wanted = play(suite, task, 'plan').actions.find((action) => action.startsWith('take '))!;
    for (const place of turn.admissible.filter((command) => command.startsWith('go to '))) {
      turn = environment.step(place) as Turn;
      expert.act(turn);
      const take = turn.admissible.find((command) => command.startsWith('take ') && command !== wanted);
      if (take) {
        turn = environment.step(take) as Turn;
        break;
      }
    }
    expect(turn.observation).toMatch(/^You take /);
    let result = environment.step(expert.act(turn)) as StepResult;
    while (!result.done) result = environment.step(expert.act(result)) as StepResult;
    expect(result.success).toBe(true);
  });

  it('refuses ids and splits it does not have', () => {
    const suite = openHousehold();
    expect(() => suite.create().reset({ id: 'train/easy/1', type: 'pick', split: 'train' })).toThrow(UnknownTaskError);
    expect(() => suite.tasks('dev')).toThrow(UnknownSplitError);
  });
});
