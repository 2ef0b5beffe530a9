import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Task } from '../src/environments/environment.ts';
import {
  loadCatalogue,
  openWebShop,
  type Product,
  ProductSearch,
  type ShopSession,
  type WebShopSuite,
} from '../src/environments/webshop/index.ts';
import { Random } from '../src/text/random.ts';
import { collectGarbage } from './garbage.ts';
import { median, type Section } from './report.ts';

const DATA = fileURLToPath(new URL('../../shared/data/webshop/', import.meta.url));
const QUERIES = `${DATA}golden/lucene-bm25-top50.jsonl.gz`;
const PACKAGE = new URL('../dist/environments/webshop/index.js', import.meta.url).href;

/** WebShop on one core: start, searches, pages; the search engine on invented catalogues of growing size. */
export async function benchWebShop(): Promise<Section> {
  const rows: (string | number)[][] = [];
  const official = existsSync(DATA);
  rows.push(['start of the small shop, first page', start('{}')]);
  if (official) rows.push(['start with 1,000 official products, first page', start(JSON.stringify({ data: DATA }))]);
  else rows.push(['skipped: the official products', `${DATA} is not there`]);
  const suite = await openWebShop(official ? { data: DATA } : {});
  rows.push(['searches for the best 50, never the same twice', await searches(official)]);
  rows.push([
    'page steps: click, page as text, what can be clicked',
    `${(await pageSteps(suite, false)).toFixed(0)}/s`,
  ]);
  rows.push(['steps of the environment, with its lists and keys', `${(await pageSteps(suite, true)).toFixed(0)}/s`]);
  rows.push(['purchases judged', `${(await purchases(suite)).toFixed(0)}/s`]);
  for (const size of [1_000, 10_000, 100_000, 1_000_000]) rows.push(grown(size));
  return { title: 'WebShop on one core', header: ['what', 'measured'], rows };
}

/** In a process of its own, with the built package. */
function start(options: string): string {
  const script = `
    const from = performance.now();
    const { openWebShop } = await import(${JSON.stringify(PACKAGE)});
    const suite = await openWebShop(${options});
    await suite.create().reset(suite.tasks('train')[0]);
    console.log(performance.now() - from, process.memoryUsage().rss / 2 ** 20);`;
  const runs = Array.from({ length: 5 }, () =>
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).split(' ').map(Number),
  );
  const [time, memory] = [0, 1].map((i) => median(runs.map((run) => run[i])));
  return `${time.toFixed(0)} ms, ${memory.toFixed(0)} MB in all`;
}

async function searches(official: boolean): Promise<string> {
  if (!official) return 'skipped';
  const search = ProductSearch.fromProducts((await loadCatalogue(DATA)).products);
  const queries = gunzipSync(readFileSync(QUERIES))
    .toString()
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { q: string }).q);
  const run = (): void => {
    for (const query of queries) search.search(query, 50);
  };
  run();
  const from = performance.now();
  run();
  return `${(queries.length / ((performance.now() - from) / 1000)).toFixed(0)}/s`;
}

/** Opens products, reads about them, chooses options, turns pages; the search itself is made once a session. */
async function pageSteps(suite: WebShopSuite, environment: boolean): Promise<number> {
  const tasks = suite.tasks('train').slice(0, 400);
  let rate = 0;
  for (let round = 0; round < 2; round++) {
    let steps = 0;
    let time = 0;
    for (const [i, task] of tasks.entries()) {
      const random = Random.of(round, 'pages', i);
      const played = environment ? await playEnvironment(suite, task, random) : playSession(suite, task, random);
      steps += played.steps;
      time += played.time;
    }
    rate = steps / (time / 1000);
  }
  return rate;
}

const STEPS = 40;

