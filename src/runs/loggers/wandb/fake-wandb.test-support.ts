import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A run as the server knows it. */
export interface FakeRun {
  readonly id: string;
  readonly project: string;
  readonly entity: string;
  displayName?: string;
  groupName?: string;
  jobType?: string;
  notes?: string;
  tags?: readonly string[];
  config: Record<string, { value: unknown }>;
  /** Lines of wandb-history.jsonl, as they came. */
  readonly history: string[];
  summary: string;
  complete: boolean;
  exitCode: number | undefined;
}

/** What becomes of a request. */
export type Fate = 'answer' | 'hang' | 'drop' | number;

/** The part of W&B's server that its clients need to bring rows, with a memory: both ours and W&B's own can be pointed at it. */
export class FakeWandb {
  readonly runs = new Map<string, FakeRun>();
  /** GraphQL operations and paths, in the order they came. */
  readonly asked: string[] = [];
  /** Texts of GraphQL operations. */
  readonly queries = new Map<string, string>();
  /** Authorization headers that came. */
  readonly keys = new Set<string | undefined>();
  /** Decides over requests by what is asked: an operation or a path. */
  fate: (what: string) => Fate = () => 'answer';
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      this.answer(request, response).catch(() => response.destroy());
    });
  }

  static async start(port = 0): Promise<FakeWandb> {
    const fake = new FakeWandb();
    await once(fake.server.listen(port, '127.0.0.1'), 'listening');
    return fake;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The only run there is. */
  get run(): FakeRun {
    if (this.runs.size !== 1) throw new Error(`there are ${this.runs.size} runs`);
    return [...this.runs.values()][0];
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
    const path = request.url!;
    // W&B's own client tells how it fares, and uploads files about the machine.
    if (path.startsWith('/sdk/otel') || path.startsWith('/upload')) {
      response.end('{}');
      return;
    }
    this.keys.add(request.headers.authorization);
    const body = JSON.parse(text) as Record<string, unknown>;
    const what = path === '/graphql' ? String(body['operationName']) : path;
    this.asked.push(what);
    if (path === '/graphql') this.queries.set(what, String(body['query']));
    const fate = this.fate(what);
    if (fate === 'hang') return;
    if (fate === 'drop') {
      response.destroy();
      return;
    }
    response.setHeader('content-type', 'application/json');
    if (typeof fate === 'number') {
      response.statusCode = fate;
      response.end(JSON.stringify({ error: `status ${fate} for ${request.headers.authorization}` }));
      return;
    }
    const reply =
      path === '/graphql'
        ? { data: this.graphql(what, (body['variables'] ?? {}) as Record<string, never>) }
        : this.stream(path, body as never);
    response.end(JSON.stringify(reply));
  }

  private graphql(operation: string, v: Readonly<Record<string, never>>): unknown {
    switch (operation) {
      case 'Viewer':
        return {
          viewer: { id: 'V', entity: 'someone', username: 'someone', email: '', flags: '{}', teams: { edges: [] } },
        };
      case 'RunResumeStatus': {
        const run = this.runs.get(v['name']);
        return {
          model: {
            id: 'P',
            name: v['project'],
            entity: { id: 'E', name: 'someone' },
            bucket: run ? resumeStatus(run) : null,
          },
        };
      }
      case 'UpsertBucket':
        return { upsertBucket: { bucket: this.upsert(v), inserted: true } };
      case 'CreateRunFiles': {
        const files = (v['files'] as string[]).map((name) => ({ name, uploadUrl: `${this.url}/upload/${name}` }));
        return { createRunFiles: { runID: 'R', uploadHeaders: [], files } };
      }
      case 'ServerFeaturesQuery':
        return { serverInfo: { features: [] } };
      default:
        return {};
    }
  }

  private upsert(v: Readonly<Record<string, never>>): unknown {
    const run: FakeRun = this.runs.get(v['name']) ?? {
      id: v['name'],
      project: v['project'],
      entity: v['entity'] ?? 'someone',
      config: {},
      history: [],
      summary: '{}',
      complete: false,
      exitCode: undefined,
    };
    for (const key of ['displayName', 'groupName', 'jobType', 'notes', 'tags'] as const) {
      if (v[key] !== null && v[key] !== undefined) run[key] = v[key];
    }
    if (v['config']) run.config = JSON.parse(v['config']) as FakeRun['config'];
    run.complete = false;
    this.runs.set(run.id, run);
    return {
      id: `id of ${run.id}`,
      name: run.id,
      displayName: run.displayName ?? run.id,
      description: '',
      config: JSON.stringify(run.config),
      sweepName: null,
      project: { id: 'P', name: run.project, entity: { id: 'E', name: run.entity } },
      historyLineCount: run.history.length,
    };
  }

  private stream(
    path: string,
    body: {
      readonly files?: Readonly<Record<string, { readonly offset: number; readonly content: readonly string[] }>>;
      readonly complete?: boolean;
      readonly exitcode?: number;
    },
  ): unknown {
    const [, , , , id, end] = path.split('/');
    const run = this.runs.get(id);
    if (run === undefined || end !== 'file_stream') throw new Error(`no run at ${path}`);
    const history = body.files?.['wandb-history.jsonl'];
    if (history !== undefined) {
      if (history.offset > run.history.length)
        throw new Error(`rows ${run.history.length} to ${history.offset} are missing`);
      history.content.forEach((line, i) => {
        run.history[history.offset + i] = line;
      });
    }
    const summary = body.files?.['wandb-summary.json'];
    if (summary !== undefined) [run.summary] = summary.content;
    if (body.complete) {
      run.complete = true;
      run.exitCode = body.exitcode;
    }
    return {};
  }
}

function resumeStatus(run: FakeRun): unknown {
  return {
    id: `id of ${run.id}`,
    name: run.id,
    displayName: run.displayName ?? null,
    historyLineCount: run.history.length,
    eventsLineCount: 0,
    logLineCount: 0,
    historyTail: JSON.stringify(run.history.slice(-1)),
    eventsTail: '[]',
    summaryMetrics: run.summary,
    config: JSON.stringify(run.config),
    tags: run.tags ?? [],
    notes: run.notes ?? null,
    wandbConfig: JSON.stringify({ t: (run.config['_wandb']?.value as { t?: unknown } | undefined)?.t }),
  };
}

/** A row or a summary as W&B writes it, with what is no finite number as a word. */
export function readRow(line: string): Record<string, unknown> {
  return JSON.parse(
    line.replace(/"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)/g, (found) => (found[0] === '"' ? found : `"${found}"`)),
  ) as Record<string, unknown>;
}
