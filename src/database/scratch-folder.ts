import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../runs/index.ts';

const NAME = /^turnwise-database-(\d+)-/;

/**
 * A folder for what does not fit into memory. What processes left behind that were killed is removed on the way.
 *
 * @returns its path; the caller removes it
 */
export function makeScratchFolder(parent = tmpdir()): string {
  for (const name of readdirSync(parent)) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || isAlive({ pid: Number(pid), host: hostname() })) continue;
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {
      // Another user's, who will do it.
    }
  }
  return mkdtempSync(join(parent, `turnwise-database-${process.pid}-`));
}
