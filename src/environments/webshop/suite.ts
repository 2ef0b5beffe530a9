import { hash32 } from '../../text/random.ts';
import type { Environment, Expert, Suite, Task } from '../environment.ts';
import type { Inspection, InspectOptions } from '../inspection.ts';
import type { Catalogue } from './catalogue.ts';
import { type ObservationMode, WebShopEnvironment } from './environment.ts';
import { WebShopError } from './errors.ts';
import { DEFAULT_SEEDS, type Goal, type GoalBook, type GoalSeeds, humanGoalBook, syntheticGoalBook } from './goals.ts';
import { inspectShop } from './inspect.ts';
import type { ShopSession } from './pages/session.ts';
import type { Shop } from './shop.ts';
import { BrowsingShopper } from './shoppers/browse.ts';
import { KnowingShopper } from './shoppers/know.ts';

export interface WebShopSuiteOptions {
  readonly mode: ObservationMode;
  readonly maxSteps: number;
  readonly reward: 'success' | 'score';
  readonly successReward: number;
  readonly previousObservations: number;
  readonly previousActions: number;
  /** Made from the options of every product, or what people wrote. */
  readonly goals: 'synthetic' | 'human';
  /**
   * `clean`: our own splits, in which no product of one split is the goal of another. `official`: the original's order (seed 233) and
   * splits: test 0–499, eval 500–1499, train from 1500. `verl-agent`: a different order for every worker, seeded one by one; val
   * 0–499, train from 500, so that most goals of val are also in train.
   */
  readonly order: 'clean' | 'official' | 'verl-agent';
  /** verl-agent's `env.seed`; its validation workers begin 1,000 higher. */
  readonly workerSeed: number;
  /** How many training workers with orders of their own (verl-agent's `train_batch_size`). */
  readonly workers: number;
  /** How many validation workers (verl-agent's `val_batch_size`). */
  readonly valWorkers: number;
}

/** Which goal of which order in which shop a task is. */
interface Place {
  readonly shop: Shop;
  readonly book: GoalBook;
  readonly index: number;
}

const EVALUATION_SEEDS = 1000;

/** WebShop (Yao et al. 2022, arXiv 2207.01206): find and buy what an instruction asks for. */
export class WebShopSuite implements Suite {
  readonly name = 'webshop';
  readonly description: string;
  readonly splits: readonly string[];
  readonly defaults: Suite['defaults'];
  readonly catalogue: Catalogue;
  private readonly shop: Shop;
  private readonly branches: readonly (() => Shop)[];
  private readonly options: WebShopSuiteOptions;
  private readonly books = new Map<number | undefined, GoalBook>();
  private readonly lists = new Map<string, readonly Task[]>();
  private clean: ReadonlyMap<string, readonly Task[]> | undefined;
  private readonly places = new Map<string, Place>();

  constructor(catalogue: Catalogue, shop: Shop, branches: readonly (() => Shop)[], options: WebShopSuiteOptions) {
    this.catalogue = catalogue;
    this.shop = shop;
    this.branches = branches;
    this.options = options;
    this.description = `WebShop: find and buy what an instruction asks for, among ${catalogue.products.length} products.`;
    const splits = {
      clean: { splits: ['train', 'valid', 'test'], evaluate: 'valid' },
      official: { splits: ['train', 'eval', 'test'], evaluate: 'eval' },
      'verl-agent': { splits: ['train', 'val'], evaluate: 'val' },
    }[options.order];
    this.splits = splits.splits.filter((split) => this.size(split) > 0);
    if (this.splits.length === 0)
      throw new WebShopError(`${catalogue.source}: its products have no ${options.goals} goals`);
    const evaluate = this.splits.includes(splits.evaluate) ? splits.evaluate : this.splits[0];
    this.defaults = { train: this.splits[0], evaluate, maxSteps: options.maxSteps };
  }

  tasks(split: string): readonly Task[] {
    if (!this.splits.includes(split))
      throw new WebShopError(`webshop has no split ${split}; it has ${this.splits.join(', ')}`);
    let tasks = this.lists.get(split);
    if (tasks === undefined) {
      tasks = this.list(split);
      this.lists.set(split, tasks);
    }
    return tasks;
  }

  create(options: { readonly maxSteps?: number } = {}): Environment {
    const { nouns } = this.shop;
    return new WebShopEnvironment({
      ...this.options,
      maxSteps: options.maxSteps ?? this.options.maxSteps,
      nouns: nouns.exact ? `exact: ${nouns.name}` : `approximate: ${nouns.name}`,
      open: (task, seed) => this.session(task, seed),
    });
  }

