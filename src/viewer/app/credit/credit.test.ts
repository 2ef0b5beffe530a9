import { expect, test } from 'vitest';
import { ALGORITHM_NAMES, batchFromEpisodes, type EpisodeRecord, explainCredit } from '../../../credit/index.ts';
import { Random } from '../../../text/random.ts';
import type { CreditView, EpisodeView, StepView } from '../../api.ts';
import { edgeCredit, fullColour } from './edge-credit.ts';
import { explainStep } from './explain-step.ts';
import { creditClass, formatAmount, formatCredit } from './format-credit.ts';
import { creditReach, episodeCredit, isFlat, notableSteps } from './rank-steps.ts';
import { actionsIn } from './same-state.ts';

/** Two ways from a hall: one to the goal, one astray and for nothing; the third wanders with an invalid action first. */
const EPISODES: readonly EpisodeRecord[] = [
  { group: 'g', success: true, steps: [step('hall'), step('door', 10)] },
  { group: 'g', success: false, steps: [step('hall'), step('cellar'), step('cellar')] },
  { group: 'g', success: true, steps: [step('hall', 0, false), step('hall'), step('door', 10)] },
];

function step(observation: string, reward = 0, valid = true) {
  return { observation, reward, valid };
}

function creditOf(episodes: readonly EpisodeRecord[], algorithm: string, options = {}): CreditView {
  const batch = batchFromEpisodes(episodes);
  const { advantages, terms, quantities } = explainCredit(batch, algorithm, options);
  const plain = (columns: typeof terms) =>
    columns.map((column) => ({ ...column, values: Array.from(column.values, (x) => (Number.isFinite(x) ? x : null)) }));
  return {
    algorithm,
    description: '',
    options: {},
    asTrained: false,
    advantages: Array.from(advantages),
    terms: plain(terms),
    quantities: plain(quantities),
  };
}

const FACTS = { valid: true, last: false, reward: 0 };

test('GAGPO: the value before and after a step, and what later steps did with it', () => {
  const credit = creditOf(EPISODES, 'gagpo', { invalidActionPenalty: 0.5, normalization: 'none' });
  // V̄(hall) = mean(9.5, 0, 8.525, 9.5), V̄(door) = 10, V̄(cellar) = 0.
  expect(explainStep(credit, 0, FACTS)).toBe(
    '+2.62: after this step the state is worth 10, before it 6.9, and later steps changed little of it.',
  );
  expect(explainStep(credit, 2, FACTS)).toBe(
    '−6.88: after this step the state is worth 0, before it 6.9, and later steps did not make up for it.',
  );
  expect(explainStep(credit, 5, { valid: false, last: false, reward: 0 })).toBe(
    '+1.15: its action was invalid, which cost 0.5 and left the state worth 6.9, as before, but later steps more than made up for it.',
  );
  expect(explainStep(credit, 3, FACTS)).toBe('0: nothing sets this step apart from what it is compared with.');
});

test('the other algorithms speak of what they compare', () => {
  const say = (algorithm: string, row: number, options = {}) =>
    explainStep(creditOf(EPISODES, algorithm, options), row, FACTS);
  // The mean over the steps of the group: (2·10 + 3·0 + 3·10)/8.
  expect(say('dr-grpo', 2)).toBe('−6.25: the whole episode earned 0, the mean over all steps of its group is 6.3.');
  expect(say('gigpo', 2, { normalization: 'mean' })).toBe(
    "−13.26: its return from here on is 0, the group's 4 visits to this state have 7 on average; the whole episode earned 0, the mean over all steps of its group is 6.3.",
  );
  // From the cellar nobody came to the goal: its distance is no number of steps.
  expect(say('graphgpo', 2)).toMatch(/it led to a state from which nobody reached success, the one before was 2 steps/);
  expect(say('graphgpo', 0)).toMatch(/it came nearer: 1 step from success, before 2/);
  expect(say('reinforce++', 2)).toMatch(/its return from here on is 0, steps of the batch have/);
  expect(say('bellman', 2)).toMatch(/after this step the state is worth 0, before it/);
  expect(say('g2po', 2)).toMatch(/it led to a state worth 0, steps from here to one worth/);
});

test('what an invalid action took off is told where no term of its own says it', () => {
  const invalid = { ...FACTS, valid: false };
  const say = (algorithm: string) =>
    explainStep(creditOf(EPISODES, algorithm, { invalidActionPenalty: 0.5 }), 5, invalid);
  expect(say('gigpo')).toMatch(/its return from here on is 9 less 0\.5 for its invalid action/);
  expect(say('g2po')).toMatch(/less 0\.5 for its invalid action/);
  expect(say('dr-grpo')).toMatch(/its action was invalid, which cost 0\.5/);
  expect(say('dr-grpo')).not.toMatch(/less 0\.5/);
});

