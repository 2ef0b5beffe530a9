import { describe, expect, it } from 'vitest';
import { compareReplay, describeDifference, openSuite, type Recording, replay, TaskIndex } from './index.ts';

async function household() {
  const suite = await openSuite('household');
  const task = suite.tasks('test')[0];
  const expert = suite.expert!(task, 'plan');
  const environment = suite.create();
  let turn = await environment.reset(task);
  const actions: string[] = [];
  for (let done = false; !done; ) {
    actions.push(expert.act(turn));
    const result = await environment.step(actions[actions.length - 1]);
    turn = result;
    done = result.done;
  }
  return { suite, task, actions };
}

describe('replay', () => {
  it('plays actions as the environment does, refused ones and those after the end too', async () => {
    const { suite, task, actions } = await household();
    const recording: Recording = {
      task: task.id,
      steps: ['dance', ...actions, 'look'].map((action) => ({ action })),
    };
    const played = await replay(suite, new TaskIndex(suite).find(task.id), recording);
    expect(played.steps.map((step) => step.action)).toEqual(['dance', ...actions, 'look']);
    expect(played.steps[0].observation).toBe('Nothing happens.');
    const [won, after] = played.steps.slice(-2);
    expect(won).toMatchObject({ reward: 10, done: true, success: true });
    expect(after).toEqual({ ...won, action: 'look', reward: 0 });
    expect(compareReplay(played, played, 'exact')).toEqual({ compared: 2 + 5 * played.steps.length });
    expect(compareReplay(recording, played, 'exact')).toEqual({ compared: 0 });
  });

  it('cuts at the usual limit, or not at all where the recording is longer', async () => {
    const { suite, task } = await household();
    const looks = (n: number): Recording => ({
      task: task.id,
      steps: Array.from({ length: n }, () => ({ action: 'look' })),
    });
    const { maxSteps } = suite.defaults;
    expect((await replay(suite, task, looks(maxSteps))).steps.at(-1)?.done).toBe(true);
    expect((await replay(suite, task, looks(maxSteps + 5))).steps.some(({ done }) => done)).toBe(false);
    expect((await replay(suite, task, looks(5), 3)).steps.map(({ done }) => done)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  it('finds the first difference and shows it', async () => {
    const { suite, task, actions } = await household();
    const played = await replay(suite, task, { task: task.id, steps: actions.map((action) => ({ action })) });
    const changed = (step: object, at = 1): Recording => ({
      ...played,
      steps: played.steps.map((s, i) => (i === at ? { ...s, ...step } : s)),
    });
    const told = (recording: Recording): string => {
      const { difference } = compareReplay(recording, played, 'exact');
      return difference === undefined ? 'none' : describeDifference(difference);
    };
    const { observation, admissible } = played.steps[1];
    expect(told(changed({ observation: `${observation.slice(0, 5)}X${observation.slice(6)}` }))).toMatch(
      /^step 2, ".*": observation differs.*\n- .*X.*\n\+ .*\n +\^ character 6$/,
    );
    expect(told(changed({ admissible: ['fly', ...admissible.slice(1)] }))).toBe(
      `step 2, ${JSON.stringify(played.steps[1].action)}: admissible differs (- recorded, + played)\n- fly\n+ ${admissible[0]}`,
    );
    expect(told(changed({ admissible: [admissible[1], admissible[0], ...admissible.slice(2)] }))).toContain(
      '- place 1:',
    );
    expect(told(changed({ success: true }))).toContain('success was true, is false');
    expect(told({ ...played, initialObservation: 'Hello.' })).toMatch(/^at the start: observation differs/);
  });

  it('forgives what some recorders drop, only where that is asked', async () => {
    const { suite, task } = await household();
    const played = await replay(suite, task, { task: task.id, steps: [{ action: 'look' }] });
    const told = {
      ...played,
      initialObservation: `-= Welcome to TextWorld, ALFRED! =-\n\n${played.initialObservation}`,
    };
    const recorded = { ...played, initialObservation: played.initialObservation.replace(/\n\n/g, '\n') };
    expect(compareReplay(recorded, told, 'exact').difference?.step).toBe(0);
    expect(compareReplay(recorded, told, 'trimmed').difference).toBeUndefined();
  });

  it('names a task that is not there', async () => {
    const suite = await openSuite('household');
    expect(() => new TaskIndex(suite).find('test/none')).toThrow('household has no task "test/none"; an example is');
  });
});
