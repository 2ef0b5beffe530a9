import { pythonString, pythonStrip } from '../../../text/python-text.ts';
import type { Goal } from '../goals.ts';
import type { Product } from '../product.ts';
import { normalizeColor, normalizePair } from './colors.ts';
import type { NounTagger } from './nouns.ts';
import { tokenSetRatio } from './token-set-ratio.ts';

/** A score and what it is made of, by the original's names. */
export interface Reward {
  /** From 0 to 1; 1 means that everything the goal asks for was bought. */
  readonly score: number;
  readonly details: RewardDetails;
}

export interface RewardDetails {
  /** 1, 0.5, 0.1 or 0: whether it is the right kind of product. */
  readonly r_type: number;
  /** Share of the goal's attributes. */
  readonly r_att: number;
  readonly w_att: number;
  readonly query_match: boolean;
  readonly category_match: boolean;
  /** Share of the nouns of the goal's title that are in the title bought. */
  readonly title_score: number;
  /** Share of the goal's options; absent where it has none. */
  readonly r_option?: number;
  readonly w_option?: number;
  readonly r_price: boolean;
  readonly w_price: number;
}

/** Two texts are taken for the same above this. */
const ALIKE = 85;

/**
 * What a purchase is worth for a goal (WebShop, Yao et al. 2022, arXiv 2207.01206, equation 1, as the original's code computes it):
 * (attributes + options + price) / (all of them) × the factor for the type.
 *
 * @param bought the product bought
 * @param options the options chosen, by name
 * @param price what it costs, dollars
 * @param nouns finds the nouns of titles
 */
export function reward(
  bought: Product,
  goal: Goal,
  options: ReadonlyMap<string, string>,
  price: number,
  nouns: NounTagger,
): Reward {
  const type = typeReward(bought, goal, nouns);
  const attributes = countAttributes(bought, goal.attributes);
  const wanted = wantedOptions(goal);
  const chosen = countOptions([...options.values()], wanted);
  const inPrice = price <= goal.priceUpper;
  const all = goal.attributes.length + wanted.length + 1;
  const score = ((attributes + chosen + (inPrice ? 1 : 0)) / all) * type.r_type;
  return {
    score,
    details: {
      ...type,
      r_att: attributes / goal.attributes.length,
      w_att: goal.attributes.length / all,
      ...(wanted.length > 0 && { r_option: chosen / wanted.length, w_option: wanted.length / all }),
      r_price: inPrice,
      w_price: 1 / all,
    },
  };
}

function typeReward(bought: Product, goal: Goal, nouns: NounTagger) {
  const query_match = bought.query === goal.query;
  const category_match = countCommon(levels(bought.productCategory), levels(goal.productCategory)) >= 2;
  const wanted = nouns.nouns(goal.name);
  const title_score = wanted.length === 0 ? 0.2 : countCommon(nouns.nouns(bought.title), wanted) / wanted.length;
  let r_type = query_match || category_match || title_score > 0.2 ? 1 : 0.5;
  if (title_score < 0.1) r_type = 0.1;
  if (title_score === 0) r_type = 0;
  return { r_type, query_match, category_match, title_score };
}

function levels(productCategory: string): string[] {
  return productCategory.split('›').map(pythonStrip);
}

/** Different texts that are in both lists. */
function countCommon(a: readonly string[], b: readonly string[]): number {
  const inB = new Set(b);
  return new Set(a.filter((text) => inB.has(text))).size;
}

function countAttributes(bought: Product, wanted: readonly string[]): number {
  const texts = [bought.title, bought.bulletPoints.join(' '), bought.description].map((text) => text.toLowerCase());
  return wanted.filter(
    (attribute) =>
      bought.attributes.some((known) => tokenSetRatio(known, attribute) > ALIKE) ||
      texts.some((text) => text.includes(attribute)),
  ).length;
}

/** Synthetic goals hold pairs, so that the name of the option is compared too; human goals only values. */
function wantedOptions({ options }: Goal): readonly string[] {
  if (Array.isArray(options)) return options.map(normalizeColor);
  return Object.entries(options).map(
    ([name, value]) => normalizePair(name, value) ?? `(${pythonString(name)}, ${pythonString(value)})`,
  );
}

function countOptions(chosen: readonly string[], wanted: readonly string[]): number {
  const colors = chosen.map(normalizeColor);
  return wanted.filter((option) => colors.some((color) => tokenSetRatio(color, option) > ALIKE)).length;
}
