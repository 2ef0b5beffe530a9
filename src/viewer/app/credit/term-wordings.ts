import { readable } from '../../../reports/ticks.ts';
import type { CreditColumn, CreditView } from '../../api.ts';
import { formatAmount, formatCredit, isNothing } from './format-credit.ts';

/** What a sentence may say of a step besides its numbers. */
export interface StepFacts {
  readonly valid: boolean;
  readonly last: boolean;
  readonly reward: number;
  /** How the episode ended, where it is the last. */
  readonly end?: string | null | undefined;
}

/** A term of one step with the quantities of that step. */
export interface TermOfStep {
  /** Of the whole group. */
  readonly credit: CreditView;
  readonly term: CreditColumn;
  readonly value: number;
  readonly facts: StepFacts;
  /** A quantity of the step by its name; undefined where there is none. */
  readonly quantity: (name: string) => number | undefined;
}

type Wording = (step: TermOfStep, before: readonly TermOfStep[], advantage: number) => string | undefined;

/** How a term is told, by its name and the quantities that must be there. The first that fits. */
const WORDINGS: readonly (readonly [terms: readonly string[], quantities: readonly string[], say: Wording])[] = [
  [['residual', 'step'], ['value', 'next value'], worthBeforeAndAfter],
  [['later residuals'], [], laterSteps],
  [['episode'], ['episode reward', 'group mean'], episodeAgainstGroup],
  [['step'], ['distance', 'next distance'], nearerToSuccess],
  [['step'], ['score', 'state mean', 'visits'], earnedFromHere],
  [['next-node'], ['next value', 'next mean'], reachedState],
  [['edge'], ['gain', 'gain mean'], gainedValue],
  [['return'], ['return', 'mean'], returnAgainstBatch],
  [['penalty'], [], invalidAction],
  [['centring'], [], sameForAll],
];

/** A level of HGPO: visits with the same last so many states. */
const LEVEL = /^(\d+) states?$/;

/** A term as a part of a sentence. @param before those told before it */
export function clauseOf(step: TermOfStep, before: readonly TermOfStep[], advantage: number): string {
  if (LEVEL.test(step.term.name)) return sameLastStates(step, before);
  for (const [terms, quantities, say] of WORDINGS) {
    if (!terms.includes(step.term.name) || quantities.some((name) => step.quantity(name) === undefined)) continue;
    const text = say(step, before, advantage);
    if (text !== undefined) return text;
  }
  return `${formatCredit(step.value)} from “${step.term.name}”: ${plain(step.term.description)}`;
}

function worthBeforeAndAfter({ value, facts, quantity }: TermOfStep): string {
  const before = quantity('value')!;
  const after = quantity('next value')!;
  const reward = quantity('reward') ?? facts.reward;
  const earned = rewardClause(reward, facts);
  if (facts.last && after === 0) {
    const ended = endedHere(facts);
    const end = reward === 0 ? `${ended} with nothing` : `${ended}${earned && `, ${earned}`}`;
    // An end that earns nothing, or costs something, and still raises the action: why must be said.
    return reward <= 0 && reward > before && amount(reward) !== amount(before)
      ? `${end}, but that is better than the ${amount(before)} that the state before was worth`
      : `${end}, and the state before was worth ${amount(before)}`;
  }
  if (amount(before) === amount(after)) {
    return earned === ''
      ? `the state is worth as much after this step as before it, ${amount(after)}`
      : `${earned} and left the state worth ${amount(after)}, as before`;
  }
  const moved = `after this step the state is worth ${amount(after)}, before it ${amount(before)}`;
  if (earned === '') return moved;
  // Where the state gained and the credit fell all the same, the reward is what did it.
  return `${moved}, ${after > before !== value > 0 ? 'but' : 'and'} ${earned}`;
}

function endedHere({ end }: StepFacts): string {
  return end === 'step-limit' ? 'the step limit ended the episode here' : 'the episode ended here';
}

