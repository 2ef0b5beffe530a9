/**
 * How the page asks the server: `POST /api/<name>` with the one argument of that method of `ViewerApi` as a JSON body
 * (`{}` where it has none; `["run1"]` for `curves`, `"run1"` for `facets`), `content-type: application/json`. The answer
 * is the result as JSON, `null` for `undefined`. Where something is wrong the status is 400 or more and the answer an
 * `EndpointError`.
 *
 * `GET /api/watch` is a stream of server-sent events whose data is a `Change` each.
 *
 * Requests carry a cookie that the page got when it was opened; without it every answer is 403.
 */
export const ENDPOINTS = ['runs', 'curves', 'episodes', 'facets', 'group', 'text', 'algorithms'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** Followed by the name of an endpoint. */
export const API_PATH = '/api/';
export const WATCH_PATH = '/api/watch';

/** What an answer that is an error says. */
export interface EndpointError {
  /** A sentence for the person. */
  readonly error: string;
  /** `TURNWISE_…` */
  readonly code: string;
}
