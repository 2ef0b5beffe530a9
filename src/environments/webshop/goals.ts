import { PythonRandom } from '../../text/python-random.ts';
import { comparePythonStrings } from '../../text/python-text.ts';
import type { Product } from './product.ts';

/** What a shopper is to buy. */
export interface Goal {
  readonly asin: string;
  /** What the shopper is told. */
  readonly instruction: string;
  readonly attributes: readonly string[];
  /** Synthetic goals: value by name of option. Human goals: values. */
  readonly options: Readonly<Record<string, string>> | readonly string[];
  /** Dollars; 1,000,000 where the instruction names no price. */
  readonly priceUpper: number;
  /** How likely it is where goals are drawn at random. */
  readonly weight: number;
  readonly category: string;
  readonly query: string;
  readonly name: string;
  readonly productCategory: string;
}

export interface GoalSeeds {
  /** Seed of the prices and price limits. The original draws them unseeded, so that they differ from run to run. */
  readonly preSeed?: number;
  /** Seed of the order: 233 in the original. */
  readonly shuffleSeed?: number;
}

/** What this package uses where nothing is said. */
export const DEFAULT_SEEDS = { preSeed: 42, shuffleSeed: 233 } as const;

/** Goals in their order, with the price that each product has while they are played. */
export interface GoalBook {
  readonly goals: readonly Goal[];
  readonly prices: ReadonlyMap<string, number>;
}

const PRICE_LIMITS = Array.from({ length: 99 }, (_, i) => 10 * (i + 1));

/** "No limit". */
const ANY_PRICE = 1_000_000;

/** Every combination of options of every product that has a synthetic instruction; the original's default. */
export function syntheticGoals(products: readonly Product[], seeds: GoalSeeds = {}): readonly Goal[] {
  return syntheticGoalBook(products, seeds).goals;
}

/** One goal for every sentence that somebody wrote. */
export function humanGoals(products: readonly Product[], seeds: GoalSeeds = {}): readonly Goal[] {
  return humanGoalBook(products, seeds).goals;
}

export function syntheticGoalBook(products: readonly Product[], seeds: GoalSeeds = {}): GoalBook {
  return goalBook(products, seeds, (prices, random) => {
    const goals: Goal[] = [];
    const uses = new Map<string, number>();
    for (const product of products) {
      const { instruction, instructionAttributes: attributes } = product;
      if (instruction === undefined || attributes === undefined) continue;
      const limit = priceLimit(prices.get(product.asin) as number, random);
      const options = product.options.toSorted((a, b) => comparePythonStrings(a.name, b.name));
      for (const values of combinations(options.map((option) => option.values))) {
        const chosen = values.map((value, i) => [options[i].name, value] as const);
        const wish = chosen.map(([name, value]) => `${name}: ${value}`).join(', and ');
        goals.push({
          ...goalOf(product, limit.upper),
          instruction: `${instruction}${wish === '' ? '' : ` with ${wish}`}${limit.text}`,
          attributes,
          options: Object.fromEntries(chosen),
          weight: 0,
        });
        for (const attribute of attributes) uses.set(attribute, (uses.get(attribute) ?? 0) + 1);
      }
    }
    return goals.map((goal) => {
      const rarity = goal.attributes.reduce((sum, attribute) => sum + 1 / (uses.get(attribute) as number), 0);
      return { ...goal, weight: rarity / goal.attributes.length };
    });
  });
}

export function humanGoalBook(products: readonly Product[], seeds: GoalSeeds = {}): GoalBook {
  return goalBook(products, seeds, (prices, random) => {
    const goals: Goal[] = [];
    for (const product of products) {
      for (const { instruction, attributes, options } of product.humanInstructions) {
        if (attributes.length === 0) continue;
        const limit = priceLimit(prices.get(product.asin) as number, random);
        goals.push({
          ...goalOf(product, limit.upper),
          instruction: `${instruction.replace(/^\.+|\.+$/g, '')}${limit.text}`,
          attributes,
          options,
          weight: 1,
        });
      }
    }
    return goals;
  });
}

/** A goal as likely as its weight, with the original's slip: the first goal is never drawn, and the last takes its share too. */
export function drawGoal(goals: readonly Goal[], random: PythonRandom): number {
  const bounds = [0];
  for (const { weight } of goals) bounds.push((bounds.at(-1) as number) + weight);
  return drawIndex(bounds, random);
}

/** So many different goals drawn like that, in the order of drawing; all of them where there are no more. */
export function limitGoals(goals: readonly Goal[], count: number, random: PythonRandom): readonly Goal[] {
  if (count >= goals.length) return goals;
  const bounds = [0];
  for (const { weight } of goals) bounds.push((bounds.at(-1) as number) + weight);
  // The first can never be drawn.
  const drawn = new Set<number>();
  while (drawn.size < Math.min(count, goals.length - 1)) drawn.add(drawIndex(bounds, random));
  return Array.from(drawn, (index) => goals[index]);
}

function drawIndex(bounds: readonly number[], random: PythonRandom): number {
  const place = random.uniform(0, bounds.at(-1) as number);
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (place < bounds[middle]) high = middle;
    else low = middle + 1;
  }
  return Math.min(low, bounds.length - 2);
}

function goalBook(
  products: readonly Product[],
  { preSeed = DEFAULT_SEEDS.preSeed, shuffleSeed = DEFAULT_SEEDS.shuffleSeed }: GoalSeeds,
  make: (prices: ReadonlyMap<string, number>, random: PythonRandom) => Goal[],
): GoalBook {
  const random = new PythonRandom(preSeed);
  const prices = new Map<string, number>();
  for (const { asin, pricing } of products)
    prices.set(asin, pricing.length === 1 ? pricing[0] : random.uniform(pricing[0], pricing[1]));
  const goals = make(prices, random);
  new PythonRandom(shuffleSeed).shuffle(goals);
  return { goals, prices };
}

function goalOf(product: Product, priceUpper: number) {
  const { asin, category, query, title: name, productCategory } = product;
  return { asin, category, query, name, productCategory, priceUpper };
}

/** One of the next four multiples of ten dollars above the price, the higher of two drawn. */
function priceLimit(price: number, random: PythonRandom): { upper: number; text: string } {
  const above = PRICE_LIMITS.filter((limit) => limit > price).slice(0, 4);
  if (above.length < 2) return { upper: ANY_PRICE, text: '' };
  const upper = Math.max(...random.sample(above, 2));
  return { upper, text: `, and price lower than ${upper.toFixed(2)} dollars` };
}

/** Every way to take one of each list, the last changing fastest. */
function combinations(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return lists.reduce<readonly (readonly string[])[]>(
    (shorter, list) => shorter.flatMap((start) => list.map((item) => [...start, item])),
    [[]],
  );
}
