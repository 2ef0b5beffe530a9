import { describe, expect, it } from 'vitest';
import { syntheticGoals } from '../goals.ts';
import { contentsOf, type Product, readProduct } from '../product.ts';
import { normalizeColor } from '../reward/colors.ts';
import { reward } from '../reward/reward.ts';
import { tokenSetRatio } from '../reward/token-set-ratio.ts';
import { POOL } from './choose.ts';
import { smallShop } from './index.ts';
import { KINDS } from './kinds.ts';

const shop = smallShop();
const products = shop.products.map((raw) =>
  readProduct(raw, shop.instructions[raw.asin], shop.humanInstructions[raw.asin] ?? [], raw.asin),
);
const byAsin = new Map(products.map((product) => [product.asin, product]));
const goals = syntheticGoals(products);
const people = Object.values(shop.humanInstructions).flat();

/** Nouns matter to other tests. */
const anyWord = { name: 'words', exact: true, nouns: (title: string) => title.toLowerCase().split(' ') };

function textOf({ title, bulletPoints, description }: Product): string {
  return [title, ...bulletPoints, description].join('\n').toLowerCase();
}

function lookAlikes({ asin, query }: Product): readonly Product[] {
  return products.filter((other) => other.query === query && other.asin !== asin);
}

function share<T>(items: readonly T[], test: (item: T) => boolean): number {
  return items.filter(test).length / items.length;
}

