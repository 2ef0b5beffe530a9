import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Cell } from './resolve-cells.ts';

/** Where the words of a cell's training go. */
export function logFile(out: string, cell: Pick<Cell, 'id'>): string {
  return join(out, 'logs', `${cell.id}.log`);
}

/** Starts the training of a cell as a process of its own, out of reach of the terminal's Ctrl-C: it is told to stop by who started it. */
export function startCell(out: string, cell: Cell, resume: boolean): ChildProcess {
  const log = logFile(out, cell);
  mkdirSync(dirname(log), { recursive: true });
  const config = join(out, 'configs', `${cell.id}.json`);
  mkdirSync(dirname(config), { recursive: true });
  writeFileSync(config, `${JSON.stringify(cell.config, undefined, 2)}\n`);
  // What a run leaves that was killed before its first checkpoint.
  if (!resume) rmSync(cell.run, { recursive: true, force: true });
  const output = openSync(log, 'a');
  try {
    return spawn(
      process.execPath,
      [
        ...process.execArgv,
        process.argv[1],
        'train',
        ...(resume ? ['--resume', cell.run] : ['--config', config, '--out', cell.run]),
      ],
      { detached: true, stdio: ['ignore', output, output, 'ipc'] },
    );
  } finally {
    closeSync(output);
  }
}
