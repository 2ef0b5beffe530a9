/** Something that cannot be read. */
export interface FileProblem {
  /** Counted from 1; absent where it is the whole file. */
  readonly line?: number;
  /** One sentence. */
  readonly problem: string;
}

/** Problems of one file that are kept. */
const KEPT = 100;

/** The problems of one file: the first ones, and how many more there are. */
export class ProblemList {
  private readonly kept: FileProblem[] = [];
  private more = 0;

  add(problem: FileProblem): void {
    if (this.kept.length < KEPT) this.kept.push(problem);
    else this.more++;
  }

  get all(): readonly FileProblem[] {
    if (this.more === 0) return this.kept;
    const lines = this.more === 1 ? 'one more place' : `${this.more} more places`;
    return [...this.kept, { problem: `it cannot be read in ${lines}.` }];
  }
}
