import type { ServerResponse } from 'node:http';
import type { Change } from '../api.ts';
import { HttpError } from './http-error.ts';

/** Those who may listen at a time. */
const MOST = 64;
/** Milliseconds between two words to a listener who has nothing to be told, so that a lost connection is noticed. */
const HEARTBEAT = 15_000;

/** Milliseconds for which a change is told to those who come: they asked their first questions before they listened. */
const REPEATED = 30_000;

/** Tells whoever listens what changed: server-sent events. */
export class EventStreams {
  private readonly listeners = new Set<ServerResponse>();
  private recent: { readonly change: Change; readonly at: number }[] = [];
  private readonly timer = setInterval(() => this.write(':\n\n'), HEARTBEAT).unref();

  /** @throws HttpError 503 where too many listen */
  open(response: ServerResponse): void {
    if (this.listeners.size >= MOST) {
      throw new HttpError(503, 'TURNWISE_VIEWER_BUSY', `${MOST} pages listen already; close some.`);
    }
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    // The page asks again two seconds after the connection was lost.
    response.write('retry: 2000\n\n');
    const recent = this.recent.filter(({ at }) => performance.now() - at < REPEATED).map(({ change }) => change);
    if (recent.length > 0) {
      const runs = [...new Set(recent.flatMap((change) => change.runs))];
      response.write(eventOf({ runs, list: recent.some(({ list }) => list) }));
    }
    this.listeners.add(response);
    response.on('close', () => this.listeners.delete(response));
  }

  tell(change: Change): void {
    const now = performance.now();
    this.recent = [...this.recent.filter(({ at }) => now - at < REPEATED), { change, at: now }];
    this.write(eventOf(change));
  }

  close(): void {
    clearInterval(this.timer);
    for (const response of this.listeners) response.end();
  }

  private write(text: string): void {
    for (const response of this.listeners) {
      // One who does not read is let go; his page asks anew.
      if (response.writableLength > 2 ** 20) response.destroy();
      else response.write(text);
    }
  }
}

function eventOf(change: Change): string {
  return `data: ${JSON.stringify(change)}\n\n`;
}
