import { type Outcome, runCells } from '../../compare/run-cells.ts';
import { counted } from '../../text/counted.ts';
import { duration, type ProgressLine } from '../progress.ts';
import type { Cell } from './resolve-cells.ts';
import { startCell } from './start-cell.ts';

/** Plays the cells and tells how it goes: a line for each run that ends, and what is left. */
export async function playCells(
  cells: readonly Cell[],
  out: string,
  jobs: number,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<Map<string, Outcome>> {
  const began = performance.now();
  const first = new Map<string, number>();
  let ended = 0;
  let iterationsDone = 0;
  const all = cells.reduce((sum, cell) => sum + cell.iterations, 0);
  let kept = 0;
  return runCells(cells, {
    jobs,
    signal,
    start: (cell, resume) => startCell(out, cell, resume),
    onEnd: (cell, outcome, seconds) => {
      ended++;
      first.delete(cell.id);
      if (outcome === 'finished' && seconds < 1) kept += cell.iterations;
      else iterationsDone += cell.iterations;
      if (outcome === 'finished' && seconds < 1) return;
      line.say(`${`${ended}/${cells.length}`.padStart(9)}  ${cell.id}  ${WORDS[outcome]}  ${duration(seconds)}`);
    },
    onProgress: (running) => {
      let now = iterationsDone;
      for (const { cell, iteration } of running) {
        if (!first.has(cell.id)) first.set(cell.id, iteration);
        now += iteration - (first.get(cell.id) ?? 0);
      }
      const seconds = (performance.now() - began) / 1000;
      const left = now === 0 ? '' : ` · about ${duration((seconds / now) * (all - kept - now))} left`;
      const what = running.map(({ cell, iteration }) => `${cell.id} ${iteration}/${cell.iterations}`).join(' · ');
      line.show(`${ended}/${counted(cells.length, 'run')}${left} · ${what}`);
    },
  });
}

const WORDS: Readonly<Record<Outcome, string>> = {
  finished: 'finished',
  stopped: 'stopped, to be resumed',
  failed: 'failed',
  busy: 'left alone: another process is at it, as its status.json says',
};
