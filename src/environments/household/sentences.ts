/** The task sentences: what the agent is told to do, in two phrasings per family. */

/** The families of tasks, in the order in which task indices cycle through them. */
export const FAMILIES = ['pick', 'clean', 'heat', 'cool', 'two', 'look'] as const;

export type Family = (typeof FAMILIES)[number];

/** How many phrasings each family has. */
export const PHRASINGS = 2;

/** What a task sentence says. */
export interface Wish {
  readonly family: Family;
  /** Kind of the thing: `cup`. */
  readonly thing: string;
  /** Kind of the place to bring it to, with the word before it: `in a box`, `on a shelf`; absent for `look`. */
  readonly target?: { readonly preposition: 'in' | 'on'; readonly place: string };
}

/** The sentence of a task, full stop included; `phrasing` is 0 or 1. */
export function taskSentence(wish: Wish, phrasing: number): string {
  const { family, thing, target } = wish;
  const where = target ? `${target.preposition} ${family === 'two' ? 'one' : 'a'} ${target.place}` : 'under a lamp';
  const sentences: Record<Family, readonly [string, string]> = {
    pick: [`put a ${thing} ${where}.`, `find a ${thing} and put it ${where}.`],
    clean: [`put a clean ${thing} ${where}.`, `wash a ${thing} and put it ${where}.`],
    heat: [`put a warm ${thing} ${where}.`, `warm a ${thing} and put it ${where}.`],
    cool: [`put a cold ${thing} ${where}.`, `chill a ${thing} and put it ${where}.`],
    two: [
      `put a ${thing} and another ${thing} ${where}.`,
      `find a ${thing} and another ${thing} and put them ${where}.`,
    ],
    look: [`look at a ${thing} ${where}.`, `find a ${thing} and look at it ${where}.`],
  };
  return sentences[family][phrasing];
}

const WHERE = '(in|on) (?:a|one) (\\w+)\\.$';

/** For every family the forms its sentence takes; the groups are thing, preposition, place. */
const FORMS: Readonly<Record<Family, RegExp>> = {
  two: new RegExp(`^(?:put|find) a (\\w+) and another \\w+ (?:and put them )?${WHERE}`),
  look: /^(?:find a|look at a) (\w+) (?:and look at it )?under a lamp\.$/,
  clean: new RegExp(`^(?:put a clean|wash a) (\\w+) (?:and put it )?${WHERE}`),
  heat: new RegExp(`^(?:put a warm|warm a) (\\w+) (?:and put it )?${WHERE}`),
  cool: new RegExp(`^(?:put a cold|chill a) (\\w+) (?:and put it )?${WHERE}`),
  pick: new RegExp(`^(?:put|find) a (\\w+) (?:and put it )?${WHERE}`),
};

/** Reads a task sentence; undefined when it is none. */
export function parseTaskSentence(sentence: string): Wish | undefined {
  for (const family of FAMILIES) {
    const match = FORMS[family].exec(sentence);
    if (!match) continue;
    const [, thing, preposition, place] = match;
    if (family === 'look') return { family, thing };
    return { family, thing, target: { preposition: preposition === 'in' ? 'in' : 'on', place } };
  }
  return undefined;
}
