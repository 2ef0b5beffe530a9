import { HubError } from './hub-error.ts';
import type { HubFile } from './model-files.ts';
import { isCommit, type ModelId } from './model-id.ts';
import { PassingError, type Persistence, persist } from './persist.ts';

/** Longest wait that a server may ask for before we give up instead, milliseconds. */
const LONGEST_WAIT = 5 * 60_000;

/** What there is to ask of a hub about one model. The token goes to the hub alone, never to the servers it refers to. */
export class HubConnection {
  readonly model: string;
  private readonly url: string;
  private readonly token: string | undefined;
  readonly persistence: Persistence;
  readonly signal: AbortSignal | undefined;
  private reached = false;

  constructor(
    model: string,
    options: {
      readonly url: string;
      readonly token: string | undefined;
      readonly persistence: Persistence;
      readonly signal: AbortSignal | undefined;
    },
  ) {
    this.model = model;
    this.url = options.url.replace(/\/+$/, '');
    this.token = options.token;
    this.persistence = options.persistence;
    this.signal = options.signal;
  }

  /** The commit that a revision is now. */
  async commit({ revision }: ModelId): Promise<string> {
    const { modelInfo } = await import('@huggingface/hub');
    const { sha } = await this.asked((fetch) =>
      modelInfo({ name: this.model, revision, hubUrl: this.url, additionalFields: ['sha'], fetch }),
    );
    if (typeof sha === 'string' && isCommit(sha)) return sha;
    throw this.strange(`${JSON.stringify(sha)} is no commit`);
  }

  /** The files of the top folder. */
  async files(commit: string): Promise<HubFile[]> {
    const { listFiles } = await import('@huggingface/hub');
    return this.asked(async (fetch) => {
      const files: HubFile[] = [];
      const repo = { type: 'model', name: this.model } as const;
      for await (const entry of listFiles({ repo, revision: commit, hubUrl: this.url, fetch })) {
        if (entry?.type !== 'file') continue;
        const { oid = '', size } = entry.lfs ?? entry;
        files.push({ name: String(entry.path), size, etag: String(oid) });
      }
      return files;
    });
  }

  /**
   * Asks for a file from a byte on. `signal` ends the transfer.
   *
   * @returns an answer of status 206, of 200 where the server sends the whole file instead, or of 416
   * @throws PassingError, HubError
   */
  open(commit: string, name: string, from: number, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = from > 0 ? { Range: `bytes=${from}-` } : {};
    const url = `${this.url}/${this.model}/resolve/${commit}/${encodeURIComponent(name)}`;
    return this.request(url, { headers: { ...headers, 'Accept-Encoding': 'identity' }, signal }, [416]);
  }

  /** A connection that broke off, as an error that may pass; any other error as it is. */
  lost(error: unknown): unknown {
    if (error instanceof HubError) return error;
    const { name, message, cause } = error as Error & { cause?: Error & { code?: string } };
    // What fetch and its streams throw: TypeErrors with the socket's error beneath.
    if (!(error instanceof TypeError) && name !== 'TimeoutError' && name !== 'AbortError') return error;
    const why = name === 'TypeError' ? (cause?.code ?? cause?.message ?? message) : 'no answer in time';
    const problem = `the connection to ${this.url} failed (${why}). Check the network and run again: a download goes on where it was.`;
    return new PassingError(this.model, problem, 0, { cause: error });
  }

  /** Asks through the hub's own library, several times if need be. */
  private asked<T>(ask: (fetch: typeof globalThis.fetch) => Promise<T>): Promise<T> {
    const whole: typeof globalThis.fetch = async (input, init) => {
      const limit = AbortSignal.timeout(2 * this.persistence.silence);
      const signal = this.signal === undefined ? limit : AbortSignal.any([this.signal, limit]);
      const response = await this.request(String(input), { ...init, signal });
      try {
        // Read here, so that a connection lost on the way is seen as one.
        const { status, headers } = response;
        return new Response(await response.arrayBuffer(), { status, headers });
      } catch (error) {
        throw this.lost(error);
      }
    };
    const attempt = async (): Promise<T> => {
      try {
        return await ask(whole);
      } catch (error) {
        if (error instanceof HubError || this.signal?.aborted) throw error;
        throw this.strange((error as Error).message, error);
      }
    };
    return this.persist(attempt);
  }

