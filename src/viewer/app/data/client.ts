import type { Change, TextQuery, ViewerApi } from '../../api.ts';
import type { Endpoint } from '../../endpoints.ts';

/** What is known of an answer: the latest one, also while a newer one is under way. */
export interface Answer<T> {
  readonly data: T | undefined;
  readonly error: Error | undefined;
  readonly loading: boolean;
}

interface Entry {
  readonly method: Endpoint;
  readonly argument: unknown;
  answer: Answer<unknown>;
  /** Rises with every request, so that an answer that comes late is not taken for a newer one. */
  request: number;
  stale: boolean;
  readonly listeners: Set<() => void>;
}

/** Answers kept while nobody shows them; a group may be some megabytes. */
const KEPT = 24;
/** Changes that come within so many milliseconds of each other are one. */
const TOGETHER = 400;

/** Asks each question once, keeps the answers, and asks again when something changed on the disk. */
export class Client {
  readonly live: boolean;
  private readonly api: ViewerApi;
  private readonly entries = new Map<string, Entry>();
  private pending: { runs: Set<string>; all: boolean } | undefined;

  constructor(api: ViewerApi) {
    this.api = api;
    this.live = api.watch !== undefined;
  }

  /** Listens for changes until the returned function is called. */
  watch(): () => void {
    return this.api.watch?.((change) => this.changed(change)) ?? (() => undefined);
  }

  /** Asks again for everything, since it is not known what changed. */
  refresh(): void {
    this.changed({ runs: [], list: true }, true);
  }

  /** The answer so far; asks where nobody has. */
  read(method: Endpoint, argument: unknown): Answer<unknown> {
    return this.entry(method, argument).answer;
  }

  subscribe(method: Endpoint, argument: unknown, listener: () => void): () => void {
    const entry = this.entry(method, argument);
    entry.listeners.add(listener);
    if (entry.stale) this.load(entry);
    return () => {
      entry.listeners.delete(listener);
      this.forget();
    };
  }

  /** A text in full; not kept, since it may be large. */
  text(query: TextQuery): Promise<string | undefined> {
    return this.api.text(query);
  }

  private entry(method: Endpoint, argument: unknown): Entry {
    const key = JSON.stringify([method, argument]);
    let entry = this.entries.get(key);
    if (entry === undefined) {
      const answer = { data: undefined, error: undefined, loading: true };
      entry = { method, argument, answer, request: 0, stale: false, listeners: new Set() };
      this.entries.set(key, entry);
      this.load(entry);
    }
    return entry;
  }

  private load(entry: Entry): void {
    entry.stale = false;
    const request = ++entry.request;
    const ask = this.api[entry.method] as (argument: unknown) => Promise<unknown>;
    const settle = (answer: Answer<unknown>) => {
      if (request !== entry.request) return;
      entry.answer = answer;
      for (const listener of entry.listeners) listener();
    };
    ask.call(this.api, entry.argument).then(
      (data) => settle({ data, error: undefined, loading: false }),
      (error: Error) => settle({ data: entry.answer.data, error, loading: false }),
    );
  }

  private changed({ runs, list }: Change, all = false): void {
    if (this.pending === undefined) {
      this.pending = { runs: new Set(), all: false };
      setTimeout(() => this.reload(), TOGETHER);
    }
    for (const run of runs) this.pending.runs.add(run);
    this.pending.all ||= all;
    if (list) this.pending.runs.add('');
  }

  private reload(): void {
    const { runs, all } = this.pending!;
    this.pending = undefined;
    for (const entry of this.entries.values()) {
      if (!all && !touches(entry, runs)) continue;
      if (entry.listeners.size > 0) this.load(entry);
      else entry.stale = true;
    }
  }

  /** Lets go of the oldest answers that nobody shows. */
  private forget(): void {
    let surplus = this.entries.size - KEPT;
    for (const [key, { listeners }] of this.entries) {
      if (surplus <= 0) return;
      if (listeners.size > 0) continue;
      this.entries.delete(key);
      surplus--;
    }
  }
}

/** Whether the answer may be another one now. The steps of a stored group stay as they are. */
function touches({ method, argument }: Entry, runs: ReadonlySet<string>): boolean {
  switch (method) {
    case 'runs':
      return true;
    case 'curves':
      return (argument as readonly string[]).some((run) => runs.has(run));
    case 'facets':
      return runs.has(argument as string);
    case 'episodes':
      return runs.has((argument as { run: string }).run);
    default:
      return false;
  }
}
