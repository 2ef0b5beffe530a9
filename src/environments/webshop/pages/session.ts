import { PythonRandom } from '../../../text/python-random.ts';
import type { Goal } from '../goals.ts';
import type { Product } from '../product.ts';
import { type RewardDetails, reward } from '../reward/reward.ts';
import type { Shop } from '../shop.ts';
import { parseAction } from './actions.ts';
import { type PageNode, plainText, richText } from './nodes.ts';
import {
  BACK_TO_SEARCH,
  BUY,
  donePage,
  itemPage,
  NEXT,
  PREVIOUS,
  resultsPage,
  SUB_PAGES,
  type SubPage,
  searchPage,
  subPage,
} from './pages.ts';
import { jsonDumps, pythonDict } from './python-json.ts';

/** What can be done on a page, as the original lists it. */
export interface AvailableActions {
  readonly hasSearchBar: boolean;
  /** In the order of the original: buttons, products, options. The button `search` is among them and does nothing. */
  readonly clickables: readonly string[];
}

/** What an action brought. */
export interface Outcome {
  /** The score where something was bought, else 0. */
  readonly reward: number;
  readonly done: boolean;
  /** Of a purchase. */
  readonly details?: RewardDetails;
}

type Page =
  | { readonly kind: 'search' }
  | { readonly kind: 'results'; readonly found: readonly Product[] }
  | { readonly kind: 'item'; readonly product: Product }
  | { readonly kind: 'sub'; readonly product: Product; readonly name: SubPage }
  | { readonly kind: 'done'; readonly asin: string; readonly score: number };

/** What is behind the text of a clickable. */
type Clickable = { readonly kind: 'button' } | { readonly kind: 'product' } | Choice;
interface Choice {
  readonly kind: 'choice';
  readonly option: string;
}

const NOTHING: Outcome = { reward: 0, done: false };
const HOST = 'http://127.0.0.1:3000';
const PER_PAGE = 10;
const FOUND = 50;
const BUTTON = { kind: 'button' } as const;
const PRODUCT = { kind: 'product' } as const;

/**
 * One shopper in the shop: the page shown, what was searched, which product and options are chosen. Actions that mean nothing on the page
 * change nothing. After a purchase one can still search and buy again, as in the original.
 */
export class ShopSession {
  readonly goal: Goal;
  private readonly shop: Shop;
  private readonly prices: ReadonlyMap<string, number>;
  private readonly name: string;
  private readonly random: PythonRandom;
  private page: Page = { kind: 'search' };
  private url: string;
  private keywords: readonly string[] = [];
  private pageNumber = 1;
  private product: Product | undefined;
  private options = new Map<string, string>();
  private opened = new Set<string>();
  /** Of the page shown, made when they are asked for. */
  private shown: readonly PageNode[] | undefined;
  private clickables: ReadonlyMap<string, Clickable> | undefined;

  /**
   * @param name part of the pages' addresses
   * @param seed decides what the search `<r>` finds
   */
  constructor(shop: Shop, goal: Goal, prices: ReadonlyMap<string, number>, name: string, seed = 0) {
    this.shop = shop;
    this.goal = goal;
    this.prices = prices;
    this.name = name;
    this.random = new PythonRandom(seed);
    this.url = `${HOST}/${name}`;
  }

  /** The page as text: `text` joins its pieces by ` [SEP] `, `text_rich` marks what can be clicked. */
  observation(mode: 'text' | 'text_rich' = 'text'): string {
    const nodes = this.nodes();
    return mode === 'text' ? plainText(nodes) : richText(nodes, this.url, this.opened);
  }

  /** The page's address, as the original's `url` mode shows it. */
  get address(): string {
    return this.url;
  }

  get available(): AvailableActions {
    return { hasSearchBar: this.page.kind === 'search', clickables: [...this.clickable().keys()] };
  }

  /** Equal exactly when everything that decides what can happen next is equal. */
  get stateKey(): string {
    return JSON.stringify([
      this.page.kind,
      this.page.kind === 'sub' ? this.page.name : '',
      this.keywords,
      this.pageNumber,
      this.product?.asin ?? '',
      [...this.options],
      [...this.opened],
    ]);
  }

  /** `search[words]` or `click[text of a clickable]`. */
  step(action: string): Outcome {
    const { name, argument } = parseAction(action);
    const text = argument?.toLowerCase();
    if (text === undefined) return NOTHING;
    if (name === 'search') return this.search(text.split(' '), 1);
    if (name !== 'click' || text === 'search') return NOTHING;
    const clicked = this.clickable().get(text);
    return clicked === undefined ? NOTHING : this.click(text, clicked);
  }

  private click(text: string, clicked: Clickable): Outcome {
    const on = pageName(this.url);
    if (text === BUY.toLowerCase()) return this.buy();
    if (text === BACK_TO_SEARCH.toLowerCase()) return this.backToSearch();
    if (on === 'search_results' && text === NEXT.toLowerCase()) return this.search(this.keywords, this.pageNumber + 1);
    if (text === PREVIOUS.toLowerCase()) {
      if (on === 'search_results') return this.search(this.keywords, this.pageNumber - 1);
      if (on === 'item_page') return this.search(this.keywords, this.pageNumber);
      if (on === 'item_sub_page') return this.open(text, clicked);
    }
    const sub = SUB_PAGES.find((name) => name.toLowerCase() === text);
    return sub === undefined ? this.open(text, clicked) : this.read(sub);
  }

