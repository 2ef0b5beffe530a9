import type { Reader } from './events.ts';
import type { WorldMemory } from './world.ts';

/**
 * Writes a memory down for a small model: short lines of few words that are always in the same place, things and places the task does
 * not need left out. This is engineered help; a comparison with models that read the raw texts should say so.
 *
 *     task put a clean cup on a shelf      the sentence, lower case, without punctuation
 *     hold cup2 clean                      the held thing and its qualities
 *     at box1 shut                         where the agent is, and that it is closed
 *     here cup1 lamp1                      things here that the task names
 *     know cup3 box2                       such things seen elsewhere, each with its place
 *     there cup4 shelf2                    such things at a place that the task names, here or elsewhere
 *     for shelf1 shelf2 basin1             places that the task names or needs
 *     new box2 box3 shelf2                 places not looked into yet, closed ones among them
 *     last go to box1                      the last command that did something
 *     refused2 open shelf1                 how many commands since then did nothing, nine at most, and the latest
 *
 * Names are written without their space: tokenizers of the Qwen2 family make that space a token of its own.
 */
export function writePrompt(memory: WorldMemory, reader: Reader): string {
  const words = taskWords(memory.task);
  const wanted = new Set(words);
  const tools = new Set(reader.tools(words));
  const named = (thing: string): boolean => wanted.has(kindOf(thing));
  const qualities = (thing: string): string[] => {
    const own = [...(memory.qualities.get(thing) ?? [])].sort();
    return memory.lit.has(thing) ? [...own, 'lit'] : own;
  };
  const described = (thing: string): string => [thing, ...qualities(thing)].join(' ');

  const lines = [`task ${words.join(' ')}`, `hold ${memory.held ? described(memory.held) : 'nothing'}`];
  const here = memory.at === undefined ? undefined : memory.places.get(memory.at);
  lines.push(`at ${memory.at ?? 'middle'}${here?.closed ? ' shut' : ''}`);
  const seen = [...memory.places].flatMap(([place, { things }]) =>
    [...(things ?? [])].filter(named).map((thing) => ({ thing, place })),
  );
  const list = (word: string, items: readonly string[]): void => {
    if (items.length > 0) lines.push(`${word} ${[...items].sort(byName).join(' ')}`);
  };
  const meant = (place: string): boolean => wanted.has(kindOf(place));
  const elsewhere = seen.filter((s) => s.place !== memory.at && !meant(s.place));
  list(
    'here',
    seen.filter((s) => s.place === memory.at && !meant(s.place)).map((s) => described(s.thing)),
  );
  list(
    'know',
    elsewhere.map((s) => `${described(s.thing)} ${s.place}`),
  );
  list(
    'there',
    seen.filter((s) => meant(s.place)).map((s) => `${described(s.thing)} ${s.place}`),
  );
  const needed = [...memory.places.keys()].filter((name) => wanted.has(kindOf(name)) || tools.has(kindOf(name)));
  if (needed.length > 0) lines.push(`for ${inOrder(needed)}`);
  const unseen = [...memory.places].filter(([, place]) => place.things === undefined).map(([name]) => name);
  if (unseen.length > 0) lines.push(`new ${inOrder(unseen)}`);
  if (memory.last !== undefined) lines.push(`last ${memory.last}`);
  if (memory.refusals > 0) lines.push(`refused ${Math.min(9, memory.refusals)} ${memory.refused}`);
  return tightNames(`${lines.join('\n')}\ndo`);
}

/** The words of a task sentence, lower case, without punctuation. */
export function taskWords(sentence: string): string[] {
  return sentence.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** "desk lamp 2" → "desk lamp": a name without its number. */
export function kindOf(name: string): string {
  return name.replace(/ \d+$/, '');
}

function numberOf(name: string): number {
  return Number(/\d+$/.exec(name)?.[0] ?? 0);
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Names in the order of their kinds and numbers. */
function inOrder(names: readonly string[]): string {
  return [...names].sort((a, b) => byName(kindOf(a), kindOf(b)) || numberOf(a) - numberOf(b)).join(' ');
}

/** "go to box 1" → "go to box1". */
export function tightNames(text: string): string {
  return text.replace(/(\p{L}) (\d+)/gu, '$1$2');
}

/** "go to box1" → "go to box 1". */
export function looseNames(text: string): string {
  return text.replace(/(\p{L})(\d+)/gu, '$1 $2');
}
