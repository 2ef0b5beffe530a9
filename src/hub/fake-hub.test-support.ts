import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes wrong with one answer. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection breaks after so many bytes. */
  readonly drop?: number;
  /** The answer goes silent after so many bytes. */
  readonly hang?: number;
  readonly ignoreRange?: boolean;
  /** The last byte is another one. */
  readonly corrupt?: boolean;
  /** Milliseconds between pieces of `PIECE` bytes. */
  readonly slow?: number;
}

/** What was asked for, and what of it was sent. */
export interface Asked {
  /** `info`, `list`, or the name of a file. */
  readonly what: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** Whether the server of large files was asked, which the hub refers to. */
  readonly large: boolean;
  bytes: number;
}

export interface FakeModel {
  readonly commit: string;
  readonly files: Map<string, Buffer>;
  /** Replaces fields of entries of the list, by file name. */
  readonly entries?: Readonly<Record<string, object>>;
}

export const PIECE = 4096;
/** Files above this size are LFS files. */
const LARGE = 3000;

/** A hub on this machine with the answers of the real one, as far as they are asked for, and a second server for large files. */
export class FakeHub {
  readonly models = new Map<string, FakeModel>();
  readonly asked: Asked[] = [];
  /** Faults of the next answers, by what is asked for. */
  readonly faults = new Map<string, Fault[]>();
  /** Answers all requests without this token with this refusal. */
  token: { readonly value: string; readonly status: number; readonly code?: string } | undefined;
  /** Bytes of a file that its reader has put away; a connection breaks only when it has all that was sent, so that numbers are exact. */
  taken: ((what: string) => number) | undefined;
  private readonly servers: Server[];

  private constructor() {
    this.servers = [false, true].map((large) =>
      createServer((request, response) => {
        this.answer(request, response, large).catch(() => response.destroy());
      }),
    );
  }

  static async start(): Promise<FakeHub> {
    const hub = new FakeHub();
    for (const server of hub.servers) await once(server.listen(0, '127.0.0.1'), 'listening');
    return hub;
  }

  get url(): string {
    return this.address(0);
  }

  /** Offers the files of a folder. */
  add(name: string, folder: string, entries?: FakeModel['entries']): FakeModel {
    const files = new Map(
      readdirSync(folder, { withFileTypes: true })
        .filter((e) => e.isFile())
        .map((e) => [e.name, readFileSync(join(folder, e.name))]),
    );
    const commit = createHash('sha1').update(name).digest('hex');
    const model = { commit, files, ...(entries && { entries }) };
    this.models.set(name, model);
    return model;
  }

  /** Bytes that were sent of a file, or of all. */
  bytesOf(what?: string): number {
    return this.asked.filter((a) => what === undefined || a.what === what).reduce((sum, a) => sum + a.bytes, 0);
  }

  async close(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  private address(server: number): string {
    return `http://127.0.0.1:${(this.servers[server].address() as AddressInfo).port}`;
  }

  private async answer(request: IncomingMessage, response: ServerResponse, large: boolean): Promise<void> {
    const url = new URL(request.url!, this.url);
    const [, name, rest] = /^(?:\/api\/models)?\/([^/]+\/[^/]+)\/(.*)$/.exec(url.pathname) ?? [];
    const what = rest.startsWith('revision/') ? 'info' : rest.startsWith('tree/') ? 'list' : rest.split('/').at(-1)!;
    const { range, authorization } = request.headers;
    const asked: Asked = { what, range, authorization, large, bytes: 0 };
    this.asked.push(asked);
    const model = this.models.get(name);
    const content = model?.files.get(decodeURIComponent(what));
    // The fault of a large file lies with the server that has it.
    const redirects = !large && content !== undefined && content.length > LARGE;
    const fault = redirects ? undefined : this.faults.get(what)?.shift();
    const refuse = (status: number, headers: Readonly<Record<string, string>> = {}): void => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(JSON.stringify({ error: `refused with ${status}` }));
    };
    const { token } = this;
    if (fault?.status !== undefined) return refuse(fault.status, fault.headers);
    if (!large && token !== undefined && authorization !== `Bearer ${token.value}`) {
      return refuse(token.status, token.code === undefined ? {} : { 'X-Error-Code': token.code });
    }
    if (model === undefined) return refuse(404, { 'X-Error-Code': 'RepoNotFound' });
    if (what === 'info') {
      const revision = decodeURIComponent(rest.slice('revision/'.length));
      if (!['main', model.commit, model.commit.slice(0, 7)].includes(revision)) {
        return refuse(404, { 'X-Error-Code': 'RevisionNotFound' });
      }
      return this.send(response, Buffer.from(JSON.stringify({ id: name, sha: model.commit })), asked, fault);
    }
    if (what === 'list') return this.list(response, url, model, asked, fault);
    if (content === undefined) return refuse(404, { 'X-Error-Code': 'EntryNotFound' });
    if (redirects) {
      response.writeHead(302, { Location: `${this.address(1)}${url.pathname}` });
      response.end();
      return;
    }
    const from = fault?.ignoreRange ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (from >= content.length && from > 0) return refuse(416);
    const body = Buffer.from(content.subarray(from));
    if (fault?.corrupt) body[body.length - 1] ^= 1;
    if (from > 0) {
      response.statusCode = 206;
      response.setHeader('Content-Range', `bytes ${from}-${content.length - 1}/${content.length}`);
    }
    await this.send(response, body, asked, fault, from);
  }

  /** Two entries a page. */
  private async list(response: ServerResponse, url: URL, model: FakeModel, asked: Asked, fault?: Fault): Promise<void> {
    const entries = [...model.files].map(([path, content]) => {
      const git = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
      const sha256 = createHash('sha256').update(content).digest('hex');
      const lfs = content.length > LARGE && { lfs: { oid: sha256, size: content.length, pointerSize: 130 } };
      return { type: 'file', path, size: content.length, oid: git, ...lfs, ...model.entries?.[path] };
    });
    const at = Number(url.searchParams.get('cursor') ?? 0);
    if (at + 2 < entries.length) {
      url.searchParams.set('cursor', String(at + 2));
      response.setHeader('Link', `<${url.href}>; rel="next"`);
    }
    const folder = { type: 'directory', path: 'original', size: 0, oid: '0'.repeat(40) };
    const page = [...entries.slice(at, at + 2), ...(at === 0 ? [folder] : [])];
    await this.send(response, Buffer.from(JSON.stringify(page)), asked, fault);
  }

  private async send(response: ServerResponse, body: Buffer, asked: Asked, fault: Fault = {}, from = 0): Promise<void> {
    response.setHeader('Content-Length', body.length);
    const end = Math.min(fault.drop ?? body.length, fault.hang ?? body.length, body.length);
    response.flushHeaders();
    for (let at = 0; at < end && !response.destroyed; at += PIECE) {
      const piece = body.subarray(at, Math.min(at + PIECE, end));
      await new Promise((done) => response.write(piece, done));
      asked.bytes += piece.length;
      if (fault.slow !== undefined) await sleep(fault.slow);
    }
    if (fault.hang !== undefined) return;
    if (end < body.length) {
      for (let i = 0; i < 1000 && (this.taken?.(asked.what) ?? end + from) < from + end; i++) await sleep(5);
      response.destroy();
    } else response.end();
  }
}
