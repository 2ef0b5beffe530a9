import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Delivery, type DeliveryOptions } from './delivery.ts';
import { DeliveryError } from './errors.ts';
import { memoryNotes, record } from './logged-run.test-support.ts';
import type { LoggedIteration, MetricLogger, RunEnd } from './metric-logger.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A logger in memory that does what it is told to. */
class MemoryLogger implements MetricLogger {
  readonly destination: string = 'memory';
  readonly calls: string[] = [];
  readonly steps: number[] = [];
  wanted: number | undefined;
  end: RunEnd | undefined;
  /** What becomes of a call; a promise that never settles hangs. */
  fate: (call: string, signal: AbortSignal) => void | Promise<void> = () => undefined;

  async open(from: number, signal: AbortSignal): Promise<number> {
    this.calls.push(`open ${from}`);
    await this.fate('open', signal);
    return this.wanted ?? from;
  }

  async append(records: readonly LoggedIteration[], signal: AbortSignal): Promise<void> {
    this.calls.push(`append ${records.map((r) => r.iteration)}`);
    await this.fate('append', signal);
    this.steps.push(...records.map((r) => r.iteration));
  }

  async close(end: RunEnd, signal: AbortSignal): Promise<void> {
    this.calls.push('close');
    await this.fate('close', signal);
    this.end = end;
  }

  look(): string {
    return 'in memory';
  }
}

const later = new DeliveryError('not now', false);
const never = new DeliveryError('not ever', true);
const fails = (error: Error) => () => {
  throw error;
};
const hangs = (): Promise<void> => new Promise(() => undefined);
const records = (...iterations: number[]): LoggedIteration[] => iterations.map((i) => record(i, { a: i }));

function deliver(logger: MetricLogger, more: Partial<DeliveryOptions> = {}) {
  const told: string[] = [];
  const notes = memoryNotes();
  const onFailure = ({ message }: DeliveryError): void => {
    told.push(message);
  };
  return {
    told,
    notes,
    delivery: new Delivery({ name: 'memory', logger, notes, past: [], next: 0, onFailure, ...more }),
  };
}

/** Lets so many milliseconds pass. */
const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

