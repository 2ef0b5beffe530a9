import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkHost, checkKey, isLoopback } from './access.ts';
import { Admission } from './admission.ts';
import { ApiError, clientGone } from './api-error.ts';
import { answerChat } from './chat-completions.ts';
import { answerCompletion } from './completions.ts';
import type { Exchange } from './exchange.ts';
import type { TokenLimits } from './fit-prompt.ts';
import { readJson } from './read-body.ts';
import { flushed, sendError, sendJson, toApiError } from './respond.ts';
import { unknownModel } from './sampling-parameters.ts';
import { ServeError } from './serve-error.ts';
import type { ServedModel } from './served-model.ts';

export interface ServeOptions {
  /** Address to listen on. */
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** Requests must carry it; absent: anybody may ask. */
  readonly apiKey?: string;
  /** Allows other machines without a key. */
  readonly insecure: boolean;
  /** Bytes of a request's body, at most. */
  readonly maxBody: number;
  /** Milliseconds a body may take to arrive. */
  readonly bodyTimeout: number;
  /** Completions that wait or run, at most. */
  readonly maxQueue: number;
  readonly tokens: TokenLimits;
  /** Told of errors that are bugs; their client learns only that there was one. */
  readonly onError?: (error: unknown) => void;
}

export const SERVE_DEFAULTS: ServeOptions = {
  host: '127.0.0.1',
  port: 8000,
  insecure: false,
  maxBody: 4 * 2 ** 20,
  bodyTimeout: 30_000,
  maxQueue: 256,
  tokens: { truncatePrompts: false },
};

/** Time for the last bytes of what is given up, milliseconds. */
const LAST_WORDS = 2_000;

/** A server that listens. */
export interface RunningServer {
  /** `http://127.0.0.1:8000` */
  readonly url: string;
  /**
   * Takes no more requests, lets those that run go on for a while, then ends them with an error each. The policy stays open.
   *
   * @param grace milliseconds
   */
  close(grace?: number): Promise<void>;
}

/**
 * Serves a model to OpenAI's clients: `/v1/completions`, `/v1/chat/completions`, `/v1/models`, `/health`.
 *
 * @throws ServeError when it may not or cannot listen
 */
export async function startServer(model: ServedModel, options: Partial<ServeOptions> = {}): Promise<RunningServer> {
  const o = { ...SERVE_DEFAULTS, ...options };
  checkExposure(o);
  const app = new App(model, o);
  const server = createServer({ headersTimeout: 15_000, requestTimeout: 0 }, (request, response) => {
    void app.answer(request, response);
  });
  await listen(server, o);
  const { address, port, family } = server.address() as AddressInfo;
  const close = async (grace = 10_000): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), grace + LAST_WORDS);
    await app.drain(grace);
    clearTimeout(timer);
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`, close };
}

/**
 * Other machines are let in with a key, or when that is meant.
 *
 * @throws ServeError
 */
export function checkExposure({ host, apiKey, insecure }: Pick<ServeOptions, 'host' | 'apiKey' | 'insecure'>): void {
  if (apiKey === '')
    throw new ServeError('the API key is empty. Set --api-key or TURNWISE_API_KEY to a secret, or neither.');
  if (isLoopback(host) || apiKey !== undefined || insecure) return;
  throw new ServeError(
    `${host} can be reached by other machines, and without a key anybody there could use the model. Set --api-key or TURNWISE_API_KEY, or say --insecure.`,
  );
}

function listen(server: Server, { host, port }: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'the port is in use. Take another with --port, or 0 for any' : error.message;
      reject(new ServeError(`cannot listen on ${host}, port ${port}: ${why}.`, { cause: error }));
    });
    server.listen(port, host.replace(/^\[|\]$/g, ''), resolve);
  });
}

/** Finds who answers a request, and bounds what it may cost. */
class App {
  private readonly model: ServedModel;
  private readonly options: ServeOptions;
  private readonly admission: Admission;
  private readonly started = Math.floor(Date.now() / 1000);
  private readonly running = new Map<AbortController, Promise<void>>();
  private closing = false;

  constructor(model: ServedModel, options: ServeOptions) {
    this.model = model;
    this.options = options;
    this.admission = new Admission(options.maxQueue);
  }

  /** Answers one request; never throws. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const controller = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) controller.abort(clientGone());
    });
    // A connection that breaks is seen by `close`.
    response.on('error', () => {});
    const work = this.route(request, response, controller.signal).catch((error: unknown) => {
      const told = toApiError(error);
      if (!told) this.options.onError?.(error);
      sendError(request, response, told ?? internalError());
    });
    const over = work.then(() => flushed(response));
    this.running.set(controller, over);
    await over;
    this.running.delete(controller);
  }

  /** Waits for what runs; what is not over in time is given up. */
  async drain(grace: number): Promise<void> {
    this.closing = true;
    const timer = setTimeout(() => {
      for (const controller of this.running.keys()) controller.abort(shuttingDown());
    }, grace);
    await Promise.all(this.running.values());
    clearTimeout(timer);
  }

  private async route(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { host, apiKey, tokens } = this.options;
    if (isLoopback(host)) checkHost(request);
    const path = (request.url ?? '').split('?', 1)[0];
    if (path === '/health') {
      only('GET', request);
      sendJson(response, { status: 'ok', model: this.model.name, completions: this.admission.count });
      return;
    }
    if (apiKey !== undefined) checkKey(request, apiKey);
    if (path === '/v1/models' || path.startsWith('/v1/models/')) {
      only('GET', request);
      sendJson(response, this.models(path));
      return;
    }
    const answer = { '/v1/completions': answerCompletion, '/v1/chat/completions': answerChat }[path];
    if (!answer) {
      const there = 'there are /v1/completions, /v1/chat/completions, /v1/models and /health';
      throw new ApiError(`there is nothing at ${path}; ${there}.`, { status: 404, type: 'not_found_error' });
    }
    only('POST', request);
    if (this.closing) throw shuttingDown();
    const body = await readJson(request, this.options);
    const exchange: Exchange = { model: this.model, limits: tokens, admission: this.admission, response, signal };
    await answer(exchange, body);
  }

  /** @throws ApiError 404 for another model */
  private models(path: string): object {
    const { name, positions } = this.model;
    const entry = { id: name, object: 'model', created: this.started, owned_by: 'turnwise', max_model_len: positions };
    if (path === '/v1/models') return { object: 'list', data: [entry] };
    const asked = path.slice('/v1/models/'.length);
    if (asked === name || asked === encodeURIComponent(name)) return entry;
    throw unknownModel(this.model, asked);
  }
}

/** @throws ApiError 405 */
function only(method: string, request: IncomingMessage): void {
  if (request.method === method) return;
  throw new ApiError(`${request.method} is not possible here; ${method} is.`, {
    status: 405,
    reason: 'method_not_allowed',
    headers: { allow: method },
  });
}

function shuttingDown(): ApiError {
  return new ApiError('the server is shutting down.', { status: 503, type: 'server_error', reason: 'shutting_down' });
}

function internalError(): ApiError {
  return new ApiError('something went wrong in the server; its output says what.', {
    status: 500,
    type: 'server_error',
    reason: 'internal_error',
  });
}
