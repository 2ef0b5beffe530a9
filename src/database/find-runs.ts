import { type Dirent, existsSync, realpathSync, statSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { RunDatabaseError } from './errors.ts';
import { isInside } from './inside.ts';

/** How deep below a given folder runs are looked for: `comparison/runs/variant/environment/seed1` and one more. */
const DEPTH = 6;

/** Folders that are looked into, at most: somebody who points at a whole disk does not mean it. */
const MOST_FOLDERS = 50_000;

/** A folder that holds a run. */
export interface FoundRun {
  /** Relative to the folder that was given, with slashes; unique. */
  readonly id: string;
  /** The shortest end of its path that is unique, with slashes. */
  readonly name: string;
  /** Absolute, symbolic links resolved. */
  readonly path: string;
}

/**
 * The folders to look in, absolute and with their symbolic links resolved.
 *
 * @throws RunDatabaseError where one is missing or a file
 */
export function resolveFolders(folders: readonly string[]): string[] {
  const real = folders.map((folder) => {
    if (!existsSync(folder)) throw new RunDatabaseError(`${folder}: there is no such folder.`);
    if (!statSync(folder).isDirectory())
      throw new RunDatabaseError(`${folder}: it is a file; name a folder with runs.`);
    return realpathSync(resolve(folder));
  });
  return [...new Set(real)];
}

/**
 * Run folders in or below the given ones, in the order of their names. A run is a folder that holds `config.json` and
 * `metrics.jsonl`; nothing is looked for below one. Symbolic links are followed where they stay within the given folders.
 *
 * @param folders as `resolveFolders` gives them
 */
export async function findRuns(folders: readonly string[]): Promise<FoundRun[]> {
  const found = new Map<string, string>();
  for (const folder of folders) {
    for (const path of await walk(folder, { within: folders, seen: new Set() }, DEPTH)) {
      if (!found.has(path)) found.set(path, idOf(path, folder, folders.length > 1));
    }
  }
  const taken = new Set<string>();
  const runs = [...found].map(([path, id]) => {
    const unique = taken.has(id) ? path.split(sep).join('/') : id;
    taken.add(unique);
    return { id: unique, path };
  });
  const names = shortNames(runs.map(({ path }) => path));
  return runs.map((run, i) => ({ ...run, name: names[i] }));
}

interface Walk {
  readonly within: readonly string[];
  /** Real paths of the folders that were looked into: links may lead in circles. */
  readonly seen: Set<string>;
}

async function walk(folder: string, state: Walk, depth: number): Promise<string[]> {
  let entries: Dirent[];
  let real: string;
  try {
    real = await realpath(folder);
    entries = await readdir(folder, { withFileTypes: true });
  } catch {
    // It went away, or may not be read: then there are no runs to be seen.
    return [];
  }
  if (state.seen.has(real)) return [];
  state.seen.add(real);
  if (state.seen.size > MOST_FOLDERS) {
    throw new RunDatabaseError(
      `${state.within.join(', ')}: more than ${MOST_FOLDERS} folders are there. Name a folder nearer to the runs.`,
    );
  }
  const names = new Set(entries.map((e) => e.name));
  if (names.has('config.json') && names.has('metrics.jsonl')) return [real];
  if (depth === 0) return [];
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => COLLATOR.compare(a.name, b.name))) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    const follow = entry.isDirectory() || (entry.isSymbolicLink() && isFolder(path) && isInside(path, state.within));
    if (follow) found.push(...(await walk(path, state, depth - 1)));
  }
  return found;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Numbers in names count as numbers: seed2 before seed10. */
const COLLATOR = new Intl.Collator('en', { numeric: true });

function idOf(path: string, folder: string, several: boolean): string {
  const way = relative(folder, path);
  const parts = way === '' ? [basename(path)] : way.split(sep);
  return (several && way !== '' ? [basename(folder), ...parts] : parts).join('/');
}

/** For each path its shortest end that no other has. */
function shortNames(paths: readonly string[]): string[] {
  const parts = paths.map((path) => path.split(sep).filter((part) => part !== ''));
  const end = (i: number, length: number): string => parts[i].slice(-length).join('/');
  const names = paths.map(() => '');
  let open = paths.map((_, i) => i);
  for (let length = 1; open.length > 0; length++) {
    const count = new Map<string, number>();
    for (let i = 0; i < paths.length; i++) count.set(end(i, length), (count.get(end(i, length)) ?? 0) + 1);
    open = open.filter((i) => {
      names[i] = end(i, length);
      return (count.get(names[i]) ?? 0) > 1 && length < parts[i].length;
    });
  }
  return names;
}
