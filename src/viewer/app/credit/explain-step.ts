import { readable } from '../../../reports/ticks.ts';
import type { CreditView } from '../../api.ts';
import { formatCredit, isNothing } from './format-credit.ts';
import { clauseOf, narrowly, type StepFacts, type TermOfStep } from './term-wordings.ts';

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
    .map((term): TermOfStep => ({ credit, term, value: term.values[row] ?? 0, facts, quantity }))
    .filter(({ value }) => !isNothing(value));
  const whole = terms.reduce((sum, { value }) => sum + Math.abs(value), 0);
  if (whole === 0) return `${formatCredit(advantage)}: ${nothing(credit, facts, quantity('penalty'))}.`;

  const large = terms.filter(
    ({ term, value }) => Math.abs(value) >= (term.name === 'centring' ? SMALL_SHIFT : SMALL) * whole,
  );
  const ordered = inOrder(large);
  const clauses = ordered.map((one, i) => clauseOf(one, ordered.slice(0, i), advantage));
  const kept = laterStepsKept(credit, row, ordered);
  if (kept !== undefined) clauses.splice(1, 0, kept);
  const narrow = narrowly(ordered[0]);
  if (narrow !== undefined) clauses.push(narrow);
  return `${formatCredit(advantage)}: ${joined(clauses)}.`;
}

/** @param penalty what the step's invalid action took off, where the algorithm has a penalty */
function nothing(credit: CreditView, { valid }: StepFacts, penalty: number | undefined): string {
  if (credit.advantages.every(isNothing)) return 'no step of the group differs from the others';
  const alike = 'nothing sets this step apart from what it is compared with';
  if (valid) return alike;
  return penalty === undefined || penalty === 0
    ? `its action was invalid, but no penalty is set for that, and ${alike}`
    : `its action was invalid, which cost ${readable(penalty, 2)}, but ${alike}: all of that was as bad`;
}

/** The largest first, but what the later steps add after what the step did, and what is the same for all at the end. */
function inOrder(terms: readonly TermOfStep[]): TermOfStep[] {
  const place = ({ term }: TermOfStep) => (term.name === 'centring' ? 2 : FOLLOWS.has(term.name) ? 1 : 0);
  return [...terms].sort((a, b) => place(a) - place(b) || Math.abs(b.value) - Math.abs(a.value));
}

const FOLLOWS: ReadonlySet<string> = new Set(['later residuals', 'other steps']);

/** Said where the later steps of the episode changed next to nothing. */
function laterStepsKept({ terms }: CreditView, row: number, told: readonly TermOfStep[]): string | undefined {
  const later = terms.find(({ name }) => name === 'later residuals');
  if (typeof later?.values[row] !== 'number' || told.some(({ term }) => term === later)) return undefined;
  if (told[0]?.term.name !== 'residual') return undefined;
  return told[0].value < 0 ? 'and later steps did not make up for it' : 'and later steps changed little of it';
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
