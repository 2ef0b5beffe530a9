import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectFile, isInside } from './inside.ts';

/** A file of an iteration. */
export interface FilePlace {
  /** Episodes, or what an evaluation found. */
  readonly holds: 'episodes' | 'summary';
  /** `train`, or the name of the evaluation. */
  readonly kind: string;
  readonly iteration: number;
  /** Path within the run folder, with slashes. */
  readonly file: string;
}

/** A file as it lay on the disk. */
export interface SeenFile extends FilePlace {
  /** Equal as long as nobody wrote it. */
  readonly signature: string;
}

export interface SeenFolder {
  readonly files: readonly SeenFile[];
  /** Files that are there and cannot be followed. */
  readonly problems: readonly { readonly file: string; readonly problem: string }[];
}

/** What a change of the folder's own time tells within; coarser clocks than this are not known. */
const CLOCK = 3000;

/** Looks at the files of a run's iterations, and at those alone that may have changed since it looked last. */
export class RunFiles {
  private readonly run: string;
  private readonly folders: ReadonlyMap<string, FolderState>;

  /** @param run its folder, a real path */
  constructor(run: string) {
    this.run = run;
    this.folders = new Map(
      ['episodes', 'evaluations'].map((name) => [name, { modified: -1, looked: 0, seen: NOTHING }]),
    );
  }

  /** @param doubtful files that must be looked at again whatever the folder's time says */
  async look(doubtful: ReadonlySet<string> = new Set()): Promise<SeenFolder> {
    const parts: SeenFolder[] = [];
    for (const [name, state] of this.folders) parts.push(await this.lookInto(name, state, doubtful));
    return { files: parts.flatMap((p) => p.files), problems: parts.flatMap((p) => p.problems) };
  }

  private async lookInto(name: string, state: FolderState, doubtful: ReadonlySet<string>): Promise<SeenFolder> {
    const folder = join(this.run, name);
    const looked = Date.now();
    const times = await stat(folder).catch(() => undefined);
    if (times === undefined || !times.isDirectory()) {
      Object.assign(state, { modified: -1, seen: NOTHING });
      return NOTHING;
    }
    const settled = times.mtimeMs === state.modified && state.looked - times.mtimeMs > CLOCK;
    if (settled && !state.seen.files.some(({ file }) => doubtful.has(file))) return state.seen;
    const seen = isInside(folder, [this.run])
      ? await this.list(name, folder)
      : { files: [], problems: [{ file: name, problem: 'it leads out of the run folder, which is not followed.' }] };
    Object.assign(state, { modified: times.mtimeMs, looked, seen });
    return seen;
  }

  private async list(name: string, folder: string): Promise<SeenFolder> {
    const places = (await readdir(folder)).flatMap((entry) => placeOf(name, entry) ?? []);
    places.sort((a, b) => a.iteration - b.iteration || (a.kind < b.kind ? -1 : 1));
    const files: SeenFile[] = [];
    const problems: { file: string; problem: string }[] = [];
    for (const place of places) {
      const found = await inspectFile(join(this.run, place.file), this.run);
      if ('stats' in found) {
        const { size, mtimeMs, ino } = found.stats;
        files.push({ ...place, signature: `${size} ${mtimeMs} ${ino}` });
      } else if (!found.missing) {
        problems.push({ file: place.file, problem: found.problem });
      }
    }
    return { files, problems };
  }
}

interface FolderState {
  modified: number;
  looked: number;
  seen: SeenFolder;
}

const NOTHING: SeenFolder = { files: [], problems: [] };

function placeOf(folder: string, name: string): FilePlace | undefined {
  const file = `${folder}/${name}`;
  if (folder === 'episodes') {
    const [, iteration] = /^(\d{1,9})\.jsonl\.gz$/.exec(name) ?? [];
    return iteration === undefined
      ? undefined
      : { holds: 'episodes', kind: 'train', iteration: Number(iteration), file };
  }
  const [, iteration, kind, ending] = /^(\d{1,9})-(.+)\.(jsonl\.gz|json)$/.exec(name) ?? [];
  if (iteration === undefined) return undefined;
  return { holds: ending === 'json' ? 'summary' : 'episodes', kind, iteration: Number(iteration), file };
}
