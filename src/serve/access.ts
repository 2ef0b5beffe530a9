import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.ts';

/** Whether a host is this machine alone. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

/**
 * On loopback a request must be addressed to this machine by a name that can mean nothing else: a page of a site whose name was made to
 * resolve to 127.0.0.1 sends that site's name.
 *
 * @throws ApiError 403
 */
export function checkHost(request: IncomingMessage): void {
  const host = request.headers.host ?? '';
  if (isLoopback(host.replace(/:\d*$/, ''))) return;
  throw new ApiError(`this server answers to localhost and 127.0.0.1 alone, not to ${JSON.stringify(host)}.`, {
    status: 403,
    type: 'permission_error',
    reason: 'host_not_allowed',
  });
}

/** @throws ApiError 401 when the request does not carry the key */
export function checkKey(request: IncomingMessage, key: string): void {
  const [, given] = /^Bearer +(.*)$/i.exec(request.headers.authorization ?? '') ?? [];
  // Hashes are equally long, so that the time tells nothing about the key.
  if (given !== undefined && timingSafeEqual(digest(given), digest(key))) return;
  throw new ApiError(
    given === undefined
      ? 'no API key was given. Send the header Authorization: Bearer KEY.'
      : 'the API key is not the one this server was started with.',
    {
      status: 401,
      type: 'authentication_error',
      reason: 'invalid_api_key',
      headers: { 'www-authenticate': 'Bearer' },
    },
  );
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
