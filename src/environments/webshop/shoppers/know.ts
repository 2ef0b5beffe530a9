import type { Expert, Turn } from '../../environment.ts';
import type { Goal } from '../goals.ts';
import { clickableTexts, readShopPage } from '../read-page.ts';

/** Knows what is to be bought: searches for its title, takes its options and buys it. */
export class KnowingShopper implements Expert {
  private readonly asin: string;
  private readonly title: string;
  private readonly query: string;
  private readonly wanted: string[];
  private searches = 0;

  constructor(goal: Goal, title: string) {
    this.asin = goal.asin.toLowerCase();
    this.title = title;
    this.query = goal.query;
    this.wanted = Array.isArray(goal.options) ? [...goal.options] : Object.values(goal.options);
  }

  act(turn: Turn): string {
    const clickable = clickableTexts(turn.admissible);
    const page = readShopPage(turn.observation, clickable);
    if (page.kind === 'item') {
      const next = this.wanted.findIndex((value) => clickable.has(value));
      return `click[${next < 0 ? 'buy now' : this.wanted.splice(next, 1)[0]}]`;
    }
    if (page.kind === 'results') {
      if (clickable.has(this.asin)) return `click[${this.asin}]`;
      if (page.products.length === 10) return 'click[next >]';
    }
    // A title without a word that can be searched for: then everything of its type.
    const words = this.searches++ === 0 ? this.title.replace(/[[\]\n]/g, ' ') : `<q> ${this.query}`;
    return `search[${words.trim() || `<q> ${this.query}`}]`;
  }
}
