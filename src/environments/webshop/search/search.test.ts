import { describe, expect, it } from 'vitest';
import { Random } from '../../../text/random.ts';
import { loadCatalogue } from '../catalogue.ts';
import { hasOfficialData, oddProducts, officialData, officialGolden } from '../odd-shop.test-support.ts';
import { contentsOf, type Product } from '../product.ts';
import { termsOf } from './analyzer.ts';
import { decodeLength, encodeLength } from './norms.ts';
import { ProductSearch } from './product-search.ts';
import { eachWord } from './word-break.ts';

if (!hasOfficialData) console.log('skipped: Lucene goldens; the official data are not there');

function words(text: string): string[] {
  const found: string[] = [];
  eachWord(text, (start, end) => found.push(text.slice(start, end)));
  return found;
}

describe('eachWord', () => {
  // What Lucene 8.7 gives.
  it.each([
    ["it's 3.5-inch, 1,000 a_b x:y", ["it's", '3.5', 'inch', '1,000', 'a_b', 'x:y']],
    ['1:2 a,b _ __x', ['1', '2', 'a', 'b', '__x']],
    ['★ kept ☛', ['★', 'kept', '☛']],
    ['漢字かなカナ한글', ['漢', '字', 'か', 'な', 'カナ', '한글']],
    ['ภาษาไทย', ['ภาษาไทย']],
    ['👩‍👩‍👧🏽👍🏽 🇩🇪🇫🇷 1️⃣ #️⃣', ['👩‍👩‍👧🏽', '👍🏽', '🇩🇪', '🇫🇷', '1️⃣', '#️⃣']],
    ['א״ב א"ב', ['א״ב', 'א"ב']],
    ['ｶﾞ e\u0301a', ['ｶﾞ', 'e\u0301a']],
    ['', []],
  ])('of %j', (text, expected) => expect(words(text)).toEqual(expected));

  it('cuts words of more than 255 units', () => {
    expect(words('a'.repeat(600)).map((word) => word.length)).toEqual([255, 255, 90]);
  });

  it.runIf(hasOfficialData)('puts every code point where Lucene puts it', () => {
    const kinds = (text: string): string => {
      const found: number[] = [];
      eachWord(text, (start, end) => found.push(end - start));
      return found.join(',');
    };
    for (const line of officialGolden('lucene-codepoint-classes.tsv.gz').trim().split('\n')) {
      const [range, signature] = line.split('\t');
      if (signature === '-') continue;
      const [first, last] = range.split('-').map((hex) => Number.parseInt(hex, 16));
      const expected = signature.split('|').map((part) => part.replace(/:[A-Z]+/g, ''));
      for (const point of new Set([first, (first + last) >> 1, last])) {
        const c = String.fromCodePoint(point);
        expect([kinds(c), kinds(`a${c}a`), kinds(`0${c}0`), kinds(`カ${c}カ`)], point.toString(16)).toEqual(expected);
      }
    }
  });
});

describe('termsOf', () => {
  it.each([
    ["The dog's relational possibilities", ['dog', 'relat', 'possibl']],
    ['ponies caresses cats agreed plastered motoring', ['poni', 'caress', 'cat', 'agre', 'plaster', 'motor']],
    ['hopping falling filing sized analogousli', ['hop', 'fall', 'file', 'size', 'analog']],
    ['generalizations oscillators is it', ['gener', 'oscil']],
    ['İSTANBUL ΣΟΦΟΣ', ['istanbul', 'σοφοσ']],
  ])('of %j', (text, terms) => expect(termsOf(text)).toEqual(terms));

  it.runIf(hasOfficialData)('equals Lucene on the 1,000 official products', async () => {
    const { products } = await loadCatalogue(officialData);
    const expected = officialGolden('lucene-document-tokens.jsonl.gz').trim().split('\n');
    products.forEach((product, i) => {
      expect(JSON.stringify(termsOf(contentsOf(product))), product.asin).toBe(expected[i]);
    });
  });
});

describe('lengths in a byte', () => {
  it('are exact up to 39, never larger than they were, and ordered', () => {
    for (let length = 0; length < 5000; length++) {
      const kept = decodeLength(encodeLength(length));
      if (length < 40) expect(kept).toBe(length);
      expect(kept).toBeLessThanOrEqual(length);
      expect(kept).toBeGreaterThan(length * 0.87 - 1);
    }
    for (let byte = 1; byte < 256; byte++) {
      expect(decodeLength(byte)).toBeGreaterThan(decodeLength(byte - 1));
      expect(encodeLength(decodeLength(byte))).toBe(byte);
    }
  });
});

