import { termsOf } from '../search/analyzer.ts';

/** What an instruction asks for, as far as its words tell. */
export interface Wish {
  /** Options that are named outright: `with color: blue, and size: large`. */
  readonly options: readonly { readonly name: string; readonly value: string }[];
  /** Dollars; infinite where no price is named. */
  readonly priceUpper: number;
  /** The words of the rest, kind of product and attributes, by their stems. */
  readonly words: ReadonlyMap<string, string>;
  /** What to search for: these words and the values of the options. */
  readonly query: string;
  /** The instruction without its price. */
  readonly text: string;
}

/** Says nothing about a product. */
const IDLE = new Set(
  termsOf(
    'find me i am looking want need would like buy please some price lower than dollars my also can you has have it',
  ),
);

export function readWish(instruction: string): Wish {
  const price = /,? and price lower than ([\d.]+) dollars$/.exec(instruction);
  const text = price ? instruction.slice(0, price.index) : instruction;
  const options: { name: string; value: string }[] = [];
  let rest = text;
  for (;;) {
    // From the end, since attributes may come after a "with" of their own.
    const last = /^(.*?)(?:,? and| with) ((?:(?! with |: ).)+): ((?:(?!, and [^:]+: ).)+)$/.exec(rest);
    if (!last) break;
    options.unshift({ name: last[2].trim(), value: last[3].trim() });
    rest = last[1];
  }
  const words = new Map<string, string>();
  for (const word of rest.toLowerCase().split(/[\s,;:!?()[\]]+/)) {
    const [stem] = termsOf(word);
    if (stem !== undefined && !IDLE.has(stem) && !words.has(stem)) words.set(stem, word);
  }
  return {
    options,
    priceUpper: price ? Number(price[1]) : Number.POSITIVE_INFINITY,
    words,
    query: [...words.values(), ...options.map(({ value }) => value)].join(' ').replace(/[[\]\n]/g, ' '),
    text,
  };
}

/** The value of an option that the wish asks for: named outright, or mentioned. */
export function wantedValue(
  wish: Wish,
  option: { readonly name: string; readonly values: readonly string[] },
): string | undefined {
  const named = wish.options.find(({ name, value }) => name === option.name && option.values.includes(value));
  if (named) return named.value;
  if (wish.options.length > 0) return undefined;
  const text = ` ${wish.text.toLowerCase()} `;
  const mentioned = option.values.filter((value) => value !== '' && text.includes(value));
  return mentioned.sort((a, b) => b.length - a.length)[0];
}

/** The words of the wish, by stem, that a text does not have. */
export function lacking(words: ReadonlyMap<string, string>, text: string): ReadonlyMap<string, string> {
  const said = new Set(termsOf(text.toLowerCase()));
  return new Map([...words].filter(([stem]) => !said.has(stem)));
}
