import { isAdmissible, type StepResult, type Task, type Turn } from '../../environments/environment.ts';
import {
  clickableTexts,
  lacking,
  readShopPage,
  readWish,
  type ShopPage,
  type Wish,
} from '../../environments/webshop/index.ts';
import type { Agent, Projection } from '../agent.ts';

export interface ShopAgentOptions {
  /** Anchor state for credit: the raw observation as in the papers, or what the prompt says beyond the instruction. */
  readonly state: 'observation' | 'memory';
  /** What makes a completion valid: being one of the agent's commands, or doing something now. */
  readonly validity: 'format' | 'admissible';
}

export const SHOP_AGENT_DEFAULTS: ShopAgentOptions = { state: 'memory', validity: 'admissible' };

/** What has been found out about a product. */
interface Note {
  /** Words of the wish that none of its texts had so far. */
  lacks: ReadonlyMap<string, string>;
  opened: boolean;
  /** Whether an option that was named is not to be had. */
  unfit: boolean;
  readonly read: Set<string>;
}

const NOBODY: Wish = { options: [], priceUpper: Number.POSITIVE_INFINITY, words: new Map(), query: '', text: '' };

/**
 * A shopper's memory as a short prompt for small models: what is wanted, and of every product which of the wanted words were not found yet.
 * Products are called by their place on the page; commands are single words with at most one argument. Built from observations and own
 * commands only.
 */
export class ShopAgent implements Agent {
  private readonly options: ShopAgentOptions;
  private turn: Turn = { observation: '', admissible: [] };
  private page: ShopPage = { kind: 'done' };
  private wish = NOBODY;
  private notes = new Map<string, Note>();
  private current = '';
  private chosen: string[] = [];
  private searched = '';
  private steps = 0;

  constructor(options: ShopAgentOptions) {
    this.options = options;
  }

  begin(_task: Task, turn: Turn): void {
    this.notes = new Map();
    this.current = '';
    this.chosen = [];
    this.searched = '';
    this.steps = 0;
    this.see(turn);
    this.wish = this.page.kind === 'search' ? readWish(this.page.instruction) : NOBODY;
  }

  prompt(): string {
    const { wish } = this;
    return [
      `want ${[...wish.words.values()].join(' ')}`,
      ...wish.options.map(({ name, value }) => `pick ${name} ${value}`),
      ...(Number.isFinite(wish.priceUpper) ? [`under ${wish.priceUpper}`] : []),
      ...this.situation(),
      `step ${this.steps + 1}`,
      'do',
    ].join('\n');
  }

  project(completion: string): Projection {
    const text = completion.trim();
    const action = this.toAction(text);
    const known = action !== undefined;
    const valid = known && (this.options.validity === 'format' || isAdmissible(this.turn, action));
    return { action: action ?? text, valid };
  }

  observe(action: string, result: StepResult): void {
    this.steps++;
    const clicked = /^click\[(.*)\]$/s.exec(action)?.[1].toLowerCase();
    if (action.startsWith('search[')) this.searched = action.slice('search['.length, -1);
    const before = this.page;
    this.see(result);
    if (clicked === undefined) return;
    if (before.kind === 'results' && this.page.kind === 'item') {
      this.current = before.products.find(({ asin }) => asin.toLowerCase() === clicked)?.asin ?? '';
      this.chosen = [];
      const note = this.notes.get(this.current);
      if (note) {
        note.opened = true;
        note.unfit = !this.wish.options.every((wanted) => offers(this.page, wanted));
      }
    } else if (before.kind === 'item' && this.page.kind === 'item') {
      const option = before.options.find(({ values }) => values.includes(clicked));
      if (option) this.chosen = [...this.chosen.filter((value) => !option.values.includes(value)), clicked];
    } else if (this.page.kind === 'text') {
      const note = this.notes.get(this.current);
      note?.read.add(clicked);
      if (note) note.lacks = lacking(note.lacks, this.page.text);
    }
  }

  state(): string {
    return this.options.state === 'observation' ? this.turn.observation : this.situation().join('\n');
  }

