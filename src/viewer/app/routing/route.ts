import { decodePart, encodePart } from './url-part.ts';

/** Which view an address names. What the view shows of it (filters, the chosen turn, …) is in the parameters. */
export type Place =
  | { readonly page: 'runs' }
  | { readonly page: RunPage; readonly run: string }
  | ({ readonly page: 'group' } & GroupPlace)
  | ({ readonly page: 'episode'; readonly episode: string } & GroupPlace)
  | { readonly page: 'missing'; readonly address: string };

export const RUN_PAGES = ['episodes', 'health', 'configuration'] as const;
export type RunPage = (typeof RUN_PAGES)[number];

export interface GroupPlace {
  readonly run: string;
  readonly kind: string;
  readonly iteration: number;
  readonly group: string;
}

export type Parameters = Readonly<Record<string, string>>;

export interface Route {
  readonly place: Place;
  readonly parameters: Parameters;
}

/**
 * Reads the part of an address behind `#`:
 *
 *     #/runs   #/run/<run>/episodes   #/run/<run>/group/<kind>/<iteration>/<group>
 *     #/run/<run>/episode/<kind>/<iteration>/<group>/<episode>?step=3
 */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#/, '');
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  const parameters: [string, string][] = [];
  for (const pair of mark < 0 ? [] : text.slice(mark + 1).split('&')) {
    const equals = pair.indexOf('=');
    if (equals > 0) parameters.push([decodePart(pair.slice(0, equals)), decodePart(pair.slice(equals + 1))]);
  }
  // `__proto__` is a name like any other.
  return { place: parsePlace(path), parameters: Object.fromEntries(parameters) };
}

function parsePlace(address: string): Place {
  const parts = address
    .replace(/^\/|\/$/g, '')
    .split('/')
    .map(decodePart);
  const [first, run, page, kind, number, group, episode] = parts;
  if (parts.length === 1 && (first === '' || first === 'runs')) return { page: 'runs' };
  if (first === 'run' && run) {
    if (page === undefined) return { page: 'episodes', run };
    if (parts.length === 3 && isRunPage(page)) return { page, run };
    const iteration = Number(number);
    if (Number.isSafeInteger(iteration) && iteration >= 0) {
      if (page === 'group' && parts.length === 6) return { page, run, kind, iteration, group };
      if (page === 'episode' && parts.length === 7) return { page, run, kind, iteration, group, episode };
    }
  }
  return { page: 'missing', address };
}

function isRunPage(page: string): page is RunPage {
  return (RUN_PAGES as readonly string[]).includes(page);
}

/** The address of a place, with `#`. Parameters that are undefined or empty are left out. */
export function formatRoute(place: Place, parameters: Readonly<Record<string, string | undefined>> = {}): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    value ? [`${encodePart(name)}=${encodePart(value)}`] : [],
  );
  return `#/${formatPlace(place)}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
}

function formatPlace(place: Place): string {
  if (place.page === 'runs') return 'runs';
  if (place.page === 'missing') return place.address.replace(/^\//, '');
  const parts = ['run', place.run, place.page as string];
  if (place.page === 'group' || place.page === 'episode') {
    parts.push(place.kind, String(place.iteration), place.group);
    if (place.page === 'episode') parts.push(place.episode);
  }
  return parts.map(encodePart).join('/');
}
