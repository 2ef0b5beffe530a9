import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from './hub-error.ts';

/** Trouble that may pass: a connection that broke off, a server that is overloaded. */
export class PassingError extends HubError {
  override readonly name = 'PassingError';
  /** What the server asked to wait for, milliseconds. */
  readonly wait: number;

  constructor(model: string, problem: string, wait = 0, options?: ErrorOptions) {
    super('TURNWISE_HUB_UNREACHABLE', model, problem, options);
    this.wait = wait;
  }
}

export interface Persistence {
  /** Waits between tries that bring nothing, milliseconds; so many tries follow the first. */
  readonly waits: readonly number[];
  /** Longest silence of a server before the connection counts as lost, milliseconds. */
  readonly silence: number;
}

export const PERSISTENCE: Persistence = { waits: [500, 1000, 2000, 4000, 8000, 16_000], silence: 30_000 };

/**
 * Tries until it works, or until trouble did not pass.
 *
 * @param progress how far it got; a try that got further than any before gives back all tries
 * @throws the last PassingError, any other error at once, and the signal's reason
 */
export async function persist<T>(
  attempt: () => Promise<T>,
  {
    waits,
    signal,
    progress = () => 0,
  }: { waits: () => readonly number[]; signal?: AbortSignal; progress?: () => number },
): Promise<T> {
  let failures = 0;
  let furthest = progress();
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof PassingError)) throw error;
      if (progress() > furthest) failures = 0;
      furthest = Math.max(furthest, progress());
      if (failures >= waits().length) throw error;
      const wait = Math.max(waits()[failures++], error.wait);
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }
}
