/** What people might say who want one of the products. */

import type { Random } from '../../../text/random.ts';
import { attribute, type Role } from './attributes.ts';
import type { Kind } from './kinds.ts';
import type { RawHumanInstruction } from './raw.ts';

/** {one} is the thing with its article, {many} is the plural. */
const PATTERNS = [
  "i'm after {one}",
  'do you have {one}?',
  'can you find me {one}',
  'i need {one} before friday',
  'my sister asked me for {one}',
  'show me {many}',
  'i would like to buy {one}, please',
  'looking for {many}',
  'help me pick {one}',
  'we just moved and could use {one}',
  'are there any {many}?',
  'what i want is {one}, nothing fancy',
  "hello, it's my turn to shop and {one} is on the list",
  'please add {one} to my cart',
  '{many}',
  'i lost my old one, so now i want {one}',
];

/** How a sentence names a choice, by name of option. */
const CHOICES: Readonly<Record<string, string>> = {
  color: 'in {v}',
  size: 'in size {v}',
  style: 'in the {v} style',
  scent: 'that smells of {v}',
  'flavor name': 'in {v} flavor',
  pack: 'as a {v}',
};

/**
 * A sentence that asks for a product.
 *
 * @param wanted the attributes that it may ask for; it takes one or two
 * @param options names and values as the shop shows them
 */
export function humanInstruction(
  asin: string,
  kind: Kind,
  attributes: readonly string[],
  wanted: readonly string[],
  options: readonly (readonly [name: string, values: readonly string[]])[],
  random: Random,
): RawHumanInstruction {
  const asked = random.shuffle([...wanted]).slice(0, 1 + random.below(2));
  const chosen = options.map(([name, values]) => [name, random.pick(values)] as const);
  const named = chosen.filter(() => random.next() < 0.75);
  const pattern = random.pick(PATTERNS);
  const thing = thingAsked(kind, asked, named, pattern.includes('{many}'), random);
  return {
    asin,
    instruction: pattern.replace(/\{(?:one|many)\}/, thing),
    attributes: [...attributes],
    options: chosen.map(([name, value]) => `${name}: ${value}`),
    instruction_attributes: asked,
    instruction_options: named.map(([, value]) => value),
  };
}

function thingAsked(
  kind: Kind,
  asked: readonly string[],
  named: readonly (readonly [name: string, value: string])[],
  many: boolean,
  random: Random,
): string {
  const by = (role: Role): string[] => asked.filter((name) => attribute(name).role === role);
  // Said in other words, a quality comes last: "that wipes down with a damp cloth".
  const loose = many ? [] : by('is').filter(() => random.next() < 0.4);
  const qualities = by('is').filter((name) => !loose.includes(name));
  const measure = kind.measure !== '' && !many ? [kind.measure] : [];
  const noun = many || kind.measure !== '' ? kind.query : kind.singular;
  const list = (word: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [word, names.map((name) => attribute(name).phrase).join(' and ')];
  const text = [
    ...measure,
    ...qualities,
    noun,
    ...list('with', by('with')),
    ...list('for', by('for')),
    ...named.map(([name, value]) => CHOICES[name].replace('{v}', value)),
    ...(loose.length > 0 ? [`that ${loose.map((name) => attribute(name).tail).join(' and ')}`] : []),
  ].join(' ');
  if (many) return text;
  return `${/^(?!usb)[aeiou]/.test(text) ? 'an' : 'a'} ${text}`;
}
