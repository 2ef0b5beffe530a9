import { describe, expect, it } from 'vitest';
import { PythonRandom } from '../../text/python-random.ts';
import { loadCatalogue } from './catalogue.ts';
import { drawGoal, type Goal, humanGoalBook, limitGoals, syntheticGoalBook, syntheticGoals } from './goals.ts';
import { asRecorded, hasOfficialData, oddProducts, officialData, officialGolden } from './odd-shop.test-support.ts';

if (!hasOfficialData) console.log('skipped: the goals of the official products; they are not there');

interface GoldenGoals {
  readonly pre_seed: number;
  readonly shuffle_seed: number;
  readonly human: boolean;
  readonly prices: Record<string, number>;
  readonly goals: unknown[];
}

const goalWith = (weight: number): Goal => ({
  asin: String(weight),
  instruction: '',
  attributes: [],
  options: [],
  priceUpper: 1,
  weight,
  category: '',
  query: '',
  name: '',
  productCategory: '',
});

describe('goals', () => {
  it
    .runIf(hasOfficialData)
    .each(['goals-synthetic.json.gz', 'goals-synthetic-verl-agent-seed0.json.gz', 'goals-human.json'])(
    'are those of the original: %s',
    async (name) => {
      const golden = JSON.parse(officialGolden(name)) as GoldenGoals;
      const { products } = await loadCatalogue(officialData);
      const make = golden.human ? humanGoalBook : syntheticGoalBook;
      const book = make(products, { preSeed: golden.pre_seed, shuffleSeed: golden.shuffle_seed });
      expect(book.goals.map(asRecorded)).toEqual(golden.goals);
      expect(Object.fromEntries(book.prices)).toEqual(golden.prices);
    },
  );

  it('are one for every combination of options, with weights that favour rare attributes', async () => {
    const products = await oddProducts();
    const goals = syntheticGoals(products);
    const expected = products
      .filter(({ instruction }) => instruction !== undefined)
      .reduce((sum, { options }) => sum + options.reduce((all, { values }) => all * values.length, 1), 0);
    expect(goals.length).toBe(expected);
    const uses = new Map<string, number>();
    for (const { attributes } of goals) for (const a of attributes) uses.set(a, (uses.get(a) ?? 0) + 1);
    for (const { attributes, weight } of goals) {
      const rarity = attributes.map((a) => 1 / uses.get(a)!);
      expect(weight).toBeCloseTo(rarity.reduce((a, b) => a + b) / rarity.length, 12);
    }
  });

  it('have a limit above the price, in tens of dollars, or none', async () => {
    const { goals, prices } = syntheticGoalBook(await oddProducts());
    for (const { asin, priceUpper, instruction } of goals) {
      if (priceUpper === 1_000_000) {
        expect(instruction).not.toContain('price lower than');
        continue;
      }
      expect(priceUpper).toBeGreaterThan(prices.get(asin)!);
      expect(instruction).toContain(`, and price lower than ${priceUpper}.00 dollars`);
    }
  });

  it('keep their order when only prices are drawn anew, and the other way round', async () => {
    const products = await oddProducts();
    const [a, b, c] = [
      { preSeed: 1, shuffleSeed: 2 },
      { preSeed: 9, shuffleSeed: 2 },
      { preSeed: 1, shuffleSeed: 3 },
    ].map((seeds) => syntheticGoalBook(products, seeds));
    const names = ({ goals }: typeof a): string[] => goals.map(({ asin, options }) => asin + JSON.stringify(options));
    expect(names(b)).toEqual(names(a));
    expect(names(c)).not.toEqual(names(a));
    expect(c.prices).toEqual(a.prices);
  });
});

describe('drawing goals by weight', () => {
  const goals = [goalWith(5), goalWith(1), goalWith(3), goalWith(1)];

  it('never draws the first, and gives the share of the last two to the last, as the original does', () => {
    const random = new PythonRandom(1);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 20_000; i++) counts[drawGoal(goals, random)]++;
    expect(counts[0]).toBe(0);
    expect(counts[1] / 20_000).toBeCloseTo(0.5, 1);
    expect(counts[2] / 20_000).toBeCloseTo(0.1, 1);
    expect(counts[3] / 20_000).toBeCloseTo(0.4, 1);
  });

  it('limits to different goals', () => {
    const few = limitGoals(goals, 2, new PythonRandom(1));
    expect(new Set(few).size).toBe(2);
    expect(limitGoals(goals, 4, new PythonRandom(1))).toBe(goals);
    expect(limitGoals(goals, 3, new PythonRandom(1)).length).toBe(3);
  });
});
