import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';

/** A secret of 128 bits, to be a part of an address. */
export function makeToken(): string {
  return randomBytes(16).toString('hex');
}

/** Cookies know no ports, and two viewers must not take each other's. */
export function cookieName(port: number): string {
  return `turnwise-viewer-${port}`;
}

/**
 * Refuses what a page of another site could make a browser send: a name that was made to resolve to this machine, and requests
 * from elsewhere.
 *
 * @throws HttpError 403
 */
export function checkOrigin({ headers }: IncomingMessage): void {
  const host = headers.host ?? '';
  if (!isLoopback(host)) {
    throw forbidden(`This viewer answers to localhost and 127.0.0.1 alone, not to ${JSON.stringify(host)}.`);
  }
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  const elsewhere = (origin !== undefined && origin !== `http://${host}`) || site === 'cross-site';
  // A person may come from anywhere; what matters is what may be asked, and by whom.
  if (elsewhere && headers['sec-fetch-mode'] !== 'navigate') throw forbidden('Other sites may not ask this viewer.');
}

function isLoopback(host: string): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host);
}

/** Whether the token is the right one; how long it takes tells nothing about it. */
export function isToken(given: string | null | undefined, token: string): boolean {
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(token));
}

/** @throws HttpError 403 where a request does not carry the cookie */
export function checkCookie({ headers }: IncomingMessage, port: number, token: string): void {
  const name = `${cookieName(port)}=`;
  const given = (headers.cookie ?? '').split(/; */).find((part) => part.startsWith(name));
  if (isToken(given?.slice(name.length), token)) return;
  throw forbidden(
    'Open the address that turnwise view printed: it holds the key to this viewer, which changes with every start.',
  );
}

function forbidden(message: string): HttpError {
  return new HttpError(403, 'TURNWISE_VIEWER_ACCESS', message);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
