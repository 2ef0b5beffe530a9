import { expect, test } from 'vitest';
import type { EpisodeView, StepView } from '../../api.ts';
import { fateSentence, fatesOf, partingStep } from './fates.ts';

/** An episode from `0 north, 1 east`: nodes and actions. */
function episode(success: boolean, way: string): EpisodeView {
  const steps = way.split(', ').map((part): StepView => {
    const [node, action] = part.split(' ');
    const text = (t: string) => ({ text: t, more: 0 });
    return {
      node: Number(node),
      observation: text(`room ${node}`),
      action: text(action),
      completion: null,
      valid: true,
      reward: 0,
      advantage: null,
      stopped: null,
      tokens: null,
      hasPrompt: false,
    };
  });
  return { id: way, success, score: null, reward: 0, end: null, firstRow: 0, steps };
}

const view = {
  episodes: [
    episode(false, '0 north, 1 west, 4 wait, 4 wait'),
    episode(true, '0 north, 1 east, 2 take'),
    episode(true, '0 south, 0 north, 1 east, 2 take'),
    episode(false, '0 north, 1 west, 1 east, 2 drop'),
    episode(false, '0 north, 1 east'),
  ],
};

test('what became of those that did the same, and of those that did otherwise', () => {
  expect(fatesOf(view, 0, 0)).toEqual({ same: 4, sameSucceeded: 2, otherwise: 0, otherwiseSucceeded: 0 });
  expect(fatesOf(view, 0, 1)).toEqual({ same: 1, sameSucceeded: 0, otherwise: 3, otherwiseSucceeded: 2 });
  expect(fatesOf(view, 2, 0)).toEqual({ same: 0, sameSucceeded: 0, otherwise: 4, otherwiseSucceeded: 1 });
  expect(fatesOf(view, 0, 2)).toEqual({ same: 0, sameSucceeded: 0, otherwise: 0, otherwiseSucceeded: 0 });
});

test('in one sentence', () => {
  const say = (index: number, step: number) => fateSentence(fatesOf(view, index, step));
  expect(say(0, 0)).toBe(
    '2 of the 4 other episodes that did this here succeeded; all others that were here did it, too.',
  );
  expect(say(0, 1)).toBe(
    'Not even the one other episode that did this here succeeded; 2 of the 3 that did otherwise succeeded.',
  );
  expect(say(2, 0)).toBe('No other episode did this here; 1 of the 4 that did otherwise succeeded.');
  expect(say(0, 2)).toBe('No other episode of the group was in this state.');
  expect(fateSentence({ same: 3, sameSucceeded: 3, otherwise: 2, otherwiseSucceeded: 0 })).toBe(
    'All 3 other episodes that did this here succeeded; none of the 2 that did otherwise succeeded.',
  );
});

test('the last step that nobody took who succeeded', () => {
  // West, and not the waiting after it, where no winner was.
  expect(partingStep(view, 0)).toBe(1);
  expect(partingStep(view, 3)).toBe(3);
  // It did what the winners did, and went no further.
  expect(partingStep(view, 4)).toBeUndefined();
  expect(partingStep(view, 1)).toBeUndefined();
  expect(partingStep({ episodes: [view.episodes[0]] }, 0)).toBeUndefined();
});
