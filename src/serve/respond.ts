import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';

/** What a client that is not heard out may still send before its connection is closed, milliseconds. */
const LINGER = 5_000;

/** A client that does not read its answer is given up after so long, milliseconds. */
const FLUSH = 60_000;

/** Waits until an answer has gone out, or nobody takes it. */
export function flushed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.writableFinished || response.destroyed) {
      resolve();
      return;
    }
    const timer = setTimeout(() => response.destroy(), FLUSH);
    const settle = (): void => {
      clearTimeout(timer);
      resolve();
    };
    response.once('finish', settle);
    response.once('close', settle);
  });
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, body: object, status = 200): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Server-sent events, as OpenAI streams them. */
export class EventStream {
  private readonly response: ServerResponse;

  constructor(response: ServerResponse) {
    this.response = response;
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    response.flushHeaders();
  }

  send(data: object): void {
    this.response.write(`data: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    this.response.end('data: [DONE]\n\n');
  }
}

/** Answers with an error: as the response, or as the last event where a stream has begun. */
export function sendError(request: IncomingMessage, response: ServerResponse, error: ApiError): void {
  if (response.destroyed || response.writableEnded) return;
  if (response.headersSent) {
    response.end(`data: ${JSON.stringify(error.body())}\n\n`);
    return;
  }
  for (const [name, value] of Object.entries(error.facts.headers ?? {})) response.setHeader(name, value);
  sendJson(response, error.body(), error.facts.status);
  // What is still on its way is thrown away, so that the client gets to read the answer; but not for ever.
  if (request.complete) return;
  const { socket } = request;
  const timer = setTimeout(() => {
    if (!request.complete) socket.destroy();
  }, LINGER);
  socket.once('close', () => clearTimeout(timer));
  request.resume();
}

/** What a client is told of an error; undefined where it is a bug and none of its business. */
export function toApiError(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  const { code, message } = error as { code?: unknown; message: string };
  if (code === 'TURNWISE_SEQUENCE_TOO_LONG') {
    return new ApiError(message, { status: 400, reason: 'context_length_exceeded' });
  }
  return undefined;
}
