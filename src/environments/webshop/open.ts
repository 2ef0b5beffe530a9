import type { Catalogue } from './catalogue.ts';
import { loadCatalogue } from './catalogue.ts';
import { readProduct } from './product.ts';
import { taggerFromFile, winkTagger } from './reward/nouns.ts';
import { Shop } from './shop.ts';
import { WebShopSuite, type WebShopSuiteOptions } from './suite.ts';

export interface WebShopOptions extends Partial<WebShopSuiteOptions> {
  /** The folder of the official product files, or the product file in it. Default: the small shop of this package. */
  readonly data?: string;
  /** Only the first so many records. */
  readonly numProducts?: number;
  /** File of nouns by title, see `taggerFromFile`. Default: wink-nlp, which is not exact. */
  readonly nouns?: string;
  /** Whether product pages have the button Attributes. Default: no, as in the original. */
  readonly showAttributes?: boolean;
}

/**
 * Opens the shop (WebShop, Yao et al. 2022, arXiv 2207.01206).
 *
 * @throws WebShopDataError when the product files are not there or not what they should be
 */
export async function openWebShop(options: WebShopOptions = {}): Promise<WebShopSuite> {
  const { data, numProducts, nouns, showAttributes, ...rest } = options;
  const limit = numProducts === undefined ? {} : { numProducts };
  const catalogue: Catalogue =
    data === undefined ? await smallCatalogue(numProducts) : await loadCatalogue(data, limit);
  const tagger = nouns === undefined ? winkTagger() : await taggerFromFile(nouns);
  const shop = new Shop(catalogue.products, { nouns: tagger, showAttributes });
  return new WebShopSuite(catalogue, shop, {
    mode: rest.mode ?? 'text',
    maxSteps: rest.maxSteps ?? 15,
    reward: rest.reward ?? 'success',
    successReward: rest.successReward ?? 10,
    previousObservations: rest.previousObservations ?? 0,
    previousActions: rest.previousActions ?? 0,
    goals: rest.goals ?? 'synthetic',
    order: rest.order ?? 'clean',
    workerSeed: rest.workerSeed ?? 0,
    workers: rest.workers ?? 16,
    valWorkers: rest.valWorkers ?? 128,
  });
}

/** The shop of this package, read by the same rules as the official files. */
async function smallCatalogue(numProducts = Number.POSITIVE_INFINITY): Promise<Catalogue> {
  const { smallShop } = await import('./small-shop/index.ts');
  const { products, instructions, humanInstructions } = smallShop();
  const source = 'the small shop of this package';
  return {
    products: products
      .slice(0, numProducts)
      .map((raw, i) =>
        readProduct(raw, instructions[raw.asin], humanInstructions[raw.asin] ?? [], `${source}, record ${i + 1}`),
      ),
    source,
    leftOut: 0,
  };
}