  expert(task: Task, kind: 'explore' | 'plan'): Expert {
    if (kind === 'explore') return new BrowsingShopper(this.options.maxSteps);
    const { goal, shop } = this.goal(task);
    return new KnowingShopper(goal, shop.product(goal.asin)?.title ?? '');
  }

  inspect(options: InspectOptions = {}): Promise<Inspection> {
    return inspectShop(this.catalogue, this.shop, options);
  }

  /** What a task asks for, with the price of everything while it is played. */
  goal(task: Task): Place & { readonly goal: Goal } {
    const place = this.place(task);
    const goal = place?.book.goals[place.index];
    if (place === undefined || goal === undefined) throw new WebShopError(`webshop has no goal ${task.id}`);
    return { ...place, goal };
  }

  /** A shopper with the goal of a task, for those who want pages without an environment around them. */
  session(task: Task, seed = 0): ShopSession {
    const { shop, goal, book, index } = this.goal(task);
    return shop.open(goal, book.prices, String(index), seed);
  }

  private size(split: string): number {
    const { order } = this.options;
    if (order === 'clean') return this.cleanSplits().get(split)?.length ?? 0;
    const [from, to] = this.range(split);
    return to - from;
  }

  /** Goals of a split by their place in an order. */
  private range(split: string): readonly [from: number, to: number] {
    const all = this.book().goals.length;
    const within = (from: number, to: number) => [Math.min(from, all), Math.min(to, all)] as const;
    switch (split) {
      case 'test':
      case 'val':
        return within(0, 500);
      case 'eval':
        return within(500, 1500);
      default:
        return within(this.options.order === 'official' ? 1500 : 500, all);
    }
  }

  private list(split: string): readonly Task[] {
    const { order, workers, valWorkers, workerSeed } = this.options;
    if (order === 'clean') return this.cleanSplits().get(split) as readonly Task[];
    const [from, to] = this.range(split);
    const numbers = Array.from({ length: to - from }, (_, i) => from + i);
    if (order === 'official') {
      const { goals } = this.book();
      return numbers.map((i) => ({ id: `official/${i}`, type: goals[i].category, split }));
    }
    const first = split === 'val' ? workerSeed + EVALUATION_SEEDS : workerSeed;
    const seeds = Array.from({ length: split === 'val' ? valWorkers : workers }, (_, i) => first + i);
    return seeds.flatMap((seed) => {
      const { goals } = this.book(seed);
      return numbers.map((i) => ({ id: `seed ${seed}/${i}`, type: goals[i].category, split }));
    });
  }

  /** By product: a tenth of them for `test`, a tenth for `valid`; other branches are all for training. */
  private cleanSplits(): ReadonlyMap<string, readonly Task[]> {
    if (this.clean !== undefined) return this.clean;
    const splits = new Map<string, Task[]>();
    const add = (shop: Shop, book: GoalBook, prefix: string, splitOf: (asin: string) => string): void => {
      const goalsOf = new Map<string, number>();
      for (const [index, { asin, category }] of book.goals.entries()) {
        const number = goalsOf.get(asin) ?? 0;
        goalsOf.set(asin, number + 1);
        const id = `${prefix}${asin}/${number}`;
        this.places.set(id, { shop, book, index });
        const split = splitOf(asin);
        const tasks = splits.get(split) ?? [];
        tasks.push({ id, type: category, split });
        splits.set(split, tasks);
      }
    };
    add(this.shop, this.book(), '', (asin) => ['test', 'valid'][hash32(asin) % 10] ?? 'train');
    for (const [i, open] of this.branches.entries()) {
      const shop = open();
      add(shop, this.make(shop, DEFAULT_SEEDS), `branch ${i + 1}/`, () => 'train');
    }
    this.clean = splits;
    return splits;
  }

  private place({ id }: Task): Place | undefined {
    if (this.options.order === 'clean') {
      this.cleanSplits();
      return this.places.get(id);
    }
    const { shop } = this;
    const worker = /^seed (\d+)\/(\d+)$/.exec(id);
    if (worker) return { shop, book: this.book(Number(worker[1])), index: Number(worker[2]) };
    return { shop, book: this.book(), index: Number(/^official\/(\d+)$/.exec(id)?.[1] ?? -1) };
  }

  /** The goals of the first shop in the original's order, or in that of one of verl-agent's workers. */
  private book(worker?: number): GoalBook {
    let book = this.books.get(worker);
    if (book === undefined) {
      book = this.make(this.shop, worker === undefined ? DEFAULT_SEEDS : { preSeed: worker, shuffleSeed: worker });
      this.books.set(worker, book);
    }
    return book;
  }

  private make({ products }: Shop, seeds: Required<GoalSeeds>): GoalBook {
    return (this.options.goals === 'human' ? humanGoalBook : syntheticGoalBook)(products, seeds);
  }
}
