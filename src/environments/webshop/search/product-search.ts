import { comparePythonStrings } from '../../../text/python-text.ts';
import { contentsOf, type Product } from '../product.ts';
import { termsOf } from './analyzer.ts';
import { decodeLength, encodeLength } from './norms.ts';
import { type Postings, PostingsBuilder } from './postings.ts';

/** A product found, with its BM25 score in float32. */
export interface Hit {
  readonly asin: string;
  readonly score: number;
}

/** The parameters that the original's index is searched with (Pyserini's defaults). */
const K1 = Math.fround(0.9);
const B = Math.fround(0.4);

/** From this many postings on it pays to leave out documents that cannot be among the best. */
const MANY = 50_000;

/**
 * The original's search engine: BM25 over title, description, first bullet point and options, equal to Lucene 8 in terms,
 * scores (float32) and order; equal scores are ordered by id. The query is a bag of words, each term weighted by its count.
 */
export class ProductSearch {
  private readonly asins: readonly string[];
  private readonly postings: Postings;
  /** The length of each document as a byte, see norms.ts. */
  private readonly norms: Uint8Array;
  /** 1 / (k1 · (1 − b + b · length / average)), by that byte. */
  private readonly inverseNorms = new Float32Array(256);
  /** The largest tf · inverse norm that any document has for a term, found when it is first asked for. */
  private readonly largest: Float32Array;
  private readonly scores: Float64Array;
  private readonly touched: Uint32Array;

  private constructor(asins: readonly string[], postings: Postings) {
    this.asins = asins;
    this.postings = postings;
    this.norms = Uint8Array.from(postings.lengths, encodeLength);
    const total = postings.lengths.reduce((sum, length) => sum + length, 0);
    const average = Math.fround(total / Math.max(1, asins.length));
    for (let byte = 0; byte < 256; byte++) {
      const relative = Math.fround(Math.fround(B * decodeLength(byte)) / average);
      this.inverseNorms[byte] = 1 / Math.fround(K1 * Math.fround(Math.fround(1 - B) + relative));
    }
    this.largest = new Float32Array(postings.terms.size);
    this.scores = new Float64Array(asins.length);
    this.touched = new Uint32Array(asins.length);
  }

  /** Indexes products in their order. */
  static fromProducts(products: Iterable<Product>): ProductSearch {
    const asins: string[] = [];
    const builder = new PostingsBuilder();
    for (const product of products) {
      asins.push(product.asin);
      builder.add(termsOf(contentsOf(product)));
    }
    return new ProductSearch(asins, builder.finish());
  }

  /** The best `k` products for a query, best first. A query without a known word finds nothing. */
  search(query: string, k = 50): Hit[] {
    const clauses = this.clauses(query);
    let postings = 0;
    for (const { from, to } of clauses) postings += to - from;
    const best = new Best(k, this.asins);
    if (postings < MANY) this.scoreAll(clauses, best);
    else this.scorePromising(clauses, best, k);
    return best.sorted();
  }

  private clauses(query: string): Clause[] {
    const boosts = new Map<string, number>();
    for (const term of termsOf(query)) boosts.set(term, (boosts.get(term) ?? 0) + 1);
    const clauses: Clause[] = [];
    const { terms, starts } = this.postings;
    for (const [text, boost] of boosts) {
      const term = terms.get(text);
      if (term === undefined) continue;
      const [from, to] = [starts[term], starts[term + 1]];
      const holding = to - from;
      const idf = Math.fround(Math.log(1 + (this.asins.length - holding + 0.5) / (holding + 0.5)));
      clauses.push({ term, from, to, weight: Math.fround(boost * idf) });
    }
    return clauses;
  }

  private scoreAll(clauses: readonly Clause[], best: Best): void {
    const { scores, touched } = this;
    let count = 0;
    for (const clause of clauses) count = this.add(clause, count);
    for (let i = 0; i < count; i++) {
      const document = touched[i];
      best.offer(document, Math.fround(scores[document]));
      scores[document] = 0;
    }
  }

  /**
   * Rare terms first; once the terms that are left cannot lift a new document among the best, only documents already met
   * that still can are scored in full. Finds exactly what scoring all finds.
   */
  private scorePromising(clauses: readonly Clause[], best: Best, k: number): void {
    const { scores, touched } = this;
    const order = clauses.map((clause) => ({ clause, bound: this.bound(clause) })).sort((a, b) => b.bound - a.bound);
    let left = order.reduce((sum, { bound }) => sum + bound, 0);
    let count = 0;
    let threshold = 0;
    for (const { clause, bound } of order) {
      if (left < threshold) break;
      count = this.add(clause, count);
      left -= bound;
      const soFar = new Best(k, this.asins);
      for (let i = 0; i < count; i++) soFar.offer(touched[i], scores[touched[i]]);
      // A little below, since sums in another order differ in their last bits.
      threshold = soFar.threshold() * (1 - 1e-6);
    }
    for (let i = 0; i < count; i++) {
      const document = touched[i];
      if (scores[document] + left >= threshold) best.offer(document, this.scoreOf(document, clauses));
      scores[document] = 0;
    }
  }

