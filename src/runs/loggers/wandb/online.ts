import { DeliveryError } from '../errors.ts';
import { requestJson } from '../http.ts';
import type { LoggedIteration, LoggedRun, LoggerNotes, MetricLogger, RunEnd } from '../metric-logger.ts';
import { EXIT_CODES } from './offline.ts';
import { RESUME_STATUS, UPSERT_RUN, VIEWER } from './queries.ts';
import { appUrl, type WandbSettings } from './settings.ts';
import { configEntries, historyRow, parseWandbJson, type Row, wandbJson } from './values.ts';

/** W&B takes a run for crashed from which it hears nothing for five minutes. */
const HEARTBEAT_MS = 30_000;

/** Asks a server of W&B. @throws DeliveryError with what it said */
export async function askWandb(
  { baseUrl, key }: Pick<WandbSettings, 'baseUrl' | 'key'>,
  path: string,
  body: unknown,
  signal: AbortSignal,
  patienceMs?: number,
): Promise<unknown> {
  return requestJson({
    url: `${baseUrl}${path}`,
    body,
    headers: { authorization: `Basic ${Buffer.from(`api:${key}`).toString('base64')}` },
    secrets: [key, Buffer.from(`api:${key}`).toString('base64')],
    signal,
    ...(patienceMs !== undefined && { patienceMs }),
  });
}

/** The data of a GraphQL answer. @throws DeliveryError with the server's errors */
async function query(
  settings: WandbSettings,
  { operationName, query }: { readonly operationName: string; readonly query: string },
  variables: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
  patienceMs?: number,
): Promise<Record<string, unknown>> {
  const answer = await askWandb(settings, '/graphql', { operationName, query, variables }, signal, patienceMs);
  const { data, errors } = (answer ?? {}) as {
    data?: Record<string, unknown> | null;
    errors?: readonly { message?: string }[];
  };
  if (errors !== undefined && errors.length > 0) {
    throw new DeliveryError(`${settings.baseUrl} refuses: ${errors.map((e) => e.message).join('; ')}`, true);
  }
  return data ?? {};
}

/** Whether the server takes the key. @throws DeliveryError where it cannot be asked */
export async function acceptsKey(settings: WandbSettings, signal: AbortSignal, patienceMs: number): Promise<boolean> {
  try {
    const { viewer } = await query(settings, VIEWER, {}, signal, patienceMs);
    return viewer !== null && viewer !== undefined;
  } catch (error) {
    if (error instanceof DeliveryError && error.permanent) return false;
    throw error;
  }
}

interface ResumeStatus {
  readonly bucket?: {
    readonly id: string;
    readonly historyLineCount?: number | null;
    readonly historyTail?: string | null;
    readonly summaryMetrics?: string | null;
    readonly config?: string | null;
  } | null;
}

interface Bucket {
  readonly name: string;
  readonly project?: { readonly name?: string; readonly entity?: { readonly name?: string } };
}

/**
 * A run on a server of W&B, by the requests that its Python client makes: the run by GraphQL, its rows by file_stream, where each has its
 * number, so that a request that is made twice is one. A row that is there cannot be changed: iterations that a run does again after it was
 * resumed stay as they were sent first.
 */
export class OnlineWandb implements MetricLogger {
  readonly destination: string;
  private readonly run: LoggedRun;
  private readonly settings: WandbSettings;
  private readonly id: string;
  private readonly notes: LoggerNotes;
  private entity: string | undefined;
  private project: string;
  /** Rows that the server has, and the step of the last. */
  private rows = 0;
  private lastStep = -1;
  private found = -1;
  private summary: Record<string, unknown> = {};
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(run: LoggedRun, settings: WandbSettings, id: string, notes: LoggerNotes) {
    this.run = run;
    this.settings = settings;
    this.id = id;
    this.notes = notes;
    // A run stays where it was begun.
    const home = notes.get('server') === settings.baseUrl ? notes : undefined;
    this.entity = (home?.get('entity') as string | undefined) ?? settings.entity;
    this.project = (home?.get('project') as string | undefined) ?? settings.project;
    this.destination = settings.baseUrl;
  }

