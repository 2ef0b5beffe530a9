import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EventStreams } from './event-streams.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A listener, and what it was told. */
function listen(streams: EventStreams): unknown[] {
  const told: unknown[] = [];
  const response = Object.assign(new EventEmitter(), {
    writableLength: 0,
    writeHead: () => undefined,
    write: (text: string) => text.startsWith('data: ') && told.push(JSON.parse(text.slice(6))),
    end: () => undefined,
  });
  streams.open(response as unknown as ServerResponse);
  return told;
}

test('who begins to listen is told once what changed just before, and then what comes', () => {
  const streams = new EventStreams();
  const first = listen(streams);
  expect(first).toEqual([]);
  streams.tell({ runs: ['a'], list: false });
  vi.advanceTimersByTime(1000);
  streams.tell({ runs: ['a', 'b'], list: true });
  const second = listen(streams);
  expect(second).toEqual([{ runs: ['a', 'b'], list: true }]);
  vi.advanceTimersByTime(29_500);
  expect(listen(streams)).toEqual([{ runs: ['a', 'b'], list: true }]);
  streams.tell({ runs: ['c'], list: false });
  expect(second.slice(1)).toEqual([{ runs: ['c'], list: false }]);
  expect(first).toHaveLength(3);
  vi.advanceTimersByTime(31_000);
  expect(listen(streams)).toEqual([]);
  streams.close();
});
