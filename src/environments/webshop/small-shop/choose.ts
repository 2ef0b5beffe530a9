/** Which attributes, instruction, options and price each of the look-alikes of a type gets. */

import type { Random } from '../../../text/random.ts';
import type { Kind } from './kinds.ts';

/** Products of each type. */
export const LOOK_ALIKES = 8;

const MOST_COMBINATIONS = 24;

/** The attributes that a type can have. */
export const POOL = 7;

/** How many attributes the products of a type have, how many their instructions ask for, and how many names of options there are. */
const ATTRIBUTES = [3, 3, 4, 4, 4, 4, 5, 5];
const WANTED = [1, 2, 2, 2, 2, 3, 3, 3];
const OPTIONS = [0, 1, 1, 1, 1, 2, 2, 2];
const MORE_OPTIONS = [0, 1, 1, 1, 2, 2, 2, 3];

/** All sets of attributes, by how many are in them. */
const SETS = Array.from({ length: POOL + 1 }, (_, size) =>
  Array.from({ length: 1 << POOL }, (_, set) => set).filter((set) => bits(set) === size),
);

/** The attributes of a product and those that its instruction asks for. */
export interface AttributeChoice {
  readonly attributes: readonly string[];
  readonly wanted: readonly string[];
}

/**
 * Chooses for all products of a type: sets of attributes that have as little in common as can be, and of each the part that fewest
 * look-alikes have all of. A set is a number here, with one bit for each attribute of the type.
 */
export function attributeChoices(kind: Kind, random: Random): readonly AttributeChoice[] {
  const sets: number[] = [];
  for (const size of random.shuffle([...ATTRIBUTES])) {
    const likeness = (set: number): number => sets.reduce((sum, other) => sum + bits(set & other) ** 2, 0);
    sets.push(least(SETS[size], random, likeness));
  }
  const sizes = random.shuffle([...WANTED]);
  return sets.map((own, i) => {
    const parts = SETS[sizes[i]].filter((part) => (part & own) === part);
    const wanted = least(parts, random, (part) =>
      sets.reduce((sum, other) => sum + Number((part & other) === part), 0),
    );
    const order = random.shuffle([...kind.attributes.keys()]);
    const names = (set: number): string[] => order.filter((bit) => set & (1 << bit)).map((bit) => kind.attributes[bit]);
    return { attributes: names(own), wanted: names(wanted) };
  });
}

/** Values by name of option for each of the products. */
export function optionSets(kind: Kind, random: Random): readonly Readonly<Record<string, readonly string[]>>[] {
  const names = Object.keys(kind.options);
  return random.shuffle([...(names.length > 2 ? MORE_OPTIONS : OPTIONS)]).map((count) => {
    const chosen = random.shuffle([...names]).slice(0, count);
    let left = MOST_COMBINATIONS;
    const values = chosen.map((name, i) => {
      const all = kind.options[name];
      const most = Math.min(all.length, [6, 5, 3][count - 1], Math.floor(left / 2 ** (count - 1 - i)));
      const some = random.shuffle([...all]).slice(0, Math.min(most, 2 + random.below(most)));
      left = Math.floor(left / some.length);
      // Sizes stay in their order.
      return [name, all.filter((value) => some.includes(value))] as const;
    });
    return Object.fromEntries(values);
  });
}

/** Prices spread over what the type costs, cheap and dear ones evenly on a scale of ratios; some are ranges, a few are missing. */
export function prices({ prices: [low, high] }: Kind, random: Random): readonly string[] {
  const places = random.shuffle(Array.from({ length: LOOK_ALIKES }, (_, i) => i));
  return places.map((place) => {
    const price = low * (high / low) ** ((place + random.next()) / LOOK_ALIKES);
    const luck = random.next();
    if (luck < 0.03) return '';
    return luck < 0.13 ? money(price, random) + money(price * (1.3 + random.next()), random) : money(price, random);
  });
}

function money(price: number, random: Random): string {
  const cents = random.pick(['.0', '.5', '.49', '.95', '.99', '.99']);
  return `$${Math.min(399, Math.max(2, Math.floor(price)))}${cents}`;
}

function bits(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** One of those that cost least: the first from a random place on. */
function least(items: readonly number[], random: Random, cost: (item: number) => number): number {
  const start = random.below(items.length);
  let best = items[start];
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < items.length; i++) {
    const item = items[(start + i) % items.length];
    const own = cost(item);
    if (own >= lowest) continue;
    lowest = own;
    best = item;
  }
  return best;
}
