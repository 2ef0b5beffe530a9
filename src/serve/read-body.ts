import type { IncomingMessage } from 'node:http';
import { ApiError, clientGone } from './api-error.ts';

export interface BodyLimits {
  /** Bytes. */
  readonly maxBody: number;
  /** A body that has not arrived after so long is given up, milliseconds. */
  readonly bodyTimeout: number;
}

/**
 * The JSON a request carries.
 *
 * @throws ApiError 400 (no JSON), 408 (too slow), 413 (too large), 415 (another type)
 */
export async function readJson(request: IncomingMessage, limits: BodyLimits): Promise<unknown> {
  // Other types can be sent by any page in a browser without asking first.
  const type = request.headers['content-type']?.split(';', 1)[0].trim().toLowerCase();
  if (type !== 'application/json') {
    throw new ApiError('the body must be JSON: send the header Content-Type: application/json.', {
      status: 415,
      reason: 'unsupported_media_type',
    });
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new ApiError(`a body with Content-Encoding ${encoding} is not read. Send it as it is.`, {
      status: 415,
      reason: 'unsupported_encoding',
    });
  }
  const bytes = await readBytes(request, limits);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ApiError(`the body is not JSON (${(error as Error).message}).`, { status: 400, reason: 'invalid_json' });
  }
}

function readBytes(request: IncomingMessage, { maxBody, bodyTimeout }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => {
      fail(new ApiError(`the body did not arrive within ${bodyTimeout / 1000} s.`, { status: 408, reason: 'timeout' }));
    }, bodyTimeout);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      request.off('data', take);
      reject(error);
    };
    const take = (part: Buffer): void => {
      size += part.length;
      if (size > maxBody) fail(tooLarge(maxBody));
      else parts.push(part);
    };
    if (Number(request.headers['content-length'] ?? 0) > maxBody) {
      fail(tooLarge(maxBody));
      return;
    }
    request.on('data', take);
    request.on('end', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(parts));
    });
    // The connection broke; nobody is there to be told.
    request.on('error', () => fail(clientGone()));
  });
}

function tooLarge(maxBody: number): ApiError {
  return new ApiError(`the body is larger than ${maxBody} bytes (--max-body).`, {
    status: 413,
    reason: 'request_too_large',
  });
}
