import { pythonFloat } from '../../../text/python-text.ts';
import type { Product } from '../product.ts';
import { node, type PageNode } from './nodes.ts';
import { toJson } from './python-json.ts';

export const BACK_TO_SEARCH = 'Back to Search';
export const PREVIOUS = '< Prev';
export const NEXT = 'Next >';
export const BUY = 'Buy Now';
export const SUB_PAGES = ['Description', 'Features', 'Reviews', 'Attributes'] as const;
export type SubPage = (typeof SUB_PAGES)[number];

const backToSearch = node(BACK_TO_SEARCH, 'button');
const previous = node(PREVIOUS, 'button');
const next = node(NEXT, 'button');
const buy = node(BUY, 'button');

/** Where one can search. */
export function searchPage(instruction: string): readonly PageNode[] {
  return [...node('WebShop'), ...node('Instruction: '), ...node(instruction), ...node('Search', 'button')];
}

/** Ten of the products found. @param total how many were found in all */
export function resultsPage(
  instruction: string,
  products: readonly Product[],
  page: number,
  total: number,
): readonly PageNode[] {
  return [
    ...header(instruction),
    ...node(`Page ${page} (Total results: ${total})`),
    ...(page > 1 ? previous : []),
    ...next,
    ...products.flatMap(({ asin, title, price }) => [...node(asin, 'link'), ...node(title), ...node(price)]),
  ];
}

/** A product with its options. */
export function itemPage(instruction: string, product: Product, showAttributes: boolean): readonly PageNode[] {
  return [
    ...header(instruction),
    ...previous,
    ...product.options.flatMap(({ name, values }) => [
      ...node(name),
      ...values.flatMap((value) => node(value, 'choice')),
    ]),
    ...node(product.title),
    ...node(`Price: ${product.price}`),
    ...node('Rating: N.A.'),
    ...SUB_PAGES.filter((name) => showAttributes || name !== 'Attributes').flatMap((name) => node(name, 'button')),
    ...buy,
  ];
}

/** What one can read about a product; reviews are never there. */
export function subPage(instruction: string, product: Product, name: SubPage): readonly PageNode[] {
  return [...header(instruction), ...previous, ...contents(product, name)];
}

/** After the purchase. */
export function donePage(asin: string, options: ReadonlyMap<string, string>, score: number): readonly PageNode[] {
  return [...DONE_HEAD, asin, 'options', toJson(options), ...DONE_MIDDLE, pythonFloat(score), ...DONE_END].flatMap(
    (text) => node(text),
  );
}

function header(instruction: string): readonly PageNode[] {
  return [...node('Instruction:'), ...node(instruction), ...backToSearch];
}

function contents(product: Product, name: SubPage): readonly PageNode[] {
  switch (name) {
    case 'Description':
      return node(product.description);
    case 'Features':
      return product.bulletPoints.flatMap((point) => node(` ${point}`));
    case 'Reviews':
      return [];
    case 'Attributes':
      return [
        ...product.attributes.flatMap((attribute) => node(` ${attribute}`)),
        ...node(product.category),
        ...node(product.query),
        ...node(product.productCategory),
      ];
  }
}

/** What the page says whatever was bought, most of it hidden on a screen and never filled in. */
const DONE_HEAD = [
  'Thank you for shopping with us!',
  'Your code: ',
  'None',
  ' (Paste it in your MTurk interface.)',
  'Purchased',
  'asin',
];
const NOT_FILLED = ['attrs', 'category', 'query', 'product category'].flatMap((label) => [label, 'None']);
const DONE_MIDDLE = [
  ...NOT_FILLED,
  'Target',
  'asin',
  'options',
  'attrs',
  'price upper',
  'instuction text',
  'category',
  'product category',
  'query',
  'Goal ',
  'None',
  'Reward',
  'Your score (min 0.0, max 1.0)',
];
const DONE_END = ['Reward Details ', 'None'];
