/** The texts of a product: title, features, description. */

import type { Random } from '../../../text/random.ts';
import { attribute, type Role } from './attributes.ts';
import type { Kind } from './kinds.ts';

const BRANDS = (
  'Ostrane Velbrin Tarnquill Mooreth Quenby Dralfen Hildrume Isparro Jorvane Kelsprit Lunteck Marwisp Nuvello Pelloway Quorra ' +
  'Rindelo Tolmira Umberlo Yarrick Zelmont Corvalo Dwennet Elstrop Gossmere'
).split(' ');

const LINES = 'Harbor Meadow Summit Orchard Ridge Willow Cove Prairie Cabin'.split(' ');

/** Sentences about an attribute, by its role: {a} is the attribute, {n} the noun, {t} what follows. */
const SENTENCES: Readonly<Record<Role, readonly string[]>> = {
  is: ['{a}: it {t}.', 'This {a} {n} {t}.', '{a} {n} that {t}.', 'Thanks to its {a} design it {t}.'],
  with: ['It has {a} {t}.', 'The {n} comes with {a} {t}.', 'You get {a} {t}.', '{a} {t}.'],
  for: ['A good choice for {a}.', 'Made for {a}.', 'The {n} works well for {a}.', 'Many people buy it for {a}.'],
};

/** Sentences that are true of everything in a category. */
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  beauty: ['Try a little on your arm first.', 'Store it in a cool place.', 'Our own recipe since the start.'],
  electronics: [
    'The maker stands behind it for two years.',
    'A short guide is in the box.',
    'Tested for ten thousand uses.',
  ],
  fashion: [
    'See the size chart before you order.',
    'The seams are sewn twice.',
    'Colors may look brighter on a screen.',
  ],
  garden: [
    'All parts are in the box.',
    'Measure your place before you order.',
    'New parts are sent when one is missing.',
  ],
  grocery: ['Keep it in a dry cupboard.', 'Best within two weeks of opening.', 'Packed on the day it is made.'],
};

const CLOSINGS = [
  'A simple thing done well.',
  'You will use it every week.',
  'Our customers order it again and again.',
];

/** The brands of the look-alikes of one type, all different. */
export function brands(count: number, random: Random): readonly string[] {
  return random.shuffle([...BRANDS]).slice(0, count);
}

export interface Wording {
  readonly title: string;
  readonly features: string[];
  readonly description: string;
}

/** Tells every attribute once: the first one or two in the title, one in the description, the others among the features. */
export function wording(kind: Kind, brand: string, attributes: readonly string[], random: Random): Wording {
  const inTitle = attributes.length === 3 ? 1 : 1 + random.below(2);
  const told = attributes.slice(inTitle, -1).map((name) => sentence(kind, name, random));
  const plain = random.shuffle([...PLAIN[kind.category]]);
  const fillers = Math.max(2 - told.length, random.below(Math.min(3, 5 - told.length)));
  const describing = sentence(kind, attributes[attributes.length - 1], random);
  const around = random.shuffle([kind.about, random.pick(CLOSINGS)]).slice(0, random.below(3));
  return {
    title: title(kind, brand, attributes.slice(0, inTitle), random),
    features: random.shuffle([...told, ...plain.slice(0, fillers)]),
    description: random.shuffle([describing, ...around]).join(' '),
  };
}

function title(kind: Kind, brand: string, names: readonly string[], random: Random): string {
  const by = (role: Role): string[] => names.filter((name) => attribute(name).role === role);
  const start = random.below(2) === 0 ? [brand] : [brand, random.pick(LINES)];
  const facts = random.shuffle([...kind.facts]);
  const purpose = by('for').map((name) => ` for ${name}`);
  const withParts = by('with').length === 0 ? '' : ` with ${by('with').join(' and ')}`;
  const parts =
    random.below(2) === 0
      ? [`${[...start, ...by('is'), kind.singular].join(' ')}${withParts}${purpose.join(' and')}`]
      : [
          `${[...start, kind.singular].join(' ')}${purpose.join(' and')}`,
          ...random.shuffle([...by('is'), ...by('with')]),
        ];
  const least = 9 + random.below(6);
  while (facts.length > 0 && words(parts) < least) parts.push(facts.pop() as string);
  return capitalized(parts.join(', '));
}

function words(parts: readonly string[]): number {
  return parts.join(' ').split(' ').length;
}

function capitalized(text: string): string {
  return text.replace(/\b[a-z]+/g, (word) => {
    if (word === 'usb' || word === 'uv' || word === 'bpa' || word === 'gmo') return word.toUpperCase();
    return word === 'with' || word === 'for' || word === 'and' || word === 'to' ? word : upperFirst(word);
  });
}

function sentence(kind: Kind, name: string, random: Random): string {
  const { role, phrase, tail } = attribute(name);
  const text = random.pick(SENTENCES[role]);
  return upperFirst(text.replace('{a}', phrase).replace('{n}', kind.noun).replace('{t}', tail));
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
