import { type Catalogue, loadCatalogue } from './catalogue.ts';
import { WebShopError } from './errors.ts';
import { readProduct } from './product.ts';
import { taggerFromFile, winkTagger } from './reward/nouns.ts';
import { Shop } from './shop.ts';
import { smallShop } from './small-shop/index.ts';
import { WebShopSuite, type WebShopSuiteOptions } from './suite.ts';

export interface WebShopOptions extends Partial<WebShopSuiteOptions> {
  /** The folder of the official product files, or the product file in it. Default: the small shop of this package. */
  readonly data?: string;
  /** Only the first so many records. */
  readonly numProducts?: number;
  /**
   * Of the small shop: how many shops there are, of the same kinds of products but with other products. Tasks of the others are all for
   * training; held-out tasks are those of the first. Default 1.
   */
  readonly branches?: number;
  /** File of nouns by title, see `taggerFromFile`. Default: wink-nlp, which is not exact. */
  readonly nouns?: string;
  /** Whether product pages have the button Attributes. Default: no, as in the original. */
  readonly showAttributes?: boolean;
}

/**
 * Opens the shop (WebShop, Yao et al. 2022, arXiv 2207.01206).
 *
 * @throws WebShopDataError when the product files are not there or not what they should be
 * @throws WebShopError when settings do not go together
 */
export async function openWebShop(options: WebShopOptions = {}): Promise<WebShopSuite> {
  const { data, numProducts, branches = 1, nouns, showAttributes = false, ...rest } = options;
  const isSmall = data === undefined;
  if (branches > 1 && (!isSmall || (rest.order ?? 'clean') !== 'clean'))
    throw new WebShopError(
      'branches are of the small shop in the order clean only; give neither data nor another order',
    );
  const first = isSmall ? smallCatalogue(0, numProducts) : await loadCatalogue(data, { numProducts });
  const tagger = nouns === undefined ? winkTagger() : await taggerFromFile(nouns);
  const furnish = ({ products }: Catalogue): Shop => new Shop(products, { nouns: tagger, showAttributes });
  return new WebShopSuite(
    first,
    furnish(first),
    Array.from({ length: branches - 1 }, (_, i) => () => furnish(smallCatalogue(i + 1, numProducts))),
    {
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
    },
  );
}

/** The shop of this package, read by the same rules as the official files. */
function smallCatalogue(branch: number, numProducts = Number.POSITIVE_INFINITY): Catalogue {
  const { products, instructions, humanInstructions } = smallShop(branch);
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