describe('a delivery', () => {
  it('brings records in order, closes, and notes how far it came', async () => {
    const logger = new MemoryLogger();
    const { delivery, notes } = deliver(logger);
    for (const r of records(0, 1, 2)) delivery.push(r);
    await delivery.finish('interrupted', 1000);
    expect(logger.steps).toEqual([0, 1, 2]);
    expect(logger.end).toBe('interrupted');
    expect(notes.values).toEqual({ destination: 'memory', delivered: 2 });
    expect(delivery).toMatchObject({ waiting: 0, failures: 0, delivered: 3, unfinished: false });
  });

  it('tries again, later and later, what fails, and loses nothing of it', async () => {
    const logger = new MemoryLogger();
    const { delivery, told } = deliver(logger);
    await delivery.opening;
    logger.fate = fails(later);
    delivery.push(record(0));
    await pass(0);
    for (const [after, times] of [
      [1000, 2],
      [2000, 3],
      [4000, 4],
    ]) {
      // New records do not make it hurry.
      delivery.push(record(times));
      await pass(after - 1);
      expect(told).toHaveLength(times - 1);
      await pass(1);
      expect(told).toHaveLength(times);
    }
    await pass(600_000);
    expect(told.length).toBeLessThan(20);
    logger.fate = () => undefined;
    await pass(60_000);
    expect(logger.steps).toEqual([0, 2, 3, 4]);
    expect(delivery.waiting).toBe(0);
    logger.fate = fails(later);
    delivery.push(record(5));
    await pass(0);
    const before = told.length;
    await pass(1000);
    expect(told).toHaveLength(before + 1);
    const finishing = delivery.finish('failed', 100);
    await pass(100);
    await finishing;
  });

  it('begins late where it could not begin at once', async () => {
    const logger = new MemoryLogger();
    logger.fate = fails(later);
    const { delivery } = deliver(logger);
    await delivery.opening;
    for (const r of records(0, 1)) delivery.push(r);
    logger.fate = () => undefined;
    await pass(1000);
    expect(logger.calls).toEqual(['open 0', 'open 0', 'append 0,1']);
    await delivery.finish('finished', 1000);
  });

  it('gives up what cannot be', async () => {
    const logger = new MemoryLogger();
    logger.fate = fails(never);
    const { delivery, told } = deliver(logger);
    await expect(delivery.opening).rejects.toBe(never);
    delivery.push(record(0));
    await pass(600_000);
    expect(told).toEqual(['not ever']);
    await delivery.finish('finished', 1000);
    expect(delivery).toMatchObject({ waiting: 1, failures: 1, lastFailure: never, unfinished: true });
    expect(logger.calls).toEqual(['open 0']);
  });

  it('ends in time although the logger hangs', async () => {
    for (const where of ['open', 'append', 'close']) {
      const logger = new MemoryLogger();
      logger.fate = (call) => (call === where ? hangs() : undefined);
      const { delivery } = deliver(logger);
      delivery.push(record(0));
      await pass(0);
      const finished = vi.fn();
      const finishing = delivery.finish('finished', 5000).then(finished);
      await pass(4999);
      expect(finished, where).not.toHaveBeenCalled();
      await pass(1);
      await finishing;
      expect(delivery.unfinished, where).toBe(true);
      expect(delivery.waiting, where).toBe(where === 'close' ? 0 : 1);
    }
  });

  it('tells a request that it need not go on', async () => {
    const logger = new MemoryLogger();
    let given: AbortSignal | undefined;
    logger.fate = (call, signal) => {
      given = signal;
      return call === 'append' ? hangs() : undefined;
    };
    const { delivery } = deliver(logger);
    delivery.push(record(0));
    await pass(0);
    expect(given!.aborted).toBe(false);
    const finishing = delivery.finish('finished', 100);
    await pass(100);
    await finishing;
    expect(given!.aborted).toBe(true);
  });

  it('at the end tries a few times and does not wait long', async () => {
    const logger = new MemoryLogger();
    const { delivery, told } = deliver(logger);
    await delivery.opening;
    logger.fate = (call) => {
      if (call === 'append') throw later;
    };
    delivery.push(record(0));
    await pass(100);
    const finishing = delivery.finish('finished', 60_000);
    await pass(3000);
    await finishing;
    expect(told).toHaveLength(4);
    expect(delivery.waiting).toBe(1);
    // What is there is closed all the same.
    expect(logger.end).toBe('finished');
  });

  it('counts what fails when it closes', async () => {
    const logger = new MemoryLogger();
    logger.fate = (call) => {
      if (call === 'close') throw new TypeError('a mistake');
    };
    const { delivery, told } = deliver(logger);
    await delivery.finish('finished', 1000);
    expect(told).toEqual(['a mistake']);
    expect(delivery.unfinished).toBe(true);
  });

  it('brings many records in parts', async () => {
    const logger = new MemoryLogger();
    const past = records(...Array.from({ length: 250 }, (_, i) => i));
    const { delivery } = deliver(logger, { past, next: 250 });
    await delivery.finish('finished', 1000);
    expect(logger.calls.map((call) => call.split(',').length)).toEqual([1, 100, 100, 50, 1]);
    expect(logger.steps).toHaveLength(250);
  });
});

describe('a delivery of a run that goes on', () => {
  it('begins after what is noted, and never after what comes next', async () => {
    for (const [noted, from] of [
      [{}, 0],
      [{ destination: 'memory', delivered: 2 }, 3],
      [{ destination: 'memory', delivered: 9 }, 5],
      [{ destination: 'elsewhere', delivered: 2 }, 0],
    ] as const) {
      const logger = new MemoryLogger();
      const { delivery } = deliver(logger, { notes: memoryNotes({ ...noted }), past: records(0, 1, 2, 3, 4), next: 5 });
      delivery.push(record(5));
      await delivery.finish('finished', 1000);
      expect(logger.calls[0]).toBe(`open ${from}`);
      expect(logger.steps).toEqual([0, 1, 2, 3, 4, 5].filter((i) => i >= from));
    }
  });

  it.each([
    [0, [0, 1, 2, 3]],
    [2, [2, 3]],
    [7, [3]],
  ])('heeds where the logger wants it to begin: %i', async (wanted, steps) => {
    const logger = new MemoryLogger();
    logger.wanted = wanted;
    const { delivery } = deliver(logger, { past: records(0, 1, 2), next: 3 });
    delivery.push(record(3));
    await delivery.finish('finished', 1000);
    expect(logger.steps).toEqual(steps);
  });
});
