import { type AnchorHTMLAttributes, type ReactNode, useCallback, useSyncExternalStore } from 'react';
import { formatRoute, type Parameters, type Place, parseRoute, type Route } from './route.ts';

export type NewParameters = Readonly<Record<string, string | undefined>>;

const CHANGED = 'turnwise:address';

function subscribe(changed: () => void): () => void {
  for (const event of ['hashchange', 'popstate', CHANGED]) addEventListener(event, changed);
  return () => {
    for (const event of ['hashchange', 'popstate', CHANGED]) removeEventListener(event, changed);
  };
}

let known: { hash: string; route: Route } | undefined;

/** Where the address points at now. */
export function currentRoute(): Route {
  const { hash } = location;
  if (known?.hash !== hash) known = { hash, route: parseRoute(hash) };
  return known.route;
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, currentRoute);
}

/** Goes to a place. @param replace in place of the present entry of the history */
export function goTo(place: Place, parameters: NewParameters = {}, replace = false): void {
  const address = formatRoute(place, parameters);
  if (address === location.hash) return;
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  dispatchEvent(new Event(CHANGED));
}

/**
 * The parameters of the address, and how to change some of them. A change stays in the place; by default it replaces the
 * entry of the history, since who goes back wants the page before and not the filter before.
 */
export function useParameters(): [Parameters, (changes: NewParameters, push?: boolean) => void] {
  const { parameters } = useRoute();
  const change = useCallback((changes: NewParameters, push = false) => {
    const now = currentRoute();
    goTo(now.place, { ...now.parameters, ...changes }, !push);
  }, []);
  return [parameters, change];
}

interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  readonly to: Place;
  readonly parameters?: NewParameters;
  readonly children: ReactNode;
}

/** A link to a place of the page. */
export function Link({ to, parameters, children, ...rest }: LinkProps) {
  return (
    <a {...rest} href={formatRoute(to, parameters)}>
      {children}
    </a>
  );
}