/** What the reward of the step did, a penalty of an invalid action in it. */
function rewardClause(reward: number, { valid, reward: own }: StepFacts): string {
  const penalty = own - reward;
  if (!valid && penalty > 0) {
    const cost = `its action was invalid, which cost ${amount(penalty)}`;
    return own === 0 ? cost : `it earned ${amount(own)} and ${cost}`;
  }
  return reward === 0 ? '' : reward > 0 ? `it earned ${amount(reward)}` : `it cost ${amount(-reward)}`;
}

function laterSteps({ value }: TermOfStep, before: readonly TermOfStep[]): string {
  const own = before.find(({ term }) => term.name === 'residual')?.value ?? 0;
  if (own === 0) return `by itself it changed little, but the steps after it went ${value > 0 ? 'well' : 'badly'}`;
  if (value > 0 === own > 0) {
    const more = Math.abs(value) > Math.abs(own);
    if (own > 0) return more ? 'and later steps added most of it' : 'and later steps added to it';
    return more ? 'and the steps after it lost most of it' : 'and later steps did not make up for it but lost more';
  }
  const turned = Math.abs(value) > Math.abs(own);
  if (own < 0)
    return turned ? 'but later steps more than made up for it' : 'and later steps made up for only a part of it';
  return turned ? 'but later steps lost more than that again' : 'though later steps lost a part of it again';
}

function episodeAgainstGroup({ credit, quantity }: TermOfStep): string {
  const [own, mean] = [quantity('episode reward')!, quantity('group mean')!];
  // What the mean is of decides it: an episode of many steps may count as many times.
  const bySteps = credit.quantities.find(({ name }) => name === 'group values')?.description.includes('the steps of');
  const less = quantity('penalty') === undefined ? '' : ', what invalid actions cost taken off';
  return `the whole episode earned ${amount(own)}${ownPenalty(credit, quantity)}, the mean over all ${bySteps ? 'steps' : 'episodes'} of its group${less} is ${amount(mean)}`;
}

function nearerToSuccess({ credit, quantity, facts }: TermOfStep): string {
  const [before, after] = [quantity('distance')!, quantity('next distance')!];
  if (after === 0) return 'it led to success';
  if (facts.last) return `${endedHere(facts)} without success`;
  const away = (distance: number) => `${amount(distance)} ${distance === 1 ? 'step' : 'steps'}`;
  if (!leadsToSuccess(credit, after)) {
    return leadsToSuccess(credit, before)
      ? `it led to a state from which nobody reached success, the one before was ${away(before)} from it`
      : 'it led from one state to another from which nobody reached success';
  }
  if (after === before) return `it came no nearer: still ${away(after)} from success`;
  return `it ${after < before ? 'came nearer' : 'led away'}: ${away(after)} from success, before ${amount(before)}`;
}

/**
 * Whether a distance of GraphGPO was counted, or stands in for one, d_max + 1, since nobody reached success from there. A
 * counted distance has a step that leads to the next smaller one; if the stand-in had, d_max would be larger.
 */
function leadsToSuccess({ quantities }: CreditView, distance: number): boolean {
  const values = (name: string) => quantities.find((column) => column.name === name)!.values;
  const next = values('next distance');
  return values('distance').some((d, t) => d === distance && next[t] === distance - 1);
}

/** One of the levels of HGPO, each with its own numbers and what it adds. */
function sameLastStates({ credit, term, value, quantity }: TermOfStep, before: readonly TermOfStep[]): string {
  const level = LEVEL.exec(term.name)![1];
  const states = level === '1' ? 'the same last state' : `the same last ${level} states`;
  const [score, mean, visits] = [quantity('score'), quantity(`mean, ${term.name}`), quantity(`visits, ${term.name}`)];
  if (score === undefined || mean === undefined || visits === undefined) return `${formatCredit(value)} from ${states}`;
  const others = `${amount(visits)} visits with ${states} have ${amount(mean)} on average (${formatCredit(value)})`;
  return before.some((other) => LEVEL.test(other.term.name))
    ? `the ${others}`
    : `${returnFromHere(credit, score, quantity)}, the group's ${others}`;
}

