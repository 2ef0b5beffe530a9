import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { loadCatalogue } from './catalogue.ts';
import { type Goal, type GoalBook, humanGoalBook, syntheticGoalBook } from './goals.ts';
import type { Product } from './product.ts';
import type { NounTagger } from './reward/nouns.ts';

const GOLDEN = new URL('../../../tests/golden/webshop/', import.meta.url);

/** The official product files and recordings made from them; not part of this repository. */
export const officialData = fileURLToPath(new URL('../../../../shared/data/webshop/', import.meta.url));
export const hasOfficialData = existsSync(officialData);

export function officialGolden(name: string): string {
  const bytes = readFileSync(`${officialData}golden/${name}`);
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

/** The tagger that the recordings were made with. */
export const everyWord: NounTagger = {
  name: 'every word',
  exact: true,
  nouns: (title) => (title.match(/[A-Za-z]+/g) ?? []).filter((w) => w.length >= 3).map((w) => w.toLowerCase()),
};

/** An invented catalogue that the original was recorded with, see tests/golden/webshop/README.md. */
export async function oddProducts(shop: 'odd' | 'strange' = 'odd'): Promise<readonly Product[]> {
  const { products } = await loadCatalogue(fileURLToPath(new URL(`${shop}-shop`, GOLDEN)));
  return products;
}

export function goldenLines(name: string): Record<string, unknown>[] {
  return gunzipSync(readFileSync(new URL(name, GOLDEN)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

export function bookOf(products: readonly Product[], human: boolean): GoalBook {
  return (human ? humanGoalBook : syntheticGoalBook)(products, { preSeed: 42, shuffleSeed: 233 });
}

/** A goal in the words of the original's dictionaries. */
export function asRecorded(goal: Goal) {
  return {
    asin: goal.asin,
    instruction_text: goal.instruction,
    attributes: goal.attributes,
    price_upper: goal.priceUpper,
    goal_options: goal.options,
    weight: goal.weight,
  };
}
