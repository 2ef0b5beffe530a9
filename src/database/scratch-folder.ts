import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { processLives } from '../runs/index.ts';

/** Names of such folders begin so; the process follows. A folder of temporary files may be shared by machines that number their processes alike. */
export const SCRATCH_PREFIX = `turnwise-database-${hostname().replace(/\W+/g, '_')}-`;

/**
 * A folder for what does not fit into memory. What processes left behind that were killed is removed on the way.
 *
 * @returns its path; the caller removes it
 */
export function makeScratchFolder(parent = tmpdir()): string {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(SCRATCH_PREFIX)) continue;
    const pid = Number(/^(\d+)-/.exec(name.slice(SCRATCH_PREFIX.length))?.[1]);
    if (Number.isNaN(pid) || processLives(pid)) continue;
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {
      // Another user's, who will do it.
    }
  }
  return mkdtempSync(join(parent, `${SCRATCH_PREFIX}${process.pid}-`));
}
