import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';

/** Bytes of a query, at most. */
export const LARGEST_BODY = 2 ** 20;

/**
 * The JSON that a request carries.
 *
 * @throws HttpError 400 (no JSON), 413 (too large), 415 (another type)
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  // A page of another site can send other types without asking first.
  if (request.headers['content-type']?.split(';', 1)[0].trim().toLowerCase() !== 'application/json') {
    throw new HttpError(415, 'TURNWISE_VIEWER_QUERY', 'A query must be JSON: Content-Type: application/json.');
  }
  const parts: Buffer[] = [];
  let size = 0;
  const tooLarge = (): HttpError =>
    new HttpError(413, 'TURNWISE_VIEWER_QUERY', `A query has ${LARGEST_BODY} bytes at most.`, { connection: 'close' });
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY) throw tooLarge();
  // The connection stays, to be told what is wrong.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > LARGEST_BODY) throw tooLarge();
    parts.push(part);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)));
  } catch (error) {
    throw new HttpError(400, 'TURNWISE_VIEWER_QUERY', `The query is not JSON (${(error as Error).message}).`);
  }
}
