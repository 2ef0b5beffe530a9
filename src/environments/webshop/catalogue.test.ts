import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '../../text/random.ts';
import { loadCatalogue } from './catalogue.ts';
import { WebShopDataError } from './errors.ts';
import { syntheticGoals } from './goals.ts';
import { eachRecord } from './json-records.ts';
import { openWebShop } from './open.ts';
import type { Product } from './product.ts';

const odd = fileURLToPath(new URL('../../../tests/golden/webshop/odd-shop', import.meta.url));
const PRODUCTS = 'items_shuffle_1000.json';
const NOTES = 'items_ins_v2_1000.json';
const HUMAN = 'items_human_ins.json';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shop-'));
  await cp(odd, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

/** Puts a product with these fields after all others and tries to load. */
async function withField(fields: Record<string, unknown>): Promise<string> {
  const records = JSON.parse(await readFile(join(folder, PRODUCTS), 'utf8')) as Record<string, unknown>[];
  const last = { ...records[0], asin: 'B0NEW', ...fields };
  await writeFile(join(folder, PRODUCTS), JSON.stringify([...records, last]));
  return loadCatalogue(folder).then(
    () => 'loaded',
    (error: Error) => {
      expect(error).toBeInstanceOf(WebShopDataError);
      return error.message;
    },
  );
}

async function problem(): Promise<string> {
  const error = await loadCatalogue(folder).catch((e: Error) => e);
  expect(error).toBeInstanceOf(WebShopDataError);
  return (error as Error).message;
}

describe('loadCatalogue', () => {
  it('leaves out repeated and overlong numbers, after counting them', async () => {
    const all = await loadCatalogue(folder);
    expect([all.products.length, all.leftOut]).toEqual([57, 3]);
    expect((await loadCatalogue(folder, { numProducts: 10 })).products.length).toBe(7);
    expect((await loadCatalogue(join(folder, PRODUCTS))).products).toEqual(all.products);
  });

  it('reads the same products when their texts stay in the file', async () => {
    const [inMemory, onDisk] = await Promise.all(
      [false, true].map((textsOnDisk) => loadCatalogue(folder, { textsOnDisk })),
    );
    const whole = (products: readonly Product[]) =>
      products.map(
        ({ asin, title, description, bulletPoints, price, pricing, options, category, query, productCategory }) => ({
          ...{ asin, title, description, bulletPoints, price, pricing, options, category, query, productCategory },
        }),
      );
    expect(whole(onDisk.products)).toEqual(whole(inMemory.products));
    expect(syntheticGoals(onDisk.products)).toEqual(syntheticGoals(inMemory.products));
    expect(onDisk.products.map((p) => [p.attributes, p.humanInstructions])).toEqual(
      inMemory.products.map((p) => [p.attributes, p.humanInstructions]),
    );
  });

  it('keeps options in the order of the file, also where their names are numbers', async () => {
    const options =
      '{"Size":[{"value":" A/B "}],"10":[{"value":"x"}],"2":[{"value":"y"}],"SIZE":[{"value":"z"}],"None":null}';
    const text = `[{"asin":"B1","name":"n","full_description":"","pricing":"$1,250.5$2","category":"c","query":" Q ","product_category":"",
      "small_description":"one","customization_options":${options}}]`;
    await writeFile(join(folder, PRODUCTS), text);
    const [product] = (await loadCatalogue(folder)).products;
    expect(product.options).toEqual([
      { name: 'size', values: ['z'] },
      { name: '10', values: ['x'] },
      { name: '2', values: ['y'] },
    ]);
    expect(product).toMatchObject({
      query: 'q',
      price: '$1250.5 to $2.0',
      bulletPoints: ['one'],
      attributes: ['DUMMY_ATTR'],
    });
  });

  it.each([
    ['$15.50 ($0.97 / Ounce)', '$15.5 to $0.97'],
    ['$１２.５', '$12.5'],
    ['$٣', '$3.0'],
    ['$1e9', '$19.0'],
    ['$-5', '$5.0'],
    ['', '$100.0'],
  ])('reads the price %j as Python does', async (pricing, price) => {
    expect(await withField({ pricing })).toBe('loaded');
    expect((await loadCatalogue(folder)).products.at(-1)?.price).toBe(price);
  });

  it.each([
    [{ name: 5 }, /record 61, field name: it must be a string/],
    [{ pricing: 'cheap' }, /field pricing: it must be prices such as \$9\.99/],
    [{ pricing: '$1.2.3' }, /field pricing/],
    [{ small_description: [1] }, /field small_description: it must be a string or a list of strings/],
    [{ customization_options: ['red'] }, /field customization_options: it must be an object/],
    [{ customization_options: { Color: 'red' } }, /"Color" must be a list or null/],
    [{ customization_options: { Color: [{}] } }, /every choice of "Color" must have a text value/],
    [{ asin: 7 }, /field asin/],
    [{ query: null }, /field query/],
  ])('names record and field of %j', async (fields, words) => {
    expect(await withField(fields)).toMatch(words);
  });

  it('names files that are missing, no JSON, or of the wrong shape', async () => {
    await expect(loadCatalogue(join(folder, 'nowhere'))).rejects.toThrow(/nowhere: there is no such file or folder/);
    await writeFile(join(folder, HUMAN), '{"B1": [{"instruction": 1}]}');
    expect(await problem()).toMatch(/items_human_ins\.json, B1, entry 1: it must have instruction/);
    await writeFile(join(folder, HUMAN), '[1');
    expect(await problem()).toMatch(/items_human_ins\.json: it is not JSON/);
    await writeFile(join(folder, NOTES), '{"B1": {"instruction": "x", "instruction_attributes": []}}');
    expect(await problem()).toMatch(/B1: instruction_attributes must be a list of strings and not empty/);
    await rm(join(folder, NOTES));
    expect(await problem()).toMatch(/items_ins_v2_1000\.json: it is missing/);
    await rm(join(folder, PRODUCTS));
    expect(await problem()).toMatch(/it holds neither items_shuffle_1000\.json nor items_shuffle\.json/);
  });

  it.each([
    ['{}', /it is not a JSON list/],
    ['', /it is not a JSON list/],
    ['[]', /it holds no products/],
    ['[{"asin": "B1"', /it ends in the middle of record 1/],
    ['[nonsense]', /record 1: it is not JSON/],
    ['[[1]]', /record 1: it is not an object/],
    ['[null]', /record 1: it is not an object/],
  ])('refuses the product file %j', async (text, words) => {
    await writeFile(join(folder, PRODUCTS), text);
    expect(await problem()).toMatch(words);
  });

  it('refuses or plays whatever a broken disk makes of the files', async () => {
    const random = Random.of(1, 'mangle');
    for (let i = 0; i < 120; i++) {
      const name = random.pick([PRODUCTS, NOTES, HUMAN]);
      const text = await readFile(join(odd, name), 'utf8');
      const at = random.below(text.length);
      const junk = random.pick(['', '}', ']', '"', '\\', '{', '[', '\u0000', ',', 'null', '1e999', '__proto__']);
      await writeFile(join(folder, name), text.slice(0, at) + junk + text.slice(at + random.below(4)));
      const result = await openWebShop({ data: folder }).then(
        async (suite) => (await suite.create().reset(suite.tasks(suite.splits[0])[0])).observation,
        (error: Error & { code?: string }) => {
          if (error.code?.startsWith('TURNWISE_WEBSHOP')) return error.message;
          throw error;
        },
      );
      expect(result).not.toBe('');
      await cp(odd, folder, { recursive: true });
    }
  });
});

describe('eachRecord', () => {
  it.each([
    ['[{}, ]', /there is nothing after its record 1/],
    ['[{}] x', /something follows the end of its list/],
    ['[{}', /it ends in the middle of record 1/],
    ['[,1]', /there is nothing after its record 0/],
  ])('refuses %j', async (text, words) => {
    const all = async (): Promise<void> => {
      const chunks = async function* () {
        yield Buffer.from(text);
      };
      for await (const _ of eachRecord(chunks(), 'file'));
    };
    await expect(all()).rejects.toThrow(words);
  });

  it('finds the same records however the file is cut into pieces', async () => {
    const bytes = await readFile(join(odd, PRODUCTS));
    const expected = (JSON.parse(bytes.toString()) as unknown[]).map((record) => JSON.stringify(record));
    for (const size of [1, 7, 4096, bytes.length]) {
      const chunks = async function* () {
        for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
      };
      const found: string[] = [];
      for await (const { text, start, end } of eachRecord(chunks(), 'x')) {
        expect(bytes.subarray(start, end).toString()).toBe(text);
        found.push(JSON.stringify(JSON.parse(text)));
      }
      expect(found).toEqual(expected);
    }
  });
});
