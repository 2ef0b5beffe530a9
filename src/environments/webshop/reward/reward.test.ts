import { describe, expect, it } from 'vitest';
import type { Goal } from '../goals.ts';
import {
  bookOf,
  everyWord,
  goldenLines,
  hasOfficialData,
  oddProducts,
  officialGolden,
} from '../odd-shop.test-support.ts';
import type { Product } from '../product.ts';
import { normalizeColor } from './colors.ts';
import { taggerFromFile, winkTagger } from './nouns.ts';
import { reward } from './reward.ts';
import { tokenSetRatio } from './token-set-ratio.ts';

if (!hasOfficialData) console.log('skipped: 4,861 token_set_ratio pairs; the official data are not there');

const product: Product = {
  asin: 'B000000001',
  title: 'lamp lamp shade',
  description: '',
  bulletPoints: ['essential oils inside'],
  price: '$35.0',
  pricing: [35],
  options: [],
  category: 'beauty',
  query: 'lamps',
  productCategory: 'a › b › c',
  attributes: ['tea tree'],
  humanInstructions: [],
};

const goal: Goal = {
  asin: 'B000000001',
  instruction: '',
  attributes: ['tea tree', 'essential oils', 'natural ingredients'],
  options: { color: 'grey', size: 'xl' },
  priceUpper: 40,
  weight: 1,
  category: 'beauty',
  query: 'lamps',
  name: 'lamp lamp shade',
  productCategory: 'a › b › c',
};

describe('reward', () => {
  it('counts attributes in lists and texts, options and price', () => {
    const { score, details } = reward(product, goal, new Map([['color', 'grey']]), 35, everyWord);
    expect(score).toBeCloseTo((2 + 1 + 1) / 6, 12);
    expect(details).toMatchObject({ r_type: 1, r_att: 2 / 3, r_option: 1 / 2, r_price: true, w_att: 1 / 2 });
  });

  it('counts the nouns of the goal with repetitions, those of the purchase without', () => {
    expect(reward(product, goal, new Map(), 35, everyWord).details.title_score).toBeCloseTo(2 / 3, 12);
  });

  it.each([
    ['no type in common', { query: 'socks', productCategory: 'x', title: 'sock wool' }, 0],
    ['a similar title alone', { query: 'socks', productCategory: 'x', title: 'shade' }, 1],
    ['the same category alone', { query: 'socks', productCategory: 'c › x › a', title: 'lamp' }, 1],
    ['the same query but no noun', { productCategory: 'x', title: 'sock wool' }, 0],
  ])('has the factor of %s', (_, changed, factor) => {
    const { details } = reward({ ...product, ...changed }, goal, new Map(), 35, everyWord);
    expect(details.r_type).toBe(factor);
  });

  it('is 0.5 of the rest for a title that shares little and 0.1 for one that shares hardly anything', () => {
    const long = { ...goal, name: 'one two three four five six seven eight nine lamp lamp lamp' };
    const other = { ...product, query: 'x', productCategory: 'x' };
    expect(reward({ ...other, title: 'one two' }, long, new Map(), 35, everyWord).details.r_type).toBe(0.5);
    expect(reward({ ...other, title: 'one' }, long, new Map(), 35, everyWord).details.r_type).toBe(0.1);
  });

  it('equals what the original says of random purchases', async () => {
    const products = await oddProducts();
    const byAsin = new Map(products.map((p) => [p.asin, p]));
    const books = [bookOf(products, false), bookOf(products, true)];
    for (const line of goldenLines('odd-rewards.jsonl.gz')) {
      const { human, goal, asin, options, total, info } = line as {
        human: 0 | 1;
        goal: number;
        asin: string;
        options: Record<string, string>;
        total: number;
        info: unknown;
      };
      const { goals, prices } = books[human];
      const chosen = new Map(Object.entries(options));
      const got = reward(byAsin.get(asin)!, goals[goal], chosen, prices.get(asin)!, everyWord);
      expect([got.score, got.details], JSON.stringify(line)).toEqual([total, info]);
    }
  });

  it('is 1 for the goal itself, its options and its price, whoever tags', async () => {
    const products = await oddProducts();
    const byAsin = new Map(products.map((p) => [p.asin, p]));
    for (const goal of bookOf(products, false).goals) {
      const bought = byAsin.get(goal.asin)!;
      // Not all goals ask for what their product has.
      const has = goal.attributes.every((a) => bought.attributes.some((b) => tokenSetRatio(a, b) > 85));
      const { score, details } = reward(bought, goal, new Map(Object.entries(goal.options)), 1, winkTagger());
      expect([details.r_type, details.r_price]).toEqual([1, true]);
      if (has && details.r_option === 1) expect(score).toBe(1);
    }
  });
});

describe('tokenSetRatio', () => {
  it.runIf(hasOfficialData)('equals thefuzz on difflib', () => {
    for (const [a, b, difflib] of JSON.parse(officialGolden('token-set-ratio.json')) as [string, string, number][])
      expect(tokenSetRatio(a, b), `${a} / ${b}`).toBe(difflib);
  });

  it.each([
    ['decorative mirror', 'makeup mirror', 63],
    ['drawstring closure', 'elastic closure', 73],
    ['car audio', 'car stereo', 53],
    ['a b c', 'c b a', 100],
    ['powder snow', 'cool powder snow', 100],
    ['', 'x', 0],
    ['é', 'é', 0],
    ['ā', 'ā', 100],
  ])('of %j and %j is %i', (a, b, ratio) => expect(tokenSetRatio(a, b)).toBe(ratio));
});

describe('normalizeColor', () => {
  it.each([
    ['dusk blue', 'blue'],
    ['layered', 'red'],
    ['dark red', 'dark'],
    ['xl', 'xl'],
  ])('of %j is %j', (text, color) => expect(normalizeColor(text)).toBe(color));
});

describe('taggers', () => {
  it('find nouns without spaCy', () => {
    const tagger = winkTagger();
    expect(tagger.exact).toBe(false);
    expect(tagger.nouns('Wooden desk lamp with a heavy base')).toEqual(
      expect.arrayContaining(['desk', 'lamp', 'base']),
    );
  });

  it('refuse files that are not there or not like that', async () => {
    await expect(taggerFromFile('/nowhere.json')).rejects.toThrow(/nowhere\.json/);
  });
});