function earnedFromHere({ credit, quantity }: TermOfStep): string {
  const [score, mean, visits] = [quantity('score')!, quantity('state mean')!, quantity('visits')!];
  return `${returnFromHere(credit, score, quantity)}, the group's ${amount(visits)} visits to this state have ${amount(mean)} on average`;
}

/** What is compared of a step: its return less what its own invalid action cost. */
function returnFromHere(credit: CreditView, score: number, quantity: TermOfStep['quantity']): string {
  const less = ownPenalty(credit, quantity);
  return `its return from here on is ${amount(less === '' ? score : score + quantity('penalty')!)}${less}`;
}

/** What the step's own invalid action took off, where no term of its own says so. */
function ownPenalty({ terms }: CreditView, quantity: TermOfStep['quantity']): string {
  const penalty = quantity('penalty') ?? 0;
  if (penalty === 0 || terms.some(({ name }) => name === 'penalty')) return '';
  return ` less ${amount(penalty)} for its invalid action`;
}

function reachedState({ credit, quantity }: TermOfStep): string {
  const [after, mean] = [quantity('next value')!, quantity('next mean')!];
  return `it led to a state worth ${amount(after)}${ownPenalty(credit, quantity)}, steps from here to one worth ${amount(mean)} on average`;
}

function gainedValue({ quantity }: TermOfStep): string {
  const [gain, mean] = [quantity('gain')!, quantity('gain mean')!];
  return `it ${gain < 0 ? 'lost' : 'gained'} ${amount(Math.abs(gain))} in value, steps of the group ${mean < 0 ? 'lost' : 'gained'} ${amount(Math.abs(mean))} on average`;
}

function returnAgainstBatch({ quantity }: TermOfStep): string {
  const [own, mean] = [quantity('return')!, quantity('mean')!];
  return `its return from here on is ${amount(own)}, steps of the batch have ${amount(mean)} on average`;
}

function invalidAction({ quantity }: TermOfStep): string {
  const penalty = quantity('penalty');
  return `its action was invalid${penalty === undefined ? '' : `, which cost ${amount(penalty)}`}`;
}

function sameForAll({ value }: TermOfStep, before: readonly TermOfStep[], advantage: number): string {
  const turned = before.length > 0 && advantage - value > 0 !== advantage > 0;
  return `${turned ? 'but' : 'and'} every step ${value > 0 ? 'gains' : 'loses'} ${readable(Math.abs(value), 2)} so that the mean is 0`;
}

/** An amount of reward or value, short. */
function amount(value: number): string {
  return formatAmount(value, 2);
}

/** A description as a part of a sentence: without its full stop and units. */
function plain(description: string): string {
  const text = description.replace(/[.;][^.;]*(units|deviations|steps)\.?$/, '').replace(/\.$/, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Where each term's standard deviation stands that it was divided by. */
const DEVIATIONS: Readonly<Record<string, readonly string[]>> = {
  residual: ['std'],
  'own step': ['std'],
  episode: ['group std', 'deviation'],
  penalty: ['group std', 'deviation'],
  return: ['deviation'],
  step: ['state std', 'step std'],
  'next-node': ['next std'],
  edge: ['gain std'],
};

/** Below this standard deviation, reward units, a small difference makes a large credit. */
const NARROW = 0.2;

/** Said where a term is many times what its amounts let expect, since it was divided by a small standard deviation. */
export function narrowly({ term, value, quantity }: TermOfStep): string | undefined {
  // The distances of GraphGPO are told in steps, their deviation is one of scores.
  if (isNothing(value) || (term.name === 'step' && quantity('distance') !== undefined)) return undefined;
  const names = LEVEL.test(term.name) ? [`std, ${term.name}`] : (DEVIATIONS[term.name] ?? []);
  const deviation = names.map(quantity).find((one) => one !== undefined);
  if (deviation === undefined || isNothing(deviation) || deviation >= NARROW) return undefined;
  return `what it is compared with differs so little (standard deviation ${amount(deviation)}) that dividing by it makes this ${readable(1 / deviation, 2)} times as large`;
}
