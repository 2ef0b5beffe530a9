import type { ChildProcess } from 'node:child_process';
import { cellProgress, iterationsDone } from './cell-progress.ts';

/** A cell that is to be played: a training run in a process of its own, so that one that breaks takes no other with it. */
export interface RunnableCell {
  readonly id: string;
  /** Its run folder. */
  readonly run: string;
  readonly iterations: number;
}

export interface RunCellsOptions<C extends RunnableCell> {
  /** Runs side by side. */
  readonly jobs: number;
  /** Starts the training of a cell, or goes on with it. Without a channel (`ipc`) it is stopped by SIGTERM. */
  readonly start: (cell: C, resume: boolean) => ChildProcess;
  /** Asks the running cells to save and stop, and starts no more. */
  readonly signal?: AbortSignal;
  readonly onStart?: (cell: C, resume: boolean) => void;
  readonly onEnd?: (cell: C, outcome: Outcome, seconds: number) => void;
  /** Told every two seconds how far the running cells are. */
  readonly onProgress?: (running: readonly { readonly cell: C; readonly iteration: number }[]) => void;
}

/** `busy`: left alone, since another process is at it. */
export type Outcome = 'finished' | 'stopped' | 'failed' | 'busy';

const LOOK_EVERY = 2000;

/**
 * Plays all cells that are not finished yet, some side by side, in the order given.
 *
 * @returns the outcome of each cell by its id; cells that were not begun are missing
 */
export async function runCells<C extends RunnableCell>(
  cells: readonly C[],
  { jobs, start, signal, onStart, onEnd, onProgress }: RunCellsOptions<C>,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const running = new Map<C, ChildProcess>();
  const waiting = [...cells];
  let stopping = false;
  const stop = (): void => {
    stopping = true;
    for (const child of running.values()) askToStop(child);
  };
  signal?.addEventListener('abort', stop);

  const play = async (cell: C): Promise<Outcome> => {
    const { state } = await cellProgress(cell.run);
    if (state === 'finished' || state === 'busy') return state;
    if (stopping || signal?.aborted) return 'stopped';
    onStart?.(cell, state === 'begun');
    const child = start(cell, state === 'begun');
    running.set(cell, child);
    await ended(child);
    running.delete(cell);
    const after = await cellProgress(cell.run);
    // `busy`: another process was quicker.
    if (after.state === 'finished' || after.state === 'busy') return after.state;
    return signal?.aborted ? 'stopped' : 'failed';
  };
  const worker = async (): Promise<void> => {
    for (let cell = waiting.shift(); cell !== undefined && !signal?.aborted; cell = waiting.shift()) {
      const started = performance.now();
      const outcome = await play(cell);
      outcomes.set(cell.id, outcome);
      onEnd?.(cell, outcome, (performance.now() - started) / 1000);
    }
  };

  const look = setInterval(async () => {
    const now = [...running.keys()];
    const told = await Promise.all(now.map(async (cell) => ({ cell, iteration: await iterationsDone(cell.run) })));
    if (!over) onProgress?.(told);
  }, LOOK_EVERY);
  let over = false;
  const workers = Array.from({ length: Math.min(jobs, cells.length) }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    // One could not even be started: the others save and stop, and are not left to themselves.
    waiting.length = 0;
    stop();
    await Promise.allSettled(workers);
    throw error;
  } finally {
    over = true;
    clearInterval(look);
    signal?.removeEventListener('abort', stop);
  }
  return outcomes;
}

/** What a process that was started with a channel is sent to have it save and stop. */
export const STOP_MESSAGE = 'turnwise: stop';

/** By message where there is a channel, since on Windows a signal ends a process before it can save. */
function askToStop(child: ChildProcess): void {
  // Where it cannot be told it is gone or going.
  if (child.connected) child.send(STOP_MESSAGE, () => undefined);
  else child.kill('SIGTERM');
}

/** Resolves when a process is gone, or could not be started at all. */
function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}