  demonstrate(action: string): string {
    return ` ${this.fromAction(action)}`;
  }

  private see(turn: Turn): void {
    this.turn = turn;
    this.page = readShopPage(turn.observation, clickableTexts(turn.admissible));
    if (this.page.kind !== 'results') return;
    for (const { asin, title } of this.page.products) {
      if (!this.notes.has(asin))
        this.notes.set(asin, {
          lacks: lacking(this.wish.words, title),
          opened: false,
          unfit: false,
          read: new Set(),
        });
    }
  }

  /** The page, and what is remembered that matters on it. */
  private situation(): string[] {
    const { page, wish } = this;
    switch (page.kind) {
      case 'search':
        return ['page search', ...(this.searched === '' ? [] : [`searched ${this.searched}`])];
      case 'results':
        return [
          `page results ${page.page}`,
          ...page.products.map(({ asin, price }, i) => {
            const note = this.notes.get(asin);
            const marks = `${note?.opened ? ' seen' : ''}${note?.unfit ? ' unfit' : ''}${price > wish.priceUpper ? ' over' : ''}`;
            return `${i + 1}${marks} lacks ${listed(note)}`;
          }),
        ];
      case 'item': {
        const note = this.notes.get(this.current);
        return [
          `page item${note?.unfit ? ' unfit' : ''}${page.price > wish.priceUpper ? ' over' : ''}`,
          `lacks ${listed(note)}`,
          ...(note && note.read.size > 0 ? [`read ${[...note.read].sort().join(' ')}`] : []),
          ...page.options.map(({ name, values }) => `${name} ${values.join(' , ')}`),
          ...this.chosen.map((value) => `took ${value}`),
          ...this.wish.options
            .filter(({ value }) => !this.chosen.includes(value) && page.options.some((o) => o.values.includes(value)))
            .map(({ value }) => `need ${value}`),
        ];
      }
      case 'text':
        return ['page text', `lacks ${listed(this.notes.get(this.current))}`];
      case 'done':
        return ['page done'];
    }
  }

  /** The environment's action for one of the agent's commands; undefined for what is none. */
  private toAction(text: string): string | undefined {
    const [, verb, argument] = /^(\S+)(?: (.+))?$/s.exec(text) ?? [];
    if (argument === undefined) {
      const clicks: Readonly<Record<string, string>> = {
        back: '< prev',
        next: 'next >',
        new: 'back to search',
        buy: 'buy now',
      };
      return verb !== undefined && Object.hasOwn(clicks, verb) ? `click[${clicks[verb]}]` : undefined;
    }
    switch (verb) {
      case 'search':
        return `search[${argument}]`;
      case 'pick':
      case 'read':
        return `click[${argument}]`;
      case 'open': {
        const products = this.page.kind === 'results' ? this.page.products : [];
        const product = /^\d+$/.test(argument) ? products[Number(argument) - 1] : undefined;
        return product && `click[${product.asin.toLowerCase()}]`;
      }
      default:
        return undefined;
    }
  }

  private fromAction(action: string): string {
    if (action.startsWith('search[')) return `search ${action.slice('search['.length, -1)}`;
    const clicked = action.slice('click['.length, -1);
    const commands: Readonly<Record<string, string>> = {
      '< prev': 'back',
      'next >': 'next',
      'back to search': 'new',
      'buy now': 'buy',
      features: 'read features',
      description: 'read description',
      reviews: 'read reviews',
    };
    if (Object.hasOwn(commands, clicked)) return commands[clicked];
    const place =
      this.page.kind === 'results' ? this.page.products.findIndex(({ asin }) => asin.toLowerCase() === clicked) : -1;
    return place < 0 ? `pick ${clicked}` : `open ${place + 1}`;
  }
}

function listed(note: Note | undefined): string {
  const words = note === undefined ? [] : [...note.lacks.values()];
  return [words.length, ...words].join(' ');
}

function offers(page: ShopPage, { name, value }: Wish['options'][number]): boolean {
  return page.kind !== 'item' || page.options.some((option) => option.name === name && option.values.includes(value));
}
