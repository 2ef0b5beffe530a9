import type { Change, ViewerApi } from '../../api.ts';
import { API_PATH, type Endpoint, type EndpointError, WATCH_PATH } from '../../endpoints.ts';

/** What the server refused, in its words, or that it does not answer. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** Status of HTTP; 0 where there was no answer. */
  readonly status: number;
  readonly code: string | undefined;

  constructor(message: string, status: number, code?: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * Asks the server that gave the page, see endpoints.ts.
 *
 * @param connection hears when the connection for events is lost and when it is there (again)
 */
export function httpApi(connection: (connected: boolean) => void): ViewerApi {
  return {
    runs: () => ask('runs', {}),
    curves: (runs) => ask('curves', runs),
    episodes: (query) => ask('episodes', query),
    facets: (run) => ask('facets', run),
    group: (query) => ask('group', query),
    text: async (query) => (await ask<string | null>('text', query)) ?? undefined,
    algorithms: () => ask('algorithms', {}),
    watch(changed) {
      const events = new EventSource(WATCH_PATH);
      events.onmessage = ({ data }) => changed(JSON.parse(data) as Change);
      events.onopen = () => connection(true);
      // The browser tries again by itself.
      events.onerror = () => connection(false);
      return () => events.close();
    },
  };
}

async function ask<T>(endpoint: Endpoint, argument: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`${API_PATH}${endpoint}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(argument),
    });
  } catch {
    throw new RequestError('The viewer does not answer. Is the command that printed this address still running?', 0);
  }
  const body = await readJson(response);
  if (response.ok) return body as T;
  const { error, code } = (body ?? {}) as Partial<EndpointError>;
  throw new RequestError(error ?? `The viewer answered with status ${response.status}.`, response.status, code);
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    if (!response.ok) return undefined;
    throw new RequestError('The answer of the viewer was cut off. Try again.', response.status);
  }
}
