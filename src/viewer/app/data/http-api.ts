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

/** Who hears of the connection for events. */
export interface ConnectionListener {
  /** It is there, or it is lost. */
  readonly changed: (connected: boolean) => void;
  /** It is there again, and what happened meanwhile is not known. */
  readonly missed: () => void;
}

/** Asks the server that gave the page, see endpoints.ts. */
export function httpApi(connection: ConnectionListener): ViewerApi {
  return {
    runs: () => ask('runs', {}),
    curves: (runs) => ask('curves', runs),
    episodes: (query) => ask('episodes', query),
    facets: (run) => ask('facets', run),
    group: (query) => ask('group', query),
    text: async (query) => (await ask<string | null>('text', query)) ?? undefined,
    algorithms: () => ask('algorithms', {}),
    watch: (changed) => watchWhileSeen(changed, connection),
  };
}

/**
 * Listens while the page is seen. A browser keeps few connections to one server: windows in the background would leave none
 * for the one in front.
 */
function watchWhileSeen(changed: (what: Change) => void, connection: ConnectionListener): () => void {
  let events: EventSource | undefined;
  let first = true;
  const close = () => {
    events?.close();
    events = undefined;
    // To who begins, the server tells again what changed just before; while a page is hidden, more may have.
    first = false;
  };
  const open = () => {
    if (events !== undefined) return;
    events = new EventSource(WATCH_PATH);
    events.onmessage = ({ data }) => changed(JSON.parse(data) as Change);
    events.onopen = () => {
      connection.changed(true);
      if (!first) connection.missed();
      first = false;
    };
    // The browser tries again by itself.
    events.onerror = () => connection.changed(false);
  };
  const onSight = () => (document.hidden ? close() : open());
  document.addEventListener('visibilitychange', onSight);
  onSight();
  return () => {
    document.removeEventListener('visibilitychange', onSight);
    close();
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
