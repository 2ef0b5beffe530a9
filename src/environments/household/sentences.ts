/** The task sentences: what the agent is told to do, in two phrasings per family. */

/** The families of tasks, in the order in which task indices cycle through them. */
export const FAMILIES = ['pick', 'clean', 'heat', 'cool', 'two', 'look'] as const;

export type Family = (typeof FAMILIES)[number];

/** How many phrasings each family has. */
export const PHRASINGS = 2;

/**
 * The sentence of a task, full stop included.
 *
 * @param thing kind of the thing to bring, `cup`
 * @param target kind of place to bring it to with its preposition, `in a box` / `on a shelf` (`look`: not read)
 */
export function taskSentence(family: Family, phrasing: number, thing: string, target: Target): string {
  const a = `${target.preposition} a ${target.place}`;
  const one = `${target.preposition} one ${target.place}`;
  const sentences: Record<Family, readonly [string, string]> = {
    pick: [`put a ${thing} ${a}.`, `find a ${thing} and put it ${a}.`],
    clean: [`put a clean ${thing} ${a}.`, `wash a ${thing} and put it ${a}.`],
    heat: [`put a warm ${thing} ${a}.`, `warm a ${thing} and put it ${a}.`],
    cool: [`put a cold ${thing} ${a}.`, `chill a ${thing} and put it ${a}.`],
    two: [`put a ${thing} and another ${thing} ${one}.`, `find a ${thing} and another ${thing} and put them ${one}.`],
    look: [`look at a ${thing} under a lamp.`, `find a ${thing} and look at it under a lamp.`],
  };
  return sentences[family][phrasing];
}

/** The kind of place a task names, with the word before it. */
export interface Target {
  readonly place: string;
  readonly preposition: 'in' | 'on';
}
