import type { Expert, Turn } from '../../environment.ts';
import { clickableTexts, type ListedProduct, readShopPage, type ShopPage } from '../read-page.ts';
import { lacking, readWish, type Wish, wantedValue } from './wish.ts';

/** What is known of a product. */
interface Impression {
  readonly asin: string;
  /** Words of the wish that its texts did not have so far. */
  missing: ReadonlyMap<string, string>;
  readonly tooDear: boolean;
  /** Pages about it not read yet. */
  unread: string[];
  opened: boolean;
  /** Values to be chosen, known when it was opened. */
  values: string[];
  /** Whether it has every option that was named. */
  hasOptions: boolean;
}

type Item = Extract<ShopPage, { kind: 'item' }>;

/**
 * Shops by what the pages say and nothing else: searches the words of the instruction, opens the product whose title has most of its words, reads about
 * it while words are missing, takes the options named and buys what has everything, or the best seen when the steps run out.
 */
export class BrowsingShopper implements Expert {
  private readonly maxSteps: number;
  private wish: Wish | undefined;
  private known: Impression[] = [];
  private current: Impression | undefined;
  private chosen: string[] = [];
  private steps = 0;
  private settled: Impression | undefined;

  constructor(maxSteps: number) {
    this.maxSteps = maxSteps;
  }

  act(turn: Turn): string {
    const clickable = clickableTexts(turn.admissible);
    const page = readShopPage(turn.observation, clickable);
    this.steps++;
    switch (page.kind) {
      case 'search':
        this.wish = readWish(page.instruction);
        return `search[${this.wish.query}]`;
      case 'results':
        return this.pick(page.products);
      case 'item':
        return this.judge(page);
      case 'text':
        this.read(page.text);
        return 'click[< prev]';
      case 'done':
        return 'click[buy now]';
    }
  }

  private pick(listed: readonly ListedProduct[]): string {
    const wish = this.wish as Wish;
    for (const { asin, title, price } of listed) {
      if (this.known.some((seen) => seen.asin === asin)) continue;
      this.known.push({
        asin,
        missing: lacking(wish.words, title),
        tooDear: price > wish.priceUpper,
        unread: ['features', 'description'],
        opened: false,
        values: [],
        hasOptions: true,
      });
    }
    const next = this.settled ?? this.best((seen) => !seen.opened) ?? this.best(() => true);
    if (next === undefined) return 'click[back to search]';
    this.current = next;
    this.chosen = [];
    return `click[${next.asin.toLowerCase()}]`;
  }

  private judge(page: Item): string {
    const wish = this.wish as Wish;
    const here = this.current as Impression;
    if (!here.opened) {
      here.opened = true;
      here.values = page.options.flatMap((option) => wantedValue(wish, option) ?? []);
      here.hasOptions = here.values.length >= wish.options.length;
    }
    const good = here.missing.size === 0 && here.hasOptions && !here.tooDear;
    if (good || here === this.settled) return this.take(here);
    // Leaving takes one step, the next product as many as this one at least.
    const left = this.maxSteps - this.steps;
    const hopeful = here.hasOptions && !here.tooDear && here.missing.size > 0 && here.unread.length > 0;
    if (hopeful && left >= 4 + here.values.length) return `click[${here.unread.shift()}]`;
    const better = this.best((seen) => !seen.opened);
    if (better !== undefined && left >= 6 + here.values.length) return 'click[< prev]';
    this.settled = this.best((seen) => seen.opened) as Impression;
    if (this.settled === here || left < 3 + this.settled.values.length) {
      this.settled = here;
      return this.take(here);
    }
    return 'click[< prev]';
  }

  private take({ values }: Impression): string {
    const next = values.find((value) => !this.chosen.includes(value));
    if (next === undefined) return 'click[buy now]';
    this.chosen.push(next);
    return `click[${next}]`;
  }

  private read(text: string): void {
    const here = this.current;
    if (here) here.missing = lacking(here.missing, text);
  }

  /** The first of those with the fewest faults. */
  private best(among: (seen: Impression) => boolean): Impression | undefined {
    const faults = ({ missing, tooDear, hasOptions }: Impression): number =>
      missing.size + (tooDear ? 100 : 0) + (hasOptions ? 0 : 3);
    return this.known.filter(among).reduce<Impression | undefined>((best, seen) => {
      return best === undefined || faults(seen) < faults(best) ? seen : best;
    }, undefined);
  }
}