  private backToSearch(): Outcome {
    this.keywords = [];
    this.pageNumber = 1;
    this.product = undefined;
    this.options = new Map();
    this.opened = new Set();
    return this.show({ kind: 'search' }, `${HOST}/${this.name}`);
  }

  private search(keywords: readonly string[], pageNumber: number): Outcome {
    const found = this.find(keywords);
    if (found === undefined) return NOTHING;
    this.keywords = keywords;
    this.pageNumber = pageNumber;
    this.product = undefined;
    this.options = new Map();
    return this.show(
      { kind: 'results', found },
      `${HOST}/search_results/${this.name}/${keywords.join('+')}/${pageNumber}`,
    );
  }

  /** Searches that begin with a mark look elsewhere; those on which the original breaks find nothing and change nothing. */
  private find(keywords: readonly string[]): readonly Product[] | undefined {
    const { products } = this.shop;
    switch (keywords[0]) {
      case '<r>':
        return products.length < FOUND ? undefined : this.random.sample(products, FOUND);
      case '<a>':
        return undefined;
      case '<c>': {
        const category = keywords[1]?.trim();
        return category === undefined ? undefined : products.filter((product) => product.category === category);
      }
      case '<q>': {
        const query = keywords.slice(1).join(' ').trim();
        return products.filter((product) => product.query === query);
      }
      default:
        return this.shop.search(keywords.join(' '), FOUND);
    }
  }

  private open(text: string, clicked: Clickable): Outcome {
    let product = this.product;
    if (clicked.kind === 'product') {
      product = this.shop.product(text.toUpperCase());
      if (product !== undefined) this.opened.add(product.asin);
    } else if (clicked.kind === 'choice') this.options.set(clicked.option.toLowerCase(), text);
    if (product === undefined) return NOTHING;
    this.product = product;
    return this.show(
      { kind: 'item', product },
      `${HOST}/item_page/${this.name}/${product.asin}/${this.keywords.join('+')}/${this.pageNumber}/${jsonDumps(this.options)}`,
    );
  }

  private read(name: SubPage): Outcome {
    const { product } = this;
    if (product === undefined) return NOTHING;
    return this.show(
      { kind: 'sub', product, name },
      `${HOST}/item_sub_page/${this.name}/${product.asin}/${this.keywords.join('+')}/${this.pageNumber}/${name}/${pythonDict(this.options)}`,
    );
  }

  private buy(): Outcome {
    const { product } = this;
    if (product === undefined) return NOTHING;
    const price = this.prices.get(product.asin) as number;
    const { score, details } = reward(product, this.goal, this.options, price, this.shop.nouns);
    this.show(
      { kind: 'done', asin: product.asin, score },
      `${HOST}/done/${this.name}/${product.asin}/${pythonDict(this.options)}`,
    );
    return { reward: score, done: true, details };
  }

  private show(page: Page, url: string): Outcome {
    this.page = page;
    this.url = url;
    this.shown = undefined;
    this.clickables = undefined;
    return NOTHING;
  }

  private nodes(): readonly PageNode[] {
    this.shown ??= this.makeNodes();
    return this.shown;
  }

  private makeNodes(): readonly PageNode[] {
    const { page, pageNumber } = this;
    const { instruction } = this.goal;
    switch (page.kind) {
      case 'search':
        return searchPage(instruction);
      case 'results':
        return resultsPage(instruction, this.onPage(page.found), pageNumber, page.found.length);
      case 'item':
        return itemPage(instruction, page.product, this.shop.showAttributes);
      case 'sub':
        return subPage(instruction, page.product, page.name);
      case 'done':
        return donePage(page.asin, this.options, page.score);
    }
  }

  private onPage(found: readonly Product[]): readonly Product[] {
    // As in Python, page 0 is empty.
    return found.slice(Math.max(0, (this.pageNumber - 1) * PER_PAGE), this.pageNumber * PER_PAGE);
  }

  private clickable(): ReadonlyMap<string, Clickable> {
    this.clickables ??= this.listClickables();
    return this.clickables;
  }

  /** By text; of several with one text the last counts, in the place of the first. */
  private listClickables(): ReadonlyMap<string, Clickable> {
    const { page } = this;
    const found = new Map<string, Clickable>();
    if (page.kind === 'done') return found;
    for (const { kind, text } of this.nodes()) if (kind === 'button') found.set(text.toLowerCase(), BUTTON);
    if (page.kind === 'results') for (const { asin } of this.onPage(page.found)) found.set(asin.toLowerCase(), PRODUCT);
    if (page.kind === 'item')
      for (const { name, values } of page.product.options) {
        const choice: Choice = { kind: 'choice', option: name };
        for (const value of values) found.set(value, choice);
      }
    return found;
  }
}

/** What the original takes a page for: the first of these names that its address contains anywhere. */
function pageName(url: string): string {
  return ['search_results', 'item_page', 'item_sub_page', 'done'].find((name) => url.includes(name)) ?? '';
}
