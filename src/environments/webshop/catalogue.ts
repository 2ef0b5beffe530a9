import { createReadStream, existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WebShopDataError } from './errors.ts';
import { eachRecord } from './json-records.ts';
import { type HumanNotes, markNumericKeys, type Product, type ProductNotes, readProduct } from './product.ts';
import { ProductFile, StoredProduct } from './stored-product.ts';

/** The products of a shop, in the order of the data. */
export interface Catalogue {
  readonly products: readonly Product[];
  /** Where they come from, for people. */
  readonly source: string;
  /** Records of the data that are no products: a repeated number, or none. */
  readonly leftOut: number;
}

export interface CatalogueOptions {
  /** Only the first so many records of the file, as the original counts them (before repeated ones are left out). */
  readonly numProducts?: number;
  /**
   * Whether descriptions, features and options stay in the file and are read when they are needed, which takes a fifth of the memory.
   * Default: when the file is larger than 512 MB.
   */
  readonly textsOnDisk?: boolean;
  readonly signal?: AbortSignal;
}

/** Bytes of a product file above which its texts stay in it. */
const LARGE = 512 * 2 ** 20;

const PRODUCTS = ['items_shuffle_1000.json', 'items_shuffle.json'];
const NOTES = ['items_ins_v2_1000.json', 'items_ins_v2.json'];
const HUMAN = 'items_human_ins.json';

/**
 * Loads the original's product files from a folder: `items_shuffle_1000.json` with `items_ins_v2_1000.json`, or the full
 * `items_shuffle.json` with `items_ins_v2.json`, and `items_human_ins.json`. The files of 1,000 are taken where both are there;
 * give the product file itself to choose.
 *
 * @param path the folder, or the product file in it
 * @throws WebShopDataError naming file, record and field
 */
export async function loadCatalogue(path: string, options: CatalogueOptions = {}): Promise<Catalogue> {
  const file = await productFile(path);
  const folder = join(file, '..');
  const small = file.endsWith('_1000.json');
  const notes = await readNotes(join(folder, NOTES[small ? 0 : 1]));
  const human = await readHuman(join(folder, HUMAN));
  const products: Product[] = [];
  const known = new Set<string>();
  let records = 0;
  const { numProducts = Number.POSITIVE_INFINITY, textsOnDisk = (await stat(file)).size > LARGE } = options;
  const whereOf = (number: number): string => `${file}, record ${number}`;
  const stored = textsOnDisk
    ? new ProductFile(file, (json, number) =>
        readProduct(parse(markNumericKeys(json), whereOf(number)), undefined, [], whereOf(number)),
      )
    : undefined;
  const texts = new Map<string, string>();
  const shared = <T extends string>(text: T): T => {
    const known = texts.get(text);
    if (known === undefined) texts.set(text, text);
    return (known ?? text) as T;
  };
  for await (const { text, start, end } of eachRecord(createReadStream(file, { highWaterMark: 1 << 20 }), file)) {
    if (records === numProducts) break;
    if (records % 1000 === 0) options.signal?.throwIfAborted();
    const where = whereOf(++records);
    const record = parse(markNumericKeys(text), where);
    const asin = (record as { asin?: unknown } | null)?.asin;
    if (typeof asin === 'string') {
      if (asin === 'nan' || Array.from(asin).length > 10 || known.has(asin)) continue;
      known.add(asin);
    }
    const product = readProduct(record, notes[asin as string], human[asin as string] ?? [], where);
    products.push(stored === undefined ? product : new StoredProduct(product, shared, stored, start, end, records));
  }
  if (products.length === 0) throw new WebShopDataError(file, 'it holds no products');
  return { products, source: file, leftOut: records - products.length };
}

async function productFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new WebShopDataError(path, 'there is no such file or folder');
  if (found.isFile()) return path;
  const name = PRODUCTS.find((candidate) => existsSync(join(path, candidate)));
  if (name === undefined) throw new WebShopDataError(path, `it holds neither ${PRODUCTS.join(' nor ')}`);
  return join(path, name);
}

async function readNotes(file: string): Promise<Readonly<Record<string, ProductNotes>>> {
  const notes = await readObject(file);
  for (const [asin, value] of Object.entries(notes)) {
    const note = value as ProductNotes | null;
    const refuse = (problem: string): never => {
      throw new WebShopDataError(`${file}, ${asin}`, problem);
    };
    if (note === null || typeof note !== 'object') return refuse('it is not an object');
    if (note.attributes !== undefined && !isTexts(note.attributes)) refuse('attributes must be a list of strings');
    const { instruction, instruction_attributes: wanted } = note;
    if (instruction === undefined || instruction === null) continue;
    if (typeof instruction !== 'string') refuse('instruction must be a string');
    if (!isTexts(wanted) || wanted.length === 0)
      refuse('instruction_attributes must be a list of strings and not empty');
  }
  return notes as Record<string, ProductNotes>;
}

async function readHuman(file: string): Promise<Readonly<Record<string, readonly HumanNotes[]>>> {
  const human = await readObject(file);
  for (const [asin, list] of Object.entries(human)) {
    if (!Array.isArray(list)) throw new WebShopDataError(`${file}, ${asin}`, 'it is not a list');
    for (const [i, entry] of list.entries()) {
      const { instruction, instruction_attributes: wanted, instruction_options: options } = (entry ?? {}) as HumanNotes;
      if (typeof instruction === 'string' && isTexts(wanted) && isTexts(options)) continue;
      throw new WebShopDataError(
        `${file}, ${asin}, entry ${i + 1}`,
        'it must have instruction, a string, and instruction_attributes and instruction_options, lists of strings',
      );
    }
  }
  return human as Record<string, HumanNotes[]>;
}

/** An object of the JSON file that has no prototype, so that no key means anything else. */
async function readObject(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const missing = (error as { code?: unknown }).code === 'ENOENT';
    throw new WebShopDataError(file, missing ? 'it is missing' : (error as Error).message, { cause: error });
  }
  const value = parse(text, file);
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new WebShopDataError(file, 'it is not an object');
  return Object.assign(Object.create(null), value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WebShopDataError(where, `it is not JSON (${(error as Error).message})`, { cause: error });
  }
}
