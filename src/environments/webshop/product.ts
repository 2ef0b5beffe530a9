import { pythonFloat, pythonStrip } from '../../text/python-text.ts';
import { WebShopDataError } from './errors.ts';

/** A product of the shop, as its pages, its goals and the reward see it. */
export interface Product {
  /** Its number, at most ten characters, in capitals. */
  readonly asin: string;
  readonly title: string;
  readonly description: string;
  /** Its features. */
  readonly bulletPoints: readonly string[];
  /** What its pages say: `$10.0`, or `$10.0 to $20.0`. */
  readonly price: string;
  /** One price, or the lowest and the highest. */
  readonly pricing: readonly number[];
  /** In the order of the data: names and values in lower case. */
  readonly options: readonly ProductOption[];
  readonly category: string;
  /** The search that found it when the data were collected: its type. */
  readonly query: string;
  /** From the general to the special, separated by `›`. */
  readonly productCategory: string;
  /** What it is known to be: `non slip`, `easy clean`. */
  readonly attributes: readonly string[];
  /** Of the synthetic goals: the sentence without options and price, and the attributes it asks for. */
  readonly instruction?: string;
  readonly instructionAttributes?: readonly string[];
  /** What people wrote for it. */
  readonly humanInstructions: readonly HumanInstruction[];
}

export interface ProductOption {
  readonly name: string;
  readonly values: readonly string[];
}

export interface HumanInstruction {
  readonly instruction: string;
  readonly attributes: readonly string[];
  readonly options: readonly string[];
}

/** What the search engine reads of a product. */
export function contentsOf({ title, description, bulletPoints, options }: Product): string {
  const choices = options.map(({ name, values }) => `${name}: ${values.join(', ')}`).join(', and ');
  return `${title} ${description} ${bulletPoints[0] ?? ''} ${choices}`.toLowerCase();
}

/** The attributes of a product that the file of attributes does not know. */
const NO_ATTRIBUTES: readonly string[] = ['DUMMY_ATTR'];

/** What the two files of instructions say of a product. */
export interface ProductNotes {
  readonly attributes?: readonly string[];
  readonly instruction?: string | null;
  readonly instruction_attributes?: readonly string[] | null;
}

export interface HumanNotes {
  readonly instruction: string;
  readonly instruction_attributes: readonly string[];
  readonly instruction_options: readonly string[];
}

/**
 * A record of the product file, by the original's rules of loading.
 *
 * @param where file and record, for errors
 * @throws WebShopDataError naming the field
 */
export function readProduct(
  record: unknown,
  notes: ProductNotes | undefined,
  human: readonly HumanNotes[],
  where: string,
): Product {
  const fields = new Fields(record, where);
  const description = fields.get('small_description');
  const bulletPoints = typeof description === 'string' ? [description] : fields.texts('small_description');
  const pricing = pricesOf(fields);
  return {
    asin: fields.text('asin'),
    title: fields.text('name'),
    description: fields.text('full_description'),
    bulletPoints,
    pricing,
    price: pricing.length === 1 ? money(pricing[0]) : `${money(pricing[0])} to ${money(pricing[1])}`,
    options: optionsOf(fields),
    category: fields.text('category'),
    query: pythonStrip(fields.text('query').toLowerCase()),
    productCategory: fields.text('product_category'),
    attributes: notes?.attributes ?? NO_ATTRIBUTES,
    instruction: notes?.instruction ?? undefined,
    instructionAttributes: notes?.instruction_attributes ?? undefined,
    humanInstructions: human.map(({ instruction, instruction_attributes, instruction_options }) => ({
      instruction,
      attributes: instruction_attributes,
      options: instruction_options,
    })),
  };
}

/** Reads the fields of a record. */
class Fields {
  private readonly record: Readonly<Record<string, unknown>>;
  private readonly where: string;

  constructor(record: unknown, where: string) {
    this.where = where;
    if (record === null || typeof record !== 'object' || Array.isArray(record))
      throw new WebShopDataError(where, 'it is not an object');
    this.record = record as Record<string, unknown>;
  }

  get(name: string): unknown {
    return this.record[name];
  }

  text(name: string): string {
    const value = this.record[name];
    return typeof value === 'string' ? value : this.refuse(name, 'it must be a string');
  }

  texts(name: string): readonly string[] {
    const value = this.record[name];
    const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
    return isList ? value : this.refuse(name, 'it must be a string or a list of strings');
  }

  refuse(name: string, problem: string): never {
    throw new WebShopDataError(`${this.where}, field ${name}`, problem);
  }
}

function money(price: number): string {
  return `$${pythonFloat(price)}`;
}

function pricesOf(fields: Fields): readonly number[] {
  const pricing = fields.get('pricing');
  if (pricing === undefined || pricing === null || pricing === '') return [100];
  const prices = fields
    .text('pricing')
    .split('$')
    .slice(1)
    .map((part) => {
      const digits = part.replace(/[^\p{Nd}.]/gu, '').replace(/[^\d.]/gu, asciiDigit);
      return /^(?:\d+\.?\d*|\.\d+)$/.test(digits) ? Number(digits) : Number.NaN;
    });
  if (prices.length === 0 || prices.some(Number.isNaN))
    fields.refuse('pricing', `it must be prices such as $9.99 or $10.0$20.0, not ${JSON.stringify(pricing)}`);
  return prices.slice(0, 2);
}

/** A digit of another script, which Python reads as a digit too: they come in tens from zero to nine. */
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) as number;
  let zero = point;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String((point - zero) % 10);
}

function optionsOf(fields: Fields): readonly ProductOption[] {
  const options = fields.get('customization_options');
  if (options === undefined || options === null || options === '') return [];
  if (Array.isArray(options) && options.length === 0) return [];
  const refuse = (problem: string): never => fields.refuse('customization_options', problem);
  if (typeof options !== 'object' || Array.isArray(options)) refuse('it must be an object, empty text or null');
  const byName = new Map<string, readonly string[]>();
  for (const [key, contents] of Object.entries(options)) {
    if (contents === null) continue;
    if (!Array.isArray(contents)) refuse(`${JSON.stringify(key)} must be a list or null`);
    const values = (contents as unknown[]).map((content) => {
      const value = (content as { value?: unknown } | null)?.value;
      if (typeof value !== 'string') refuse(`every choice of ${JSON.stringify(key)} must have a text value`);
      return pythonStrip(value as string)
        .replaceAll('/', ' | ')
        .toLowerCase();
    });
    byName.set(unmarked(key).toLowerCase(), values);
  }
  return Array.from(byName, ([name, values]) => ({ name, values }));
}

/** What marks a key of digits, which JavaScript would put before all others. */
const MARK = '\u0000';

/** JSON whose objects keep the order of their keys also where a key is a number. */
export function markNumericKeys(json: string): string {
  return json.replace(/"(\d+)"(\s*:)/g, (_, digits, colon) => `"\\u0000${digits}"${colon}`);
}

function unmarked(key: string): string {
  return key.startsWith(MARK) ? key.slice(MARK.length) : key;
}