  async open(_from: number, signal: AbortSignal): Promise<number> {
    const { settings, id, run } = this;
    const { model } = await query(
      settings,
      RESUME_STATUS,
      { project: this.project, entity: this.entity ?? null, name: id },
      signal,
    );
    const before = (model as ResumeStatus | null | undefined)?.bucket ?? undefined;
    if (before !== undefined) this.goOn(before);
    const own = configEntries(run.config).map(([key, value]) => [key, { value }]);
    // Without `t` the run does not count as begun, and cannot be resumed by W&B's own clients.
    const config = { _wandb: { value: { t: {} } }, ...object(before?.config), ...Object.fromEntries(own) };
    const { upsertBucket } = await query(
      settings,
      UPSERT_RUN,
      {
        id: before?.id ?? null,
        name: id,
        project: this.project,
        entity: this.entity ?? null,
        displayName: settings.name ?? run.name,
        groupName: settings.group ?? null,
        jobType: settings.jobType ?? null,
        notes: settings.notes ?? null,
        tags: settings.tags.length === 0 ? null : settings.tags,
        config: JSON.stringify(config),
      },
      signal,
    );
    const bucket = (upsertBucket as { bucket?: Bucket } | null | undefined)?.bucket;
    const entity = bucket?.project?.entity?.name ?? this.entity;
    if (entity === undefined) {
      throw new DeliveryError(`${settings.baseUrl} does not say whose run it is. Set WANDB_ENTITY`, true);
    }
    this.entity = entity;
    this.project = bucket?.project?.name ?? this.project;
    await this.notes.set({ server: settings.baseUrl, entity: this.entity, project: this.project });
    this.heartbeat ??= setInterval(() => {
      this.stream({}, signal).catch(() => undefined);
    }, HEARTBEAT_MS).unref();
    return this.lastStep + 1;
  }

  async append(records: readonly LoggedIteration[], signal: AbortSignal): Promise<void> {
    const rows = records
      .filter(({ iteration }) => iteration >= this.lastStep)
      .map((record) => historyRow(record, this.run.startedAt));
    if (rows.length === 0) return;
    const fresh = rows.filter((row) => row['_step'] > this.lastStep);
    const last = rows[rows.length - 1];
    const summary = { ...this.summary, ...Object.assign({}, ...rows) };
    await this.stream(
      {
        files: {
          ...(fresh.length > 0 && { 'wandb-history.jsonl': { offset: this.rows, content: fresh.map(wandbJson) } }),
          'wandb-summary.json': { offset: 0, content: [summaryJson(summary, last)] },
        },
      },
      signal,
    );
    this.rows += fresh.length;
    this.lastStep = last['_step'];
    this.summary = summary;
  }

  async close(end: RunEnd, signal: AbortSignal): Promise<void> {
    clearInterval(this.heartbeat);
    await this.stream({ complete: true, exitcode: EXIT_CODES[end] }, signal);
  }

  look(): string {
    const { settings, entity, project, id } = this;
    const url = [appUrl(settings.baseUrl), entity, project, 'runs', id].filter((part) => part !== undefined).join('/');
    return this.found < 0 ? url : `${url} (has iterations up to ${this.found}; these are not sent again)`;
  }

  /** Rows and summary go on where the server has them. */
  private goOn({ historyLineCount, historyTail, summaryMetrics }: NonNullable<ResumeStatus['bucket']>): void {
    this.rows = historyLineCount ?? 0;
    const summary = object(summaryMetrics);
    const tail = historyTail ? (JSON.parse(historyTail) as string[]).at(-1) : undefined;
    const step = object(tail)['_step'] ?? summary['_step'];
    this.lastStep = this.rows > 0 && typeof step === 'number' ? step : -1;
    this.found = this.lastStep;
    this.summary = summary;
  }

  private async stream(body: unknown, signal: AbortSignal): Promise<void> {
    const path = [this.entity!, this.project, this.id].map(encodeURIComponent).join('/');
    await askWandb(this.settings, `/files/${path}/file_stream`, body, signal);
  }
}

function summaryJson(summary: Readonly<Record<string, unknown>>, last: Row): string {
  const numbers: Record<string, number> = {};
  const others: Record<string, unknown> = { _wandb: { runtime: Math.floor(last['_runtime']) } };
  for (const [name, value] of Object.entries(summary)) {
    if (typeof value === 'number') numbers[name] = value;
    else if (name !== '_wandb') others[name] = value;
  }
  return `${wandbJson(numbers).slice(0, -1)},${JSON.stringify(others).slice(1)}`;
}

function object(json: string | null | undefined): Record<string, unknown> {
  const value = json ? parseWandbJson(json) : undefined;
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
}