test('GAGPO: later steps made up for a step where they gave more than it lost', () => {
  const random = Random.of(5, 'later');
  const episodes = Array.from({ length: 40 }, (_, i): EpisodeRecord => {
    const steps = Array.from({ length: 2 + random.below(6) }, () =>
      step(random.pick(['hall', 'door', 'cellar']), random.next() < 0.3 ? 10 : 0, random.next() < 0.7),
    );
    return { group: `g${i % 4}`, success: random.next() < 0.5, steps };
  });
  const credit = creditOf(episodes, 'gagpo', { invalidActionPenalty: 0.5 });
  const of = (name: string, row: number) => credit.terms.find((term) => term.name === name)!.values[row]!;
  const told = { more: 0, less: 0 };
  credit.advantages.forEach((_, row) => {
    const sentence = explainStep(credit, row, FACTS);
    const whole = Math.abs(of('later residuals', row)) > Math.abs(of('residual', row));
    if (sentence.includes('more than made up for it')) {
      told.more++;
      expect(whole, sentence).toBe(true);
    }
    if (sentence.includes('made up for only a part of it')) {
      told.less++;
      expect(whole, sentence).toBe(false);
    }
  });
  expect(Math.min(told.more, told.less)).toBeGreaterThan(0);
});

test('GAGPO: an end that costs something and still raises its action says why', () => {
  // V̄(hall) = mean(−3, −5.85, −8.5575): who ends the episode ends the penalties.
  const lost: EpisodeRecord = { group: 'g', success: false, steps: [1, 2, 3].map(() => step('hall', 0, false)) };
  const credit = creditOf([lost, lost], 'gagpo', { invalidActionPenalty: 3, normalization: 'none' });
  expect(explainStep(credit, 2, { valid: false, last: true, reward: 0 })).toBe(
    '+2.80: the episode ended here, its action was invalid, which cost 3, but that is better than the −5.8 that the state before was worth.',
  );
});

test('GRPO: a small cost that a small deviation made large is told with it', () => {
  const steps = (valid: boolean) => Array.from({ length: 30 }, (_, i) => step('hall', 0, valid || i > 0));
  const lost = [true, true, true, false].map((valid) => ({ group: 'g', success: false, steps: steps(valid) }));
  const credit = creditOf(lost, 'grpo', { invalidActionPenalty: 0.5, statistics: 'steps' });
  expect(explainStep(credit, 90, { valid: false, last: false, reward: 0 })).toMatch(
    /^−10\.86: its action was invalid, which cost 0\.5; .*differs so little \(standard deviation 0\.046\) that dividing by it makes this 22 times as large\.$/,
  );
  // A deviation of ordinary size is not spoken of.
  expect(explainStep(creditOf(EPISODES, 'grpo'), 2, FACTS)).not.toContain('deviation');
});

test('HGPO: each level with its own states and numbers', () => {
  const sentence = explainStep(creditOf(EPISODES, 'hgpo', { normalization: 'mean' }), 6, FACTS);
  expect(sentence).toMatch(
    /its return from here on is 9\.5, the group's 4 visits with the same last state have 7 on average \(\+\d/,
  );
  const levels = [...sentence.matchAll(/the same last (\d+ )?states?/g)].map(([words]) => words);
  expect(new Set(levels).size).toBe(levels.length);
});

test('an invalid action that changed nothing is explained', () => {
  const twice = (valid: boolean): EpisodeRecord => ({ group: 'g', success: true, steps: [step('hall', 10, valid)] });
  const other: EpisodeRecord = { group: 'h', success: false, steps: [step('hall')] };
  const won: EpisodeRecord = { group: 'h', success: true, steps: [step('hall', 10)] };
  const invalid = { ...FACTS, valid: false };
  const none = creditOf([twice(false), twice(false), other, won], 'gigpo');
  expect(explainStep(none, 0, invalid)).toMatch(/its action was invalid, but no penalty is set for that, and nothing/);
  const all = creditOf([twice(false), twice(false), other, won], 'gigpo', { invalidActionPenalty: 0.5 });
  expect(explainStep(all, 0, invalid)).toMatch(/its action was invalid, which cost 0\.5, but nothing/);
});