function playSession(suite: WebShopSuite, task: Task, random: Random): { steps: number; time: number } {
  const session: ShopSession = suite.session(task);
  session.step(`search[${session.goal.instruction}]`);
  let { clickables } = session.available;
  const from = performance.now();
  for (let i = 0; i < STEPS; i++) {
    const choices = clickables.filter((text) => text !== 'back to search' && text !== 'buy now');
    session.step(`click[${random.pick(choices)}]`);
    session.observation();
    clickables = session.available.clickables;
  }
  return { steps: STEPS, time: performance.now() - from };
}

async function playEnvironment(
  suite: WebShopSuite,
  task: Task,
  random: Random,
): Promise<{ steps: number; time: number }> {
  const environment = suite.create({ maxSteps: STEPS + 2 });
  const { observation } = await environment.reset(task);
  let turn = await environment.step(`search[${observation.split(' [SEP] ')[2]}]`);
  const from = performance.now();
  for (let i = 0; i < STEPS; i++) {
    const choices = turn.admissible.filter((text) => text !== 'click[back to search]' && text !== 'click[buy now]');
    turn = await environment.step(random.pick(choices));
  }
  return { steps: STEPS, time: performance.now() - from };
}

async function purchases(suite: WebShopSuite): Promise<number> {
  const tasks = suite.tasks('train').slice(0, 400);
  let rate = 0;
  for (let round = 0; round < 2; round++) {
    let time = 0;
    let count = 0;
    for (const task of tasks) {
      const session = suite.session(task);
      session.step(`search[${session.goal.instruction}]`);
      const product = session.available.clickables.find((text) => /^b0/.test(text));
      if (product === undefined) continue;
      session.step(`click[${product}]`);
      const from = performance.now();
      session.step('click[buy now]');
      time += performance.now() - from;
      count++;
    }
    rate = count / (time / 1000);
  }
  return rate;
}

/** As many words as an official product has on average. */
const WORDS = 107;
const VOCABULARY = 300_000;

/** Frequent words are short in rank: Zipf's law with exponent 1. */
function zipf(random: Random): string {
  return `w${Math.floor(VOCABULARY ** random.next())}`;
}

/** Index and queries on products that are nothing but words. */
function grown(size: number): [string, string] {
  const titles = function* (): Generator<Product> {
    for (let i = 0; i < size; i++) {
      const random = Random.of(1, 'catalogue', i);
      const title = Array.from({ length: WORDS }, () => zipf(random)).join(' ');
      yield { ...NOTHING, asin: `B${String(i).padStart(9, '0')}`, title };
    }
  };
  let from = performance.now();
  for (const _ of titles());
  const making = performance.now() - from;
  collectGarbage();
  const before = process.memoryUsage().rss;
  from = performance.now();
  const search = ProductSearch.fromProducts(titles());
  const building = performance.now() - from - making;
  collectGarbage();
  const memory = (process.memoryUsage().rss - before) / 2 ** 20;
  const times: number[] = [];
  for (let q = 0; q < 200; q++) {
    // Eight different words of one product, as an instruction names a product.
    const random = Random.of(1, 'catalogue', Math.floor((q * size) / 200));
    const words = new Set(Array.from({ length: WORDS }, () => zipf(random)));
    const query = Random.of(2, 'queries', q)
      .shuffle([...words])
      .slice(0, 8)
      .join(' ');
    const begin = performance.now();
    search.search(query, 50);
    if (q >= 50) times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  const worst = times[Math.floor(0.99 * times.length)];
  return [
    `index of ${size.toLocaleString('en-US')} invented products of ${WORDS} words`,
    `built in ${(building / 1000).toFixed(2)} s, ${memory.toFixed(0)} MB; best 50 for 8 words: median ${median(times).toFixed(2)} ms, 99 % under ${worst.toFixed(2)} ms`,
  ];
}

const NOTHING: Product = {
  asin: '',
  title: '',
  description: '',
  bulletPoints: [''],
  price: '$1.0',
  pricing: [1],
  options: [],
  category: '',
  query: '',
  productCategory: '',
  attributes: [],
  humanInstructions: [],
};