  /** Adds a clause to the scores and returns how many documents have one now. */
  private add({ from, to, weight }: Clause, before: number): number {
    const { scores, touched, norms, inverseNorms } = this;
    const { documents, counts } = this.postings;
    let count = before;
    for (let i = from; i < to; i++) {
      const document = documents[i];
      const times = counts[i] === 255 ? this.count(i) : counts[i];
      if (scores[document] === 0) touched[count++] = document;
      scores[document] += termScore(weight, times, inverseNorms[norms[document]]);
    }
    return count;
  }

  private scoreOf(document: number, clauses: readonly Clause[]): number {
    const { documents } = this.postings;
    let sum = 0;
    for (const { from, to, weight } of clauses) {
      let low = from;
      let high = to;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (documents[middle] < document) low = middle + 1;
        else high = middle;
      }
      if (low === to || documents[low] !== document) continue;
      sum += termScore(weight, this.count(low), this.inverseNorms[this.norms[document]]);
    }
    return Math.fround(sum);
  }

  /** No document gets more than this for the term. */
  private bound({ term, from, to, weight }: Clause): number {
    if (this.largest[term] === 0) {
      const { documents } = this.postings;
      let largest = 0;
      for (let i = from; i < to; i++)
        largest = Math.max(largest, this.count(i) * this.inverseNorms[this.norms[documents[i]]]);
      this.largest[term] = largest;
    }
    return termScore(weight, this.largest[term], 1) * (1 + 1e-6);
  }

  private count(place: number): number {
    const count = this.postings.counts[place];
    return count < 255 ? count : (this.postings.more.get(place) as number);
  }
}

/** BM25 of one term as Lucene computes it since 8.7, in float32; equal to weight · tf / (tf + norm) up to rounding. */
function termScore(weight: number, times: number, inverseNorm: number): number {
  return Math.fround(weight - Math.fround(weight / Math.fround(1 + Math.fround(Math.fround(times) * inverseNorm))));
}

/** A term of the query: its postings and its weight. */
interface Clause {
  readonly term: number;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/** The best k of the documents offered, as a heap with the worst of them on top. */
class Best {
  private readonly k: number;
  private readonly asins: readonly string[];
  private readonly documents: number[] = [];
  private readonly scores: number[] = [];

  constructor(k: number, asins: readonly string[]) {
    this.k = k;
    this.asins = asins;
  }

  /** What a document must reach to get in. */
  threshold(): number {
    return this.scores.length < this.k ? 0 : this.scores[0];
  }

  offer(document: number, score: number): void {
    const { documents, scores, k } = this;
    const size = documents.length;
    if (size < k) {
      documents.push(document);
      scores.push(score);
      this.rise(size);
    } else if (
      k > 0 &&
      (score > scores[0] ||
        (score === scores[0] && comparePythonStrings(this.asins[document], this.asins[documents[0]]) < 0))
    ) {
      documents[0] = document;
      scores[0] = score;
      this.sink();
    }
  }

  sorted(): Hit[] {
    return this.documents
      .map((document, i) => ({ asin: this.asins[document], score: this.scores[i] }))
      .sort((a, b) => b.score - a.score || comparePythonStrings(a.asin, b.asin));
  }

  private worse(i: number, j: number): boolean {
    const difference = this.scores[i] - this.scores[j];
    return (
      difference < 0 ||
      (difference === 0 && comparePythonStrings(this.asins[this.documents[i]], this.asins[this.documents[j]]) > 0)
    );
  }

  private swap(i: number, j: number): void {
    const { documents, scores } = this;
    [documents[i], documents[j]] = [documents[j], documents[i]];
    [scores[i], scores[j]] = [scores[j], scores[i]];
  }

  private rise(start: number): void {
    let i = start;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.worse(i, parent)) return;
      this.swap(i, parent);
      i = parent;
    }
  }

  private sink(): void {
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= this.documents.length) return;
      const right = left + 1;
      const child = right < this.documents.length && this.worse(right, left) ? right : left;
      if (!this.worse(child, i)) return;
      this.swap(i, child);
      i = child;
    }
  }
}
