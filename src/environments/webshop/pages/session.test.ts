import { describe, expect, it } from 'vitest';
import { Random } from '../../../text/random.ts';
import type { Goal, GoalBook } from '../goals.ts';
import { asRecorded, bookOf, everyWord, goldenLines, oddProducts } from '../odd-shop.test-support.ts';
import { Shop } from '../shop.ts';
import { parseAction } from './actions.ts';
import type { ShopSession } from './session.ts';

interface Snapshot {
  readonly text: string;
  readonly text_rich: string;
  readonly url: string;
  readonly clickables: string[];
  readonly search: boolean;
}

interface RecordedStep extends Snapshot {
  readonly action: string;
  readonly reward: number;
  readonly done: boolean;
  readonly info?: Record<string, unknown>;
  readonly error?: string;
}

interface Recording {
  readonly goals: unknown[];
  readonly prices: Record<string, number>;
  readonly shop: 'odd' | 'strange';
  readonly human: boolean;
  readonly show: boolean;
}

interface RecordedSession {
  readonly goal: number;
  readonly initial: Snapshot;
  readonly steps: RecordedStep[];
}

const shops = { odd: await oddProducts(), strange: await oddProducts('strange') };

function snapshot(session: ShopSession): Snapshot {
  const { hasSearchBar, clickables } = session.available;
  return {
    text: session.observation('text'),
    text_rich: session.observation('text_rich'),
    url: session.address,
    clickables: [...clickables],
    search: hasSearchBar,
  };
}

describe('sessions recorded from the original', () => {
  const lines = goldenLines('sessions.jsonl.gz');
  const heads = lines.flatMap((line, i) => ('goals' in line ? [i] : []));
  for (const [k, from] of heads.entries()) {
    const { shop: name, human, show, goals, prices } = lines[from] as unknown as Recording;
    const products = shops[name];
    const sessions = lines.slice(from + 1, heads[k + 1]) as unknown as RecordedSession[];
    const title = `the ${name} shop, ${human ? 'human' : 'synthetic'} goals${show ? ', with attributes' : ''}`;
    const book = bookOf(products, human);
    const shop = new Shop(products, { nouns: everyWord, showAttributes: show });

    it(`${title}: the same goals in the same order, the same prices`, () => {
      expect(book.goals.map(asRecorded)).toEqual(
        (goals as Record<string, unknown>[]).map(
          ({ asin, instruction_text, attributes, price_upper, goal_options, weight }) => ({
            asin,
            instruction_text,
            attributes,
            price_upper,
            goal_options,
            weight,
          }),
        ),
      );
      expect(Object.fromEntries(book.prices)).toEqual(prices);
    });

    it(`${title}: the same pages, clickables, rewards after every action of ${sessions.length} sessions`, () => {
      for (const { goal, initial, steps } of sessions) {
        const session = shop.open(book.goals[goal], book.prices, String(goal));
        expect(snapshot(session)).toEqual(initial);
        for (const { action, reward, done, info, error, ...page } of steps) {
          // Where the original breaks, nothing happens here.
          if (error !== undefined) {
            expect(session.step(action)).toEqual({ reward: 0, done: false });
            break;
          }
          const outcome = session.step(action);
          const where = `goal ${goal}, ${JSON.stringify(action)}`;
          expect(snapshot(session), where).toEqual(page);
          expect([outcome.reward, outcome.done, outcome.details], where).toEqual([reward, done, info]);
        }
      }
    });
  }
});

describe('a session', () => {
  const products = shops.odd;
  const book: GoalBook = bookOf(products, false);
  const shop = new Shop(products, { nouns: everyWord });
  const open = (): ShopSession => shop.open(book.goals[0], book.prices);

  it('changes nothing for what means nothing', () => {
    const session = open();
    session.step('search[lamp]');
    const before = [snapshot(session), session.stateKey];
    const nothing = [
      '',
      'search',
      'search[]',
      'click[search]',
      'click[nowhere]',
      'Click[back to search]',
      'dance[now]',
    ];
    for (const action of [...nothing, 'search[<a> soft]', 'search[<c>]', 'click[\ud800]', '\u0000', ']['])
      expect(session.step(action)).toEqual({ reward: 0, done: false });
    expect([snapshot(session), session.stateKey]).toEqual(before);
  });

  it('survives absurd searches', () => {
    const session = open();
    for (const query of [
      'x'.repeat(100_000),
      'lamp '.repeat(20_000),
      '\u0000\u0001\u001f',
      '\ud800lamp\udc00',
      '[[[',
      '😀'.repeat(999),
    ]) {
      session.step(`search[${query}]`);
      expect(session.observation()).toContain('Page 1 (Total results: ');
    }
  });

  it('draws for <r> by its seed, anew for every page', () => {
    const seeds = [1, 1, 2].map((seed) => {
      const session = shop.open(book.goals[0], book.prices, '0', seed);
      session.step('search[<r>]');
      const first = session.observation();
      session.step('click[next >]');
      return [first, session.observation()];
    });
    expect(seeds[1]).toEqual(seeds[0]);
    expect(seeds[2]).not.toEqual(seeds[0]);
  });

  it('takes any string of brackets, labels and control characters without breaking', () => {
    const pieces = [
      'click[',
      'search[',
      ']',
      '[',
      '< prev',
      'next >',
      'buy now',
      'back to search',
      'features',
      '\n',
      '\u0000',
      '\ud83d',
      'b0weird003',
      ' ',
      '<r>',
      '<q> ',
      'lamp',
      '+',
      '%',
      '"',
    ];
    const random = Random.of(1, 'fuzz');
    for (let i = 0; i < 300; i++) {
      const session = open();
      for (let k = 0; k < 20; k++) {
        const { clickables } = session.available;
        const action =
          random.next() < 0.5 && clickables.length > 0
            ? `click[${random.pick(clickables)}]`
            : Array.from({ length: 1 + random.below(5) }, () => random.pick(pieces)).join('');
        const { reward } = session.step(action);
        expect(reward).toBeGreaterThanOrEqual(0);
        expect(reward).toBeLessThanOrEqual(1);
        expect(session.observation().length + session.observation('text_rich').length).toBeGreaterThan(0);
      }
    }
  });

  it('shows nothing of what the page does not show: the goal', () => {
    const goal: Goal = { ...book.goals[0], instruction: 'find it', attributes: ['unheard-of'] };
    const session = shop.open(goal, book.prices);
    session.step('search[lamp]');
    expect(session.observation()).not.toContain('unheard-of');
  });
});

describe('parseAction', () => {
  it.each([
    ['click[a][b]', 'click[a]', 'b'],
    ['search[lamp] and more', 'search', 'lamp'],
    ['search[a]b]', 'search', 'a]b'],
    ['click[[x]]', 'click[', 'x]'],
    ['search[a\nb]', 'search[a\nb]', undefined],
    ['search[a]\nclick[b]', 'search', 'a'],
    ['x[\u2028]', 'x', '\u2028'],
    ['search[]', 'search[]', undefined],
    ['[x]', '[x]', undefined],
    ['a[]]', 'a', ']'],
    ['', '', undefined],
  ])('reads %j', (text, name, argument) => {
    expect(parseAction(text)).toEqual(argument === undefined ? { name } : { name, argument });
    // What Python's re.match of (.+)\[(.+)\] gives.
    const match = /^([^\n]+)\[([^\n]+)\]/.exec(text);
    expect(match ? [match[1], match[2]] : [text, undefined]).toEqual([name, argument]);
  });

  it('takes no longer for more brackets', () => {
    const many = '['.repeat(200_000);
    expect(parseAction(many)).toEqual({ name: many });
  });
});
