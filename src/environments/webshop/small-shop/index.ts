/** A shop of our own invention, in the shapes of the original's three files. */

import { hash32, Random } from '../../../text/random.ts';
import { attribute, type Role } from './attributes.ts';
import { attributeChoices, LOOK_ALIKES, optionSets, prices } from './choose.ts';
import { humanInstruction } from './human.ts';
import { KINDS, type Kind } from './kinds.ts';
import type { RawHumanInstruction, RawInstruction, RawProduct } from './raw.ts';
import { brands, wording } from './wording.ts';

export type { RawHumanInstruction, RawInstruction, RawProduct } from './raw.ts';

export interface SmallShop {
  readonly products: RawProduct[];
  /** By asin. */
  readonly instructions: Record<string, RawInstruction>;
  readonly humanInstructions: Record<string, RawHumanInstruction[]>;
}

const SEED = 12;

const HUMAN_INSTRUCTIONS = 60;

/** The share of products that have attributes but no synthetic instruction. */
const UNASKED = 0.07;

/**
 * 320 products: eight look-alikes of each of forty types in five categories. The same at every call, and new objects each time.
 *
 * @param branch another shop of the same types, words and prices, with other products
 */
export function smallShop(branch = 0): SmallShop {
  const seed = SEED + branch;
  const products: RawProduct[] = [];
  const instructions: Record<string, RawInstruction> = {};
  const people: ((random: Random) => RawHumanInstruction)[] = [];
  for (const [k, kind] of KINDS.entries()) {
    const random = (purpose: string): Random => Random.of(seed, `small-shop ${purpose}`, k);
    const choices = attributeChoices(kind, random('attributes'));
    const options = optionSets(kind, random('options'));
    const pricing = prices(kind, random('prices'));
    const names = brands(LOOK_ALIKES, random('brands'));
    const words = random('words');
    const unasked = random('unasked');
    for (const [i, { attributes, wanted }] of choices.entries()) {
      const { title, features, description } = wording(kind, names[i], attributes, words);
      const asin = asinOf(`${kind.query} ${i}`, branch);
      products.push({
        asin,
        name: title,
        full_description: description,
        small_description: features,
        pricing: pricing[i],
        images: [`${kind.singular.replace(' ', '-')}.png`],
        category: kind.category,
        query: kind.query,
        product_category: kind.productCategory,
        customization_options: rawOptions(options[i]),
      });
      const shown = Object.entries(options[i]).map(
        ([name, values]) => [name.toLowerCase(), values.map(asShown)] as const,
      );
      people.push((source) => humanInstruction(asin, kind, attributes, wanted, shown, source));
      instructions[asin] = { attributes: [...attributes] };
      if (unasked.next() < UNASKED) continue;
      instructions[asin] = {
        attributes: [...attributes],
        instruction: instruction(kind, wanted),
        instruction_attributes: [...wanted],
      };
    }
  }
  const order = Random.of(seed, 'small-shop order');
  const asked = order.shuffle(people).slice(0, HUMAN_INSTRUCTIONS);
  const said = asked.map((say, i) => say(Random.of(seed, 'small-shop people', i)));
  return {
    products: order.shuffle(products),
    instructions,
    humanInstructions: Object.fromEntries(said.map((human) => [human.asin, [human]])),
  };
}

/** In the original's words, which name neither options nor price: `Find me non slip desk lamps with usb port`. */
function instruction(kind: Kind, wanted: readonly string[]): string {
  const list = (before: string, role: Role): string => {
    const names = wanted.filter((name) => attribute(name).role === role);
    return names.length === 0 ? '' : `${before}${names.join(', ')}`;
  };
  return `Find me${list(' ', 'is')} ${kind.query}${list(' with ', 'with')}${list(' for ', 'for')}`;
}

function rawOptions(options: Readonly<Record<string, readonly string[]>>): RawProduct['customization_options'] {
  const entries = Object.entries(options);
  if (entries.length === 0) return '';
  return Object.fromEntries(entries.map(([name, values]) => [name, values.map((value) => ({ value, image: null }))]));
}

/** How the shop writes a value of its data. */
function asShown(value: string): string {
  return value.replaceAll('/', ' | ').toLowerCase();
}

/** `B0` and eight capitals or digits, the first of them always a letter. */
function asinOf(product: string, branch: number): string {
  const name = branch === 0 ? product : `${product} of branch ${branch}`;
  const digits = [1, 2].map((part) => hash32(name, part).toString(36).toUpperCase().padStart(7, '0').slice(-4));
  const letter = String.fromCharCode(65 + (hash32(name, 3) % 26));
  return `B0${letter}${digits.join('').slice(1)}`;
}