  /** Tries again and again; who never got through has no network, most likely, and is told soon. */
  persist<T>(attempt: () => Promise<T>, progress?: () => number): Promise<T> {
    const { waits } = this.persistence;
    return persist(attempt, {
      waits: () => (this.reached ? waits : waits.slice(0, 2)),
      ...(this.signal && { signal: this.signal }),
      ...(progress && { progress }),
    });
  }

  private async request(
    input: string,
    init: RequestInit & { signal: AbortSignal },
    accepted: readonly number[] = [],
  ): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.token !== undefined && new URL(input).origin === new URL(this.url).origin) {
      headers.set('Authorization', `Bearer ${this.token}`);
    }
    let response: Response;
    try {
      response = await fetch(input, { ...init, headers });
    } catch (error) {
      throw this.lost(error);
    }
    this.reached = true;
    if (response.ok || accepted.includes(response.status)) return response;
    await response.body?.cancel().catch(() => undefined);
    throw this.refused(response);
  }

  private refused({ status, headers, url }: Response): HubError {
    const page = `${this.url}/${this.model}`;
    const reason = headers.get('X-Error-Code');
    if (status === 408 || status === 429 || status >= 500) {
      const wait = retryAfter(headers.get('Retry-After'));
      const problem = `${new URL(url).host} answers with status ${status}${status === 429 ? ' (too many requests)' : ''}. Run again later: a download goes on where it was.`;
      return wait > LONGEST_WAIT
        ? new HubError('TURNWISE_HUB_UNREACHABLE', this.model, problem)
        : new PassingError(this.model, problem, wait);
    }
    if (new URL(url).origin !== new URL(this.url).origin) {
      // The hub signs its references to other servers, for a while.
      return new PassingError(
        this.model,
        `${new URL(url).host}, to which the hub refers, answers with status ${status}. Run again: a download goes on where it was.`,
      );
    }
    if (reason === 'GatedRepo' || status === 403) {
      const problem = `its owner asks for consent. Accept the licence on ${page}, make a token on ${this.url}/settings/tokens and set HF_TOKEN to it${this.token === undefined ? '' : ' (the token that is set was not enough)'}.`;
      return new HubError('TURNWISE_HUB_ACCESS', this.model, problem);
    }
    if (reason === 'RevisionNotFound') {
      const problem = `the model has no such revision; ${page}/tree/main lists those it has.`;
      return new HubError('TURNWISE_HUB_NOT_FOUND', this.model, problem);
    }
    // The hub says 401 for what does not exist as well, so as not to tell what is private.
    if (status === 404 || reason === 'RepoNotFound' || (status === 401 && this.token === undefined)) {
      const code = status === 404 ? 'TURNWISE_HUB_NOT_FOUND' : 'TURNWISE_HUB_ACCESS';
      const problem = `there is no such folder, and ${this.url} has no such model for you. Check the spelling; if it is private or gated, accept its licence on ${page} and set HF_TOKEN to a token that may read it.`;
      return new HubError(code, this.model, problem);
    }
    if (status === 401) {
      const problem = `the hub does not accept your token. Make a new one on ${this.url}/settings/tokens and set HF_TOKEN to it.`;
      return new HubError('TURNWISE_HUB_ACCESS', this.model, problem);
    }
    return this.strange(`status ${status}`);
  }

  private strange(what: string, cause?: unknown): HubError {
    const problem = `${this.url} does not answer as a hub does (${what}). Is HF_ENDPOINT right, or does a proxy answer instead?`;
    return new HubError('TURNWISE_HUB_ANSWER', this.model, problem, { cause });
  }
}

/** Milliseconds of a Retry-After header: seconds, or a date. */
function retryAfter(text: string | null): number {
  if (text === null) return 0;
  const seconds = Number(text);
  const wait = Number.isFinite(seconds) ? 1000 * seconds : Date.parse(text) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : 0;
}