describe('the small shop', () => {
  it('has eight products of each of forty types', () => {
    expect(products.length).toBe(320);
    expect(KINDS.length).toBe(40);
    for (const { query, category, attributes } of KINDS) {
      expect(attributes.length).toBe(POOL);
      const same = products.filter((product) => product.query === query);
      expect(same.length).toBe(8);
      expect(new Set(same.map((product) => `${product.category} ${product.productCategory}`)).size).toBe(1);
      expect(new Set(same.map(({ title }) => title.split(' ')[0])).size).toBe(8);
      expect(KINDS.filter((kind) => kind.category === category).length).toBe(8);
    }
  });

  it('is the same at every call, in objects of its own', () => {
    const again = smallShop();
    expect(again).toEqual(shop);
    expect(JSON.stringify(again)).toBe(JSON.stringify(shop));
    expect(again.products[0]).not.toBe(shop.products[0]);
    expect(again.instructions[again.products[0].asin]).not.toBe(shop.instructions[again.products[0].asin]);
  });

  it('has numbers as the original has', () => {
    expect(byAsin.size).toBe(320);
    for (const asin of byAsin.keys()) expect(asin).toMatch(/^B0(?=.*[A-Z])[0-9A-Z]{8}$/);
  });

  it('writes plain text', () => {
    expect(JSON.stringify(shop)).toMatch(/^[\x20-\x7e›]*$/);
    for (const raw of shop.products) {
      const words = raw.name.split(' ').length;
      expect(words).toBeGreaterThanOrEqual(8);
      expect(words).toBeLessThanOrEqual(16);
      expect(raw.small_description.length).toBeGreaterThanOrEqual(2);
      expect(raw.small_description.length).toBeLessThanOrEqual(4);
      for (const text of [...raw.small_description, raw.full_description]) expect(text).toMatch(/^[A-Z0-9].*\.$/);
      expect(JSON.stringify(raw)).not.toMatch(/[{}]\w| {2}|undefined|NaN/);
    }
    expect(new Set(products.map(contentsOf)).size).toBe(320);
  });

  it('keeps its vocabulary small', () => {
    const texts = products.flatMap((product) => [contentsOf(product), textOf(product), product.instruction ?? '']);
    const said = [...texts, ...people.map((human) => human.instruction)].join(' ').toLowerCase();
    expect(new Set(said.match(/[a-z]+/g)).size).toBeLessThan(1100);
  });

  it('tells every attribute of a product, in different places, and none of the others of its type', () => {
    const places = { title: 0, bulletPoints: 0, description: 0 };
    for (const product of products) {
      const { title, bulletPoints, description, attributes } = product;
      expect(attributes.length).toBeGreaterThanOrEqual(3);
      expect(attributes.length).toBeLessThanOrEqual(5);
      for (const name of attributes) {
        expect(textOf(product), product.asin).toContain(name);
        if (title.toLowerCase().includes(name)) places.title++;
        if (bulletPoints.join(' ').toLowerCase().includes(name)) places.bulletPoints++;
        if (description.toLowerCase().includes(name)) places.description++;
      }
      const pool = KINDS.find(({ query }) => query === product.query)?.attributes ?? [];
      for (const name of pool.filter((name) => !attributes.includes(name))) {
        expect(textOf(product)).not.toContain(name);
        for (const own of attributes) expect(tokenSetRatio(own, name)).toBeLessThanOrEqual(85);
      }
    }
    for (const count of Object.values(places)) expect(count).toBeGreaterThanOrEqual(320);
  });

  it('asks for one to three attributes that few look-alikes have', () => {
    const shares = products.map((product) => {
      const wanted = shop.instructions[product.asin].instruction_attributes;
      if (!wanted) return undefined;
      expect(wanted.length).toBeGreaterThanOrEqual(1);
      expect(wanted.length).toBeLessThanOrEqual(3);
      expect(product.attributes).toEqual(expect.arrayContaining(wanted));
      expect(product.instruction).toMatch(/^Find me /);
      for (const word of [product.query, ...wanted]) expect(product.instruction).toContain(word);
      return share(lookAlikes(product), (other) => wanted.every((name) => other.attributes.includes(name)));
    });
    const asked = shares.filter((value) => value !== undefined);
    expect(asked.length / 320).toBeGreaterThan(0.9);
    expect(asked.length / 320).toBeLessThan(0.96);
    expect(asked.reduce((a, b) => a + b) / asked.length).toBeLessThan(0.25);
    // No type is much more ambiguous than the others.
    for (const { query } of KINDS) {
      const own = shares.filter((value, i) => value !== undefined && products[i].query === query) as number[];
      expect(own.reduce((a, b) => a + b) / own.length, query).toBeLessThan(0.3);
    }
  });

  it('offers up to three options with at most 24 combinations', () => {
    for (const { options, asin } of products) {
      expect(options.length).toBeLessThanOrEqual(3);
      expect(options.reduce((all, { values }) => all * values.length, 1)).toBeLessThanOrEqual(24);
      for (const { name, values } of options) {
        expect(['color', 'size', 'style', 'scent', 'flavor name', 'pack']).toContain(name);
        expect(values.length, asin).toBeGreaterThanOrEqual(2);
        expect(values.length).toBeLessThanOrEqual(6);
        expect(new Set(values.map(normalizeColor)).size, values.join()).toBe(values.length);
      }
      const all = options.flatMap(({ values }) => values);
      expect(new Set(all).size).toBe(all.length);
    }
    const count = (n: number) => share(products, ({ options }) => options.length === n);
    expect([0, 1, 2, 3].map((n) => Math.round(100 * count(n)))).toEqual([13, 44, 38, 6]);
    expect(products.some(({ options }) => options.some(({ values }) => values.includes('80 | 120')))).toBe(true);
  });

  it('has prices, ranges and a few without', () => {
    const pricing = shop.products.map((raw) => raw.pricing);
    for (const text of pricing) expect(text).toMatch(/^$|^(\$\d+\.\d{1,2}){1,2}$/);
    const ranges = products.filter((product) => product.pricing.length === 2);
    for (const {
      pricing: [low, high],
    } of ranges)
      expect(low).toBeLessThan(high);
    expect(Math.abs(ranges.length / 320 - 0.1)).toBeLessThan(0.02);
    expect(share(pricing, (text) => text === '')).toBeGreaterThan(0.01);
    expect(share(pricing, (text) => text === '')).toBeLessThan(0.05);
    for (const { pricing: all } of products) for (const price of all) expect(price >= 2 && price <= 400).toBe(true);
  });

  it('pays in full for what was asked for, and hardly ever for another choice', () => {
    let others = 0;
    let confused = 0;
    for (const goal of goals) {
      const product = byAsin.get(goal.asin) as Product;
      const chosen = Object.entries(goal.options) as [string, string][];
      const score = (options: [string, string][]) => reward(product, goal, new Map(options), 0, anyWord).score;
      expect(score(chosen), goal.instruction).toBe(1);
      for (const [i, [name, value]] of chosen.entries()) {
        for (const other of product.options.find((option) => option.name === name)?.values ?? []) {
          if (other === value) continue;
          others++;
          if (score(chosen.with(i, [name, other])) === 1) confused++;
        }
      }
    }
    expect(goals.length).toBeGreaterThan(1500);
    expect(confused / others).toBeLessThan(0.02);
  });

  it('has sixty sentences as people say them', () => {
    expect(people.length).toBe(60);
    for (const human of people) {
      const product = byAsin.get(human.asin) as Product;
      expect(human.attributes).toEqual(product.attributes);
      expect(human.instruction).toBe(human.instruction.toLowerCase());
      expect([1, 2]).toContain(human.instruction_attributes.length);
      expect(product.attributes).toEqual(expect.arrayContaining(human.instruction_attributes));
      const values = product.options.flatMap((option) => option.values);
      expect(values).toEqual(expect.arrayContaining(human.instruction_options));
      for (const value of human.instruction_options) expect(human.instruction).toContain(value);
      expect(human.options.length).toBe(product.options.length);
    }
    expect(people.some((human) => human.instruction_options.length === 0)).toBe(true);
    expect(new Set(people.map((human) => human.instruction.split(' ').slice(0, 2).join(' '))).size).toBeGreaterThan(11);
  });
});
