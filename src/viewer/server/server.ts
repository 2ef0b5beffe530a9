import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RunDatabase } from '../../database/index.ts';
import { ViewerData } from '../data/viewer-data.ts';
import { ViewerError } from '../data/viewer-error.ts';
import { API_PATH, type Endpoint, WATCH_PATH } from '../endpoints.ts';
import { checkCookie, checkOrigin, cookieName, isToken, makeToken } from './access.ts';
import { EventStreams } from './event-streams.ts';
import { Follower } from './follow.ts';
import { HttpError } from './http-error.ts';
import type { PageFile } from './page-files.ts';
import { ANSWERS } from './queries.ts';
import { readJson } from './read-body.ts';

const HOST = '127.0.0.1';

/** Nothing but this server's own files runs, loads or is asked, and no other page holds it in a frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

export interface ViewerOptions {
  /** The built page. */
  readonly page: ReadonlyMap<string, PageFile>;
  /** 0 takes any that is free. */
  readonly port: number;
  /** Told of errors that are bugs; the page learns only that there was one. */
  readonly onError: (error: unknown) => void;
}

/** A viewer that listens. */
export interface RunningViewer {
  /** With the token: who has this address may look. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the viewer's page, and what it asks of a database of runs, to this machine alone, and keeps the database up with the
 * disk.
 *
 * @throws ViewerError when it cannot listen
 */
export async function startViewer(database: RunDatabase, options: ViewerOptions): Promise<RunningViewer> {
  const token = makeToken();
  const streams = new EventStreams();
  const follower = new Follower(database, { changed: (change) => streams.tell(change), onError: options.onError });
  const app = new App(new ViewerData(database), streams, token, options);
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, (request, response) => {
    void app.answer(request, response);
  });
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  app.port = port;
  follower.start();
  return {
    url: `http://${HOST}:${port}/?token=${token}`,
    close: async () => {
      streams.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, follower.stop()]);
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'it is in use. Leave out --port for any that is free' : error.message;
      reject(new ViewerError(`Cannot listen on port ${port}: ${why}.`));
    });
    server.listen(port, HOST, resolve);
  });
}

class App {
  port = 0;
  private readonly data: ViewerData;
  private readonly streams: EventStreams;
  private readonly token: string;
  private readonly options: ViewerOptions;

  constructor(data: ViewerData, streams: EventStreams, token: string, options: ViewerOptions) {
    this.data = data;
    this.streams = streams;
    this.token = token;
    this.options = options;
  }

  /** Answers one request; never throws. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A connection that breaks needs no answer.
    response.on('error', () => undefined);
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    try {
      await this.route(request, response);
    } catch (error) {
      const told = this.tell(error);
      if (response.headersSent) {
        response.destroy();
        return;
      }
      for (const [name, value] of Object.entries(told.headers)) response.setHeader(name, value);
      // A person sees a sentence, a script an object.
      if (request.headers['sec-fetch-mode'] === 'navigate')
        send(response, told.status, 'text/plain; charset=utf-8', told.message);
      else send(response, told.status, 'application/json', JSON.stringify(told.body));
    }
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    checkOrigin(request);
    const [pathname, search = ''] = (request.url ?? '/').split('?', 2);
    if (pathname === '/' && isToken(new URLSearchParams(search).get('token'), this.token)) {
      only('GET', request);
      const cookie = `${cookieName(this.port)}=${this.token}; Path=/; HttpOnly; SameSite=Strict`;
      response.setHeader('set-cookie', cookie);
      // Not a redirection: after one, a browser that was sent here by another page would keep the cookie back.
      response.setHeader('content-security-policy', ENTER.policy);
      send(response, 200, 'text/html; charset=utf-8', ENTER.page);
      return;
    }
    checkCookie(request, this.port, this.token);
    if (pathname === WATCH_PATH) {
      only('GET', request);
      this.streams.open(response);
      return;
    }
    if (pathname.startsWith(API_PATH)) {
      const endpoint = pathname.slice(API_PATH.length);
      if (!Object.hasOwn(ANSWERS, endpoint)) throw notFound(pathname);
      only('POST', request);
      const answer = await ANSWERS[endpoint as Endpoint](this.data, await readJson(request));
      send(response, 200, 'application/json', JSON.stringify(answer ?? null));
      return;
    }
    const file = this.options.page.get(pathname === '/' ? 'index.html' : pathname.slice(1));
    if (file === undefined) throw notFound(pathname);
    only('GET', request);
    send(response, 200, file.type, file.content);
  }

  private tell(error: unknown): HttpError {
    if (error instanceof HttpError) return error;
    const { code, message } = error as { code?: unknown; message?: string };
    if (error instanceof ViewerError) return new HttpError(404, error.code, error.message);
    if (typeof code === 'string' && code.startsWith('TURNWISE_')) return new HttpError(400, code, message ?? code);
    this.options.onError(error);
    return new HttpError(500, 'TURNWISE_INTERNAL', 'Something went wrong in the viewer; its terminal says what.');
  }
}

/** Keeps the view that an address names after its `#`. */
const GO_ON = "location.replace('./' + location.hash)";

/** Goes on to the page, without the token in the address; where there are no scripts, a second later. */
const ENTER = {
  page: `<!doctype html>
<meta charset="utf-8">
<script>${GO_ON}</script>
<meta http-equiv="refresh" content="1; url=./">
<title>Turnwise</title>
<a href="./">Open the viewer</a>
`,
  policy: `default-src 'none'; script-src 'sha256-${createHash('sha256').update(GO_ON).digest('base64')}'; frame-ancestors 'none'`,
};

function send(response: ServerResponse, status: number, type: string, content: string | Buffer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(content) });
  response.end(content);
}

/** @throws HttpError 405 */
function only(method: string, request: IncomingMessage): void {
  if (request.method === method) return;
  throw new HttpError(405, 'TURNWISE_VIEWER_QUERY', `${request.method} is not possible here; ${method} is.`, {
    allow: method,
  });
}

function notFound(path: string): HttpError {
  return new HttpError(404, 'TURNWISE_VIEWER_QUERY', `There is nothing at ${path}.`);
}
