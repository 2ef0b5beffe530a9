import { readable } from '../../../reports/ticks.ts';
import type { CreditColumn, CreditView } from '../../api.ts';
import { formatCredit } from './format-credit.ts';

/** What a sentence may say of a step besides its numbers. */
export interface StepFacts {
  readonly valid: boolean;
  readonly last: boolean;
  readonly reward: number;
}

/** A term of one step with the quantities of that step. */
interface TermOfStep {
  readonly term: CreditColumn;
  readonly value: number;
  readonly facts: StepFacts;
  /** A quantity of the step by its name; undefined where there is none. */
  readonly quantity: (name: string) => number | undefined;
}

/** A term smaller than this share of all is not spoken of. */
const SMALL = 0.05;
/** The same of what every step gets alike. */
const SMALL_SHIFT = 0.15;

/**
 * One sentence: where the credit of a step comes from, in words. It is made of the terms, the largest first; each is told by
 * the quantities it was computed from, or, where no wording knows them, by its own description.
 *
 * @param row of the step in the lists of the credit
 */
export function explainStep(credit: CreditView, row: number, facts: StepFacts): string {
  const advantage = credit.advantages[row];
  const quantities = new Map(credit.quantities.map(({ name, values }) => [name, values[row]]));
  const quantity = (name: string) => quantities.get(name) ?? undefined;
  const terms = credit.terms
    .map((term) => ({ term, value: term.values[row] ?? 0, facts, quantity }))
    .filter(({ value }) => value !== 0);
  const whole = terms.reduce((sum, { value }) => sum + Math.abs(value), 0);
  if (whole === 0) return `${formatCredit(advantage)}: ${nothing(credit, facts)}.`;

  const large = terms.filter(
    ({ term, value }) => Math.abs(value) >= (term.name === 'centring' ? SMALL_SHIFT : SMALL) * whole,
  );
  const ordered = inOrder(large);
  const clauses = ordered.map((one, i) => clauseOf(one, ordered.slice(0, i), advantage));
  const kept = laterStepsKept(credit, row, ordered);
  if (kept !== undefined) clauses.splice(1, 0, kept);
  return `${formatCredit(advantage)}: ${joined(clauses)}.`;
}

function nothing(credit: CreditView, { valid }: StepFacts): string {
  if (credit.advantages.every((a) => a === 0)) return 'no step of the group differs from the others';
  return valid ? 'nothing sets this step apart from what it is compared with' : 'an invalid action without a price';
}

/** The largest first, but what the later steps add after what the step did, and what is the same for all at the end. */
function inOrder(terms: readonly TermOfStep[]): TermOfStep[] {
  const place = ({ term }: TermOfStep) => (term.name === 'centring' ? 2 : FOLLOWS.has(term.name) ? 1 : 0);
  return [...terms].sort((a, b) => place(a) - place(b) || Math.abs(b.value) - Math.abs(a.value));
}

const FOLLOWS: ReadonlySet<string> = new Set(['later residuals', 'other steps']);

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

function clauseOf(step: TermOfStep, before: readonly TermOfStep[], advantage: number): string {
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
    const end =
      reward === 0 ? 'the episode ended here with nothing' : `the episode ended here${earned && `, ${earned}`}`;
    return `${end}, and the state before was worth ${amount(before)}`;
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

/** What the reward of the step did, a penalty of an invalid action in it. */
function rewardClause(reward: number, { valid, reward: own }: StepFacts): string {
  const penalty = own - reward;
  if (!valid && penalty > 0) {
    const cost = `its action was invalid, which cost ${amount(penalty)}`;
    return own === 0 ? cost : `it earned ${amount(own)} and ${cost}`;
  }
  return reward === 0 ? '' : reward > 0 ? `it earned ${amount(reward)}` : `it cost ${amount(-reward)}`;
}

function laterSteps({ value }: TermOfStep, before: readonly TermOfStep[], advantage: number): string {
  const own = before.find(({ term }) => term.name === 'residual')?.value ?? 0;
  if (own === 0) return `by itself it changed little, but the steps after it went ${value > 0 ? 'well' : 'badly'}`;
  if (value > 0 === own > 0) {
    const more = Math.abs(value) > Math.abs(own);
    if (own > 0) return more ? 'and later steps added most of it' : 'and later steps added to it';
    return more ? 'and the steps after it lost even more' : 'and later steps did not make up for it but lost more';
  }
  const turned = own > 0 !== advantage > 0;
  if (own < 0)
    return turned ? 'but later steps more than made up for it' : 'and later steps made up for only a part of it';
  return turned ? 'but later steps lost more than that again' : 'though later steps lost a part of it again';
}

/** Said where the later steps of the episode changed next to nothing. */
function laterStepsKept({ terms }: CreditView, row: number, told: readonly TermOfStep[]): string | undefined {
  const later = terms.find(({ name }) => name === 'later residuals');
  if (typeof later?.values[row] !== 'number' || told.some(({ term }) => term === later)) return undefined;
  if (told[0]?.term.name !== 'residual') return undefined;
  return told[0].value < 0 ? 'and later steps did not make up for it' : 'and later steps changed little of it';
}

function episodeAgainstGroup({ quantity }: TermOfStep): string {
  const [own, mean] = [quantity('episode reward')!, quantity('group mean')!];
  return `the whole episode earned ${amount(own)}, its group ${amount(mean)} on average`;
}

function nearerToSuccess({ quantity, facts }: TermOfStep): string {
  const [before, after] = [quantity('distance')!, quantity('next distance')!];
  if (after === 0) return 'it led to success';
  if (facts.last) return 'the episode ended here without success';
  const steps = `${amount(after)} ${after === 1 ? 'step' : 'steps'} from success`;
  if (after === before) return `it came no nearer: still ${steps}`;
  return after < before
    ? `it came nearer: ${steps}, before ${amount(before)}`
    : `it led away: ${steps}, before ${amount(before)}`;
}

function earnedFromHere({ quantity }: TermOfStep): string {
  const [score, mean, visits] = [quantity('score')!, quantity('state mean')!, quantity('visits')!];
  return `from here on it earned ${amount(score)}, the group's ${amount(visits)} visits to this state ${amount(mean)} on average`;
}

function reachedState({ quantity }: TermOfStep): string {
  const [after, mean] = [quantity('next value')!, quantity('next mean')!];
  return `it led to a state worth ${amount(after)}, steps from here to one worth ${amount(mean)} on average`;
}

function gainedValue({ quantity }: TermOfStep): string {
  const [gain, mean] = [quantity('gain')!, quantity('gain mean')!];
  return `it ${gain < 0 ? 'lost' : 'gained'} ${amount(Math.abs(gain))} in value, steps of the group ${mean < 0 ? 'lost' : 'gained'} ${amount(Math.abs(mean))} on average`;
}

function returnAgainstBatch({ quantity }: TermOfStep): string {
  const [own, mean] = [quantity('return')!, quantity('mean')!];
  return `from here on the episode earned ${amount(own)}, steps of the batch ${amount(mean)} on average`;
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
  return readable(value, 2);
}

/** A description as a part of a sentence: without its full stop and units. */
function plain(description: string): string {
  const text = description.replace(/[.;][^.;]*(units|deviations|steps)\.?$/, '').replace(/\.$/, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Clauses as one sentence; some bring their own conjunction. */
function joined(clauses: readonly string[]): string {
  return clauses
    .map((clause, i) => {
      if (i === 0) return clause.replace(/^(and|but|though) /, '');
      return /^(and|but|though) /.test(clause) ? `, ${clause}` : `; ${clause}`;
    })
    .join('');
}
