import { createContext, useCallback, useContext, useRef, useSyncExternalStore } from 'react';
import type { ViewerApi } from '../../api.ts';
import type { Endpoint } from '../../endpoints.ts';
import type { Answer, Client } from './client.ts';

type Argument<M extends Endpoint> = Parameters<ViewerApi[M]> extends [infer A] ? A : null;
type Result<M extends Endpoint> = Awaited<ReturnType<ViewerApi[M]>>;

export const ClientContext = createContext<Client | undefined>(undefined);

export function useClient(): Client {
  return useContext(ClientContext)!;
}

const NOTHING: Answer<never> = { data: undefined, error: undefined, loading: false };

/**
 * The answer to a question, kept up to date.
 *
 * @param argument undefined: nothing is asked
 * @param options keep: until the answer to a new question is there, the answer to the last one, with `loading`
 */
export function useAnswer<M extends Endpoint>(
  method: M,
  argument: Argument<M> | undefined,
  options: { readonly keep?: boolean } = {},
): Answer<Result<M>> {
  const client = useClient();
  const key = argument === undefined ? undefined : JSON.stringify(argument);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` is the argument by value.
  const subscribe = useCallback(
    (listener: () => void) => (key === undefined ? () => undefined : client.subscribe(method, argument, listener)),
    [client, method, key],
  );
  const read = () => (key === undefined ? NOTHING : client.read(method, argument)) as Answer<Result<M>>;
  const answer = useSyncExternalStore(subscribe, read);

  const last = useRef<Result<M> | undefined>(undefined);
  if (answer.data !== undefined) last.current = answer.data;
  if (options.keep && answer.data === undefined && answer.loading && last.current !== undefined) {
    return { data: last.current, error: undefined, loading: true };
  }
  return answer;
}
