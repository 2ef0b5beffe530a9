import { DeliveryError } from '../errors.ts';
import { requestJson } from '../http.ts';
import type { LoggedIteration, LoggedRun, MetricLogger } from '../metric-logger.ts';
import { type TrackioRun, trackioConfig, trackioEntries } from './entries.ts';
import type { TrackioServer } from './settings.ts';

/** Asks a server of trackio, by its HTTP interface of version 1. @throws DeliveryError with what it said */
async function ask(
  { url, writeToken, huggingFaceToken }: TrackioServer,
  name: string,
  body: unknown,
  signal: AbortSignal,
  patienceMs?: number,
): Promise<unknown> {
  const answer = await requestJson({
    url: `${url}/api/${name}`,
    body,
    headers: {
      ...(writeToken !== undefined && { 'x-trackio-write-token': writeToken }),
      ...(huggingFaceToken !== undefined && { authorization: `Bearer ${huggingFaceToken}` }),
    },
    secrets: [writeToken, huggingFaceToken],
    signal,
    ...(patienceMs !== undefined && { patienceMs }),
  });
  return (answer as { data?: unknown } | null)?.data;
}

/** Whether the server lets its token's owner write. @throws DeliveryError where it cannot be asked */
export async function mayWrite(server: TrackioServer, signal: AbortSignal, patienceMs: number): Promise<boolean> {
  try {
    const status = await ask(server, 'get_run_mutation_status', {}, signal, patienceMs);
    return (status as { allowed?: unknown } | undefined)?.allowed === true;
  } catch (error) {
    if (error instanceof DeliveryError && error.permanent) return false;
    throw error;
  }
}

/** A server of trackio, or a Space that is one. It gives rows the time at which they come in. */
export class TrackioRemote implements MetricLogger {
  readonly destination: string;
  private readonly run: LoggedRun;
  private readonly as: TrackioRun;
  private readonly server: TrackioServer;
  private described = false;

  constructor(run: LoggedRun, as: TrackioRun, server: TrackioServer) {
    this.run = run;
    this.as = as;
    this.server = server;
    this.destination = `${server.url} ${as.project}`;
  }

  async open(from: number): Promise<number> {
    return from;
  }

  async append(records: readonly LoggedIteration[], signal: AbortSignal): Promise<void> {
    const logs = trackioEntries(this.as, records, this.described ? null : trackioConfig(this.run));
    await ask(this.server, 'bulk_log', { logs, hf_token: this.server.huggingFaceToken ?? null }, signal);
    this.described = true;
  }

  async close(): Promise<void> {}

  look(): string {
    return `${this.server.url} (project ${this.as.project}, run ${this.as.name})`;
  }
}