/** A product with nothing but a title. */
function titled(asin: string, title: string): Product {
  return {
    asin,
    title,
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
}

/** BM25 by its formula, over all documents and in double precision. */
function slowSearch(products: readonly Product[], query: string, k: number): { asin: string; score: number }[] {
  const documents = products.map((product) => termsOf(contentsOf(product)));
  const average = documents.reduce((sum, terms) => sum + terms.length, 0) / documents.length;
  return products
    .map(({ asin }, i) => {
      let score = 0;
      for (const term of termsOf(query)) {
        const holding = documents.filter((terms) => terms.includes(term)).length;
        const idf = Math.log(1 + (documents.length - holding + 0.5) / (holding + 0.5));
        const times = documents[i].filter((other) => other === term).length;
        const length = decodeLength(encodeLength(documents[i].length));
        score += (idf * times) / (times + 0.9 * (1 - 0.4 + (0.4 * length) / average));
      }
      return { asin, score };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || (a.asin < b.asin ? -1 : 1))
    .slice(0, k);
}

describe('ProductSearch', () => {
  it.runIf(hasOfficialData)('finds what Lucene finds, with its scores, for 8,623 queries', async () => {
    const search = ProductSearch.fromProducts((await loadCatalogue(officialData)).products);
    for (const line of officialGolden('lucene-bm25-top50.jsonl.gz').trim().split('\n')) {
      const { q, hits } = JSON.parse(line) as { q: string; hits: [string, number][] };
      const found = search.search(q, 50).map(({ asin, score }) => [asin, score]);
      if (JSON.stringify(found) === '') continue;
      expect(found, q).toEqual(hits.map(([asin, score]) => [asin, Math.fround(score)]));
    }
  });

  it('agrees with the formula', async () => {
    const products = await oddProducts();
    const search = ProductSearch.fromProducts(products);
    for (const query of ['lamp', 'lamp lamp desk', 'non slip wool socks', 'café ★ x-large', 'nothing here', '']) {
      const [fast, slow] = [search.search(query, 20), slowSearch(products, query, 20)];
      expect(fast.length).toBe(slow.length);
      fast.forEach(({ score }, i) => expect(score).toBeCloseTo(slow[i].score, 5));
    }
  });

  it('orders equal scores by number', () => {
    const search = ProductSearch.fromProducts(['B3', 'B1', 'B2'].map((asin) => titled(asin, 'lamp')));
    expect(search.search('lamp').map(({ asin }) => asin)).toEqual(['B1', 'B2', 'B3']);
    expect(search.search('lamp', 2).map(({ asin }) => asin)).toEqual(['B1', 'B2']);
    expect(search.search('lamp', 0)).toEqual([]);
  });

  it('counts words that come more than 255 times', () => {
    const search = ProductSearch.fromProducts([
      titled('B1', 'lamp '.repeat(300)),
      titled('B2', 'lamp '.repeat(255) + 'desk '.repeat(45)),
    ]);
    const [first, second] = search.search('lamp');
    expect(first.asin).toBe('B1');
    expect(first.score).toBeGreaterThan(second.score);
  });

  it('leaves out early what cannot be among the best, and finds the same', () => {
    const random = Random.of(1, 'search');
    // Words get rarer the longer they are; enough documents for the shortcut to be taken.
    const word = (): string => `w${Math.floor(400 * random.next() ** 3)}x`;
    const products = Array.from({ length: 6000 }, (_, i) =>
      titled(`B${String(i).padStart(6, '0')}`, Array.from({ length: 10 + random.below(40) }, word).join(' ')),
    );
    const search = ProductSearch.fromProducts(products);
    let shortcuts = 0;
    for (let i = 0; i < 40; i++) {
      const query = Array.from({ length: 2 + random.below(10) }, word).join(' ');
      // Asking for everything takes no shortcut.
      const all = search.search(query, products.length);
      if (all.length > 3000) shortcuts++;
      expect(search.search(query, 50), query).toEqual(all.slice(0, 50));
    }
    expect(shortcuts).toBeGreaterThan(10);
  });

  it('is empty without products', () => {
    expect(ProductSearch.fromProducts([]).search('lamp')).toEqual([]);
  });
});
