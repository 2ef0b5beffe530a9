/** Which documents hold which terms how often, in typed arrays: five bytes for each pair of document and term. */
export interface Postings {
  /** Number of every term. */
  readonly terms: ReadonlyMap<string, number>;
  /** Where the documents of term t begin; those of the last end at `starts[terms.size]`. */
  readonly starts: Uint32Array;
  /** Documents of each term, ascending. */
  readonly documents: Uint32Array;
  /** How often the document has the term; 255 stands for more, which is in `more`. */
  readonly counts: Uint8Array;
  readonly more: ReadonlyMap<number, number>;
  /** Terms in each document, with repetitions. */
  readonly lengths: Uint32Array;
}

const CHUNK = 1 << 20;

/** Collects documents one by one and turns them into postings. */
export class PostingsBuilder {
  private readonly terms = new Map<string, number>();
  private readonly termChunks: Uint32Array[] = [];
  private readonly countChunks: Uint8Array[] = [];
  private readonly more = new Map<number, number>();
  private readonly lengths: number[] = [];
  private readonly distinct: number[] = [];
  private size = 0;

  add(words: readonly string[]): void {
    const counts = new Map<number, number>();
    for (const word of words) {
      let term = this.terms.get(word);
      if (term === undefined) {
        term = this.terms.size;
        this.terms.set(word, term);
      }
      counts.set(term, (counts.get(term) ?? 0) + 1);
    }
    for (const [term, count] of counts) this.push(term, count);
    this.lengths.push(words.length);
    this.distinct.push(counts.size);
  }

  finish(): Postings {
    const starts = new Uint32Array(this.terms.size + 1);
    this.each((_, term) => starts[term + 1]++);
    for (let t = 0; t < this.terms.size; t++) starts[t + 1] += starts[t];
    const next = starts.slice(0, this.terms.size);
    const documents = new Uint32Array(this.size);
    const counts = new Uint8Array(this.size);
    const more = new Map<number, number>();
    let document = 0;
    let left = this.distinct[0] ?? 0;
    this.each((at, term, count) => {
      while (left === 0) left = this.distinct[++document];
      left--;
      const place = next[term]++;
      documents[place] = document;
      counts[place] = count;
      if (count === 255) more.set(place, this.more.get(at) ?? 255);
    });
    return { terms: this.terms, starts, documents, counts, more, lengths: Uint32Array.from(this.lengths) };
  }

  private push(term: number, count: number): void {
    const at = this.size++;
    const chunk = Math.floor(at / CHUNK);
    if (chunk === this.termChunks.length) {
      this.termChunks.push(new Uint32Array(CHUNK));
      this.countChunks.push(new Uint8Array(CHUNK));
    }
    this.termChunks[chunk][at % CHUNK] = term;
    this.countChunks[chunk][at % CHUNK] = Math.min(255, count);
    if (count > 255) this.more.set(at, count);
  }

  private each(visit: (at: number, term: number, count: number) => void): void {
    let at = 0;
    for (const [c, terms] of this.termChunks.entries()) {
      const counts = this.countChunks[c];
      for (let i = 0; i < CHUNK && at < this.size; i++) visit(at++, terms[i], counts[i]);
    }
  }
}