test('every step of every algorithm is explained in one sentence that begins with its credit', () => {
  const random = Random.of(3, 'sentences');
  const episodes = Array.from({ length: 24 }, (_, i): EpisodeRecord => {
    const steps = Array.from({ length: 1 + random.below(8) }, () => ({
      observation: random.pick(['hall', 'door', 'cellar', 'attic']),
      reward: random.next() < 0.2 ? 10 : 0,
      valid: random.next() < 0.7,
      value: random.next(),
    }));
    return { group: `g${i % 4}`, success: random.next() < 0.5, truncated: random.next() < 0.2, steps };
  });
  for (const algorithm of ALGORITHM_NAMES) {
    const credit = creditOf(episodes, algorithm);
    let row = 0;
    for (const { steps } of episodes) {
      steps.forEach(({ valid, reward }, t) => {
        const sentence = explainStep(credit, row, { valid: valid !== false, last: t === steps.length - 1, reward });
        expect(sentence.startsWith(`${formatCredit(credit.advantages[row])}: `), sentence).toBe(true);
        expect(sentence, algorithm).toMatch(/^[^\n]{8,420}\.$/);
        expect(sentence).not.toMatch(/NaN|undefined|null|Infinity|\.\.|,,|; ,/);
        row++;
      });
    }
  }
});

test('a term that no wording knows is told by its own description', () => {
  const column = { name: 'luck', symbol: 'ℓ', description: 'How lucky the step was; dice.', values: [-0.4] };
  const credit = { ...creditOf(EPISODES, 'grpo'), advantages: [-0.4], terms: [column], quantities: [] };
  expect(explainStep(credit, 0, FACTS)).toBe('−0.40: −0.40 from “luck”: how lucky the step was; dice.');
});

test('credit is written with its sign, and a small one as a plain decimal', () => {
  expect([0, 1, -2.314, -1234.5].map(formatCredit)).toEqual(['0', '+1.00', '−2.31', '−1235']);
  expect([0.0037, -0.0096, 0.0004, 0.00000123].map(formatCredit)).toEqual(['+0.004', '−0.01', '+0.0004', '+0.000001']);
  expect([1e-17, -4e-13].map((x) => [formatCredit(x), creditClass(x), formatAmount(x, 4)])).toEqual([
    ['0', undefined, '0'],
    ['0', undefined, '0'],
  ]);
});

function view(firstRow: number, actions: readonly string[], options: Partial<EpisodeView> = {}): EpisodeView {
  const steps = actions.map((action, i) => ({ node: i % 2, action: { text: action, more: 0 }, valid: action !== '?' }));
  return { id: 'e', success: true, firstRow, steps: steps as StepView[], ...options } as EpisodeView;
}

test('the worst, the best and the first invalid step are found, and none among equals', () => {
  const credit = { ...creditOf(EPISODES, 'grpo'), advantages: [9, 0.5, -2, -2, 3], terms: [] };
  const episode = view(1, ['a', 'b', '?', 'c']);
  const own = episodeCredit(credit, episode);
  expect(own).toEqual([0.5, -2, -2, 3]);
  expect(notableSteps(episode, own)).toEqual({ worst: 1, best: 3, firstInvalid: 2 });
  expect(notableSteps(episode, [1, 1, 1, 1 + 1e-12])).toEqual({ worst: undefined, best: undefined, firstInvalid: 2 });
  expect(episodeCredit(credit, view(-1, ['a']))).toBeNull();
  expect(isFlat([])).toBe(true);
});

test('bars of an episode fill their place, but next to nothing stays next to nothing', () => {
  const credit = { ...creditOf(EPISODES, 'grpo'), advantages: [10, 0.5, -2], terms: [] };
  expect(creditReach(credit, false)).toBe(10);
  expect(creditReach(credit, false, view(1, ['a', 'b']))).toBe(2);
  expect(creditReach(credit, false, view(1, ['a']))).toBe(1);
  const terms = [
    { name: 'a', symbol: 'a', description: '', values: [4, 0, -3] },
    { name: 'b', symbol: 'b', description: '', values: [6, 0.5, 1] },
  ];
  expect(creditReach({ ...credit, terms }, true, view(2, ['a']))).toBe(3);
});

test('what the group did in one state, the best credit first', () => {
  const episodes = [view(0, ['go', 'x', 'stay', 'x']), view(4, ['go', 'x'], { success: false })];
  const actions = actionsIn({ episodes }, 0, [1, 0, 5, 0, -3, 0]);
  expect(actions.map(({ action, advantage, episodes: n, succeeded }) => [action, advantage, n, succeeded])).toEqual([
    ['stay', 5, 1, 1],
    ['go', -1, 2, 1],
  ]);
  expect(actionsIn({ episodes }, 0, null)[0].advantage).toBeNull();
});

test('an edge has the mean credit of its steps', () => {
  const edges = [
    { from: 0, to: 1, steps: [0, 1, -1].map((row) => ({ row, episode: 0, step: 0 })), path: '', head: '', width: 1 },
    { from: 1, to: 0, steps: [{ row: -1, episode: 0, step: 0 }], path: '', head: '', width: 1 },
  ];
  expect(edgeCredit({ edges }, [2, 4])).toEqual([3, null]);
  expect(edgeCredit({ edges }, null)).toEqual([null, null]);
  expect(fullColour([3, null, -1])).toBeCloseTo(2.9);
  expect(fullColour([null, 0])).toBe(1);
});
