import { ApiError } from './api-error.ts';

/** Bounds how many completions wait and run. */
export class Admission {
  readonly limit: number;
  private inside = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Completions that wait or run. */
  get count(): number {
    return this.inside;
  }

  /**
   * Lets completions in; they are out when the answer is called.
   *
   * @throws ApiError 429 when there is no room now, 400 when there never is
   */
  enter(completions: number): () => void {
    if (completions > this.limit) {
      throw new ApiError(
        `the request asks for ${completions} completions; this server has at most ${this.limit} at once (--max-queue). Split it.`,
        { status: 400, reason: 'too_many_completions' },
      );
    }
    if (this.inside + completions > this.limit) {
      throw new ApiError(
        `${this.inside} completions wait or run, and this server has at most ${this.limit} at once (--max-queue). Try again.`,
        { status: 429, type: 'rate_limit_error', reason: 'queue_full', headers: { 'retry-after': '1' } },
      );
    }
    this.inside += completions;
    return () => {
      this.inside -= completions;
    };
  }
}
