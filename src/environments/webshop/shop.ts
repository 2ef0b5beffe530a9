import type { Goal } from './goals.ts';
import { ShopSession } from './pages/session.ts';
import type { Product } from './product.ts';
import type { NounTagger } from './reward/nouns.ts';
import { ProductSearch } from './search/product-search.ts';

export interface ShopOptions {
  /** Tags titles when something is bought. */
  readonly nouns: NounTagger;
  /** Whether product pages have the button Attributes, as the original's `show_attrs`. Default: no. */
  readonly showAttributes?: boolean;
}

/** Results kept for the next page of the same search. */
const REMEMBERED = 256;

/** Products, their search engine and what a purchase is judged by; any number of sessions share one. */
export class Shop {
  readonly products: readonly Product[];
  readonly showAttributes: boolean;
  readonly nouns: NounTagger;
  private readonly byAsin: ReadonlyMap<string, Product>;
  private readonly engine: ProductSearch;
  private readonly results = new Map<string, readonly Product[]>();

  constructor(products: readonly Product[], options: ShopOptions) {
    this.products = products;
    this.nouns = options.nouns;
    this.showAttributes = options.showAttributes ?? false;
    this.byAsin = new Map(products.map((product) => [product.asin, product]));
    this.engine = ProductSearch.fromProducts(products);
  }

  product(asin: string): Product | undefined {
    return this.byAsin.get(asin);
  }

  search(query: string, k: number): readonly Product[] {
    const key = `${k} ${query}`;
    let found = this.results.get(key);
    if (found === undefined) {
      found = this.engine.search(query, k).map(({ asin }) => this.byAsin.get(asin) as Product);
      if (this.results.size >= REMEMBERED) this.results.delete(this.results.keys().next().value as string);
      this.results.set(key, found);
    }
    return found;
  }

  /** A shopper with this goal on the search page. */
  open(goal: Goal, prices: ReadonlyMap<string, number>, name = '0', seed = 0): ShopSession {
    return new ShopSession(this, goal, prices, name, seed);
  }
}
