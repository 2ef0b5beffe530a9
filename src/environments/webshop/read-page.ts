import { pythonStrip } from '../../text/python-text.ts';

/** A product among search results, as the page shows it. */
export interface ListedProduct {
  readonly asin: string;
  readonly title: string;
  /** Dollars; the lower where the page gives two. */
  readonly price: number;
}

/** What a page says, read from the text that an agent sees, in either observation mode. */
export type ShopPage =
  | { readonly kind: 'search'; readonly instruction: string }
  | {
      readonly kind: 'results';
      readonly instruction: string;
      readonly page: number;
      readonly products: readonly ListedProduct[];
    }
  | {
      readonly kind: 'item';
      readonly instruction: string;
      readonly options: readonly { readonly name: string; readonly values: readonly string[] }[];
      readonly title: string;
      readonly price: number;
    }
  | { readonly kind: 'text'; readonly instruction: string; readonly text: string }
  | { readonly kind: 'done' };

/**
 * @param observation of WebShop
 * @param clickable texts that can be clicked, which tell values of options from their names
 */
export function readShopPage(observation: string, clickable: ReadonlySet<string>): ShopPage {
  const segments = segmentsOf(observation);
  if (segments[0] === 'Thank you for shopping with us!') return { kind: 'done' };
  if (segments[0] === 'WebShop') return { kind: 'search', instruction: segments[2] ?? '' };
  const instruction = segments[1] ?? '';
  const rest = segments.slice(3);
  const page = /^Page (\d+) \(Total results: \d+\)$/.exec(rest[0] ?? '');
  if (page) return { kind: 'results', instruction, page: Number(page[1]), products: listed(rest) };
  const price = rest.findIndex((segment, i) => segment.startsWith('Price: $') && rest[i + 1] === 'Rating: N.A.');
  if (price < 1) return { kind: 'text', instruction, text: rest.slice(1).join(' ') };
  const options: { name: string; values: string[] }[] = [];
  for (const segment of rest.slice(1, price - 1)) {
    if (clickable.has(segment) && options.length > 0) options[options.length - 1].values.push(segment);
    else options.push({ name: segment, values: [] });
  }
  return { kind: 'item', instruction, options, title: rest[price - 1], price: dollars(rest[price]) };
}

/** The texts that clicking commands name. */
export function clickableTexts(admissible: readonly string[]): ReadonlySet<string> {
  return new Set(
    admissible.filter((command) => command.startsWith('click[')).map((command) => command.slice('click['.length, -1)),
  );
}

function segmentsOf(observation: string): string[] {
  if (observation.includes(' [SEP] ')) return observation.split(' [SEP] ');
  return observation
    .split('\n')
    .map((line) => pythonStrip(line.replace(/^\s*\[(?:clicked )?button\] (.*) \[(?:clicked )?button_\]$/, '$1')))
    .filter((line) => line !== '' && !line.startsWith('You have clicked '));
}

function listed(segments: readonly string[]): ListedProduct[] {
  const first = segments.indexOf('Next >') + 1;
  const products: ListedProduct[] = [];
  for (let i = first; i + 2 < segments.length; i += 3) {
    products.push({ asin: segments[i], title: segments[i + 1], price: dollars(segments[i + 2]) });
  }
  return products;
}

function dollars(text: string): number {
  return Number(/\$(\d[\d.]*)/.exec(text)?.[1] ?? Number.NaN);
}
