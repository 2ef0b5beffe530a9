import type { Inspection, InspectOptions, Problem } from '../inspection.ts';
import type { Catalogue } from './catalogue.ts';
import { humanGoalBook, syntheticGoalBook } from './goals.ts';
import type { Shop } from './shop.ts';

/** Products looked at between two looks at the signal. */
const STRIDE = 100;

/**
 * Looks for what would make results wrong or not comparable: products that a search for their own title does not find, goals that cannot be
 * reached because an option cannot be clicked, attributes that goals ask for and products lack.
 */
export async function inspectShop(catalogue: Catalogue, shop: Shop, options: InspectOptions): Promise<Inspection> {
  const { products, leftOut, source } = catalogue;
  const problems: Problem[] = [];
  const synthetic = syntheticGoalBook(products).goals;
  const human = humanGoalBook(products).goals;
  const total = products.length;
  let withGoal = 0;
  let ranges = 0;
  let untitled = 0;
  for (const [i, product] of products.entries()) {
    if (i % STRIDE === 0) {
      options.signal?.throwIfAborted();
      await new Promise(setImmediate);
      options.onProgress?.(i, total);
    }
    const refuse = (problem: string): void => {
      problems.push({ where: `product ${product.asin}`, problem });
    };
    if (product.asin !== product.asin.toUpperCase())
      refuse('its number has small letters, so that it can never be opened');
    if (product.title.trim() === '') untitled++;
    else if (!shop.search(product.title.toLowerCase(), 50).includes(product))
      refuse('a search for its title does not find it');
    for (const { name, values } of product.options) {
      if (values.length === 0 && product.instruction !== undefined)
        refuse(`its option ${JSON.stringify(name)} has no value, so that it has no synthetic goals`);
      const odd = values.find((value) => value === '' || value === 'search' || /[\n\]]/.test(value));
      if (odd !== undefined) refuse(`its value ${JSON.stringify(odd)} of ${JSON.stringify(name)} cannot be clicked`);
    }
    if (product.instruction !== undefined) withGoal++;
    if (product.pricing.length > 1) ranges++;
  }
  options.onProgress?.(total, total);
  return {
    version: versionOf(catalogue, synthetic.length, human.length),
    facts: [
      ['source', source],
      ['products', `${total}${leftOut > 0 ? `, ${leftOut} records left out (repeated or without number)` : ''}`],
      ['without title', `${untitled}, which no search for a title finds`],
      ['prices', `${ranges} products have a range, from which the price is drawn`],
      ['synthetic goals', `${synthetic.length}, of ${withGoal} products`],
      ['human goals', `${human.length}`],
      ['nouns', shop.nouns.exact ? `exact: ${shop.nouns.name}` : `approximate: ${shop.nouns.name}`],
    ],
    problems,
  };
}

/** What is known of the official files by their numbers. */
function versionOf({ products, source }: Catalogue, synthetic: number, human: number): string {
  if (!source.endsWith('.json')) return 'the shop of this package';
  if (products.length === 1000 && synthetic === 6910)
    return `the official 1,000 products with their 6,910 synthetic goals${human === 13 ? ' and 13 human goals' : ''}`;
  if (human === 12087) return 'the full official catalogue with its 12,087 human goals';
  return 'none of the known releases';
}
