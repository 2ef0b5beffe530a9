import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseChange, RunDatabase } from '../../database/index.ts';

/** Milliseconds between two looks at the disk, at least: a process that died writes nothing. */
const LOOK_EVERY = 3000;
/** Looks take at most this share of the time, and that one while something is written all the time. */
const SHARE = 0.05;
const BUSY_SHARE = 0.2;
/** Milliseconds that changes are gathered before they are told. */
const GATHER = 250;
/** Folders that are watched; beyond, looking now and then must do. */
const MOST_WATCHED = 400;

export interface FollowOptions {
  readonly changed: (change: DatabaseChange) => void;
  /** Told of errors that are bugs. */
  readonly onError: (error: unknown) => void;
}

/** Keeps a database up with its run folders until it is stopped. */
export class Follower {
  private readonly database: RunDatabase;
  private readonly options: FollowOptions;
  private readonly watchers = new Map<string, FSWatcher>();
  private readonly controller = new AbortController();
  private gathered: { runs: Set<string>; list: boolean } | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** When the timer rings, and before when no look may begin. */
  private due = Number.POSITIVE_INFINITY;
  private rested = 0;
  private work: Promise<void> = Promise.resolve();
  private working = false;
  private again = false;
  private reading = false;

  constructor(database: RunDatabase, options: FollowOptions) {
    this.database = database;
    this.options = options;
  }

  /** Reads what is there, and then what comes. */
  start(): void {
    this.look();
  }

  async stop(): Promise<void> {
    this.controller.abort(new Error('stopped'));
    this.unset();
    clearTimeout(this.gathering);
    for (const watcher of this.watchers.values()) watcher.close();
    await this.work;
  }

  /** Looks at the disk now, or when the look that is under way is over. */
  private look(): void {
    if (this.controller.signal.aborted) return;
    if (this.working) {
      this.again = true;
      return;
    }
    this.working = true;
    this.unset();
    this.work = this.update()
      .catch((error: unknown) => {
        if (!this.controller.signal.aborted) this.options.onError(error);
      })
      .then(() => {
        this.working = false;
        this.later(this.again ? GATHER : LOOK_EVERY);
        this.again = false;
      });
  }

  private async update(): Promise<void> {
    const begin = performance.now();
    const change = await this.database.refresh();
    const took = performance.now() - begin;
    this.gather(change);
    this.watchFolders();
    this.rested = performance.now() + took / BUSY_SHARE;
    // While episodes are read, the disk is looked at again: what is new may be wanted first.
    this.later(Math.max(LOOK_EVERY, took / SHARE));
    if (this.database.pending() > 0) this.read();
  }

  private read(): void {
    if (this.reading) return;
    this.reading = true;
    const { signal } = this.controller;
    this.database
      .readEpisodes({ signal, onRead: (runs) => this.gather({ runs, list: false }) })
      .catch((error: unknown) => {
        if (!signal.aborted) this.options.onError(error);
      })
      .finally(() => {
        this.reading = false;
      });
  }

  /** Looks after so long, unless it is to look sooner anyway: what is written all the time must not put it off. */
  private later(milliseconds: number): void {
    if (this.controller.signal.aborted) return;
    const now = performance.now();
    const at = Math.max(now + milliseconds, this.rested);
    if (at >= this.due) return;
    this.unset();
    this.due = at;
    this.timer = setTimeout(() => this.look(), at - now);
  }

  private unset(): void {
    clearTimeout(this.timer);
    this.due = Number.POSITIVE_INFINITY;
  }

  private gather({ runs, list }: DatabaseChange): void {
    if (runs.length === 0 && !list) return;
    this.gathered ??= { runs: new Set(), list: false };
    for (const run of runs) this.gathered.runs.add(run);
    this.gathered.list ||= list;
    this.gathering ??= setTimeout(() => {
      const change = this.gathered!;
      this.gathered = undefined;
      this.gathering = undefined;
      this.options.changed({ runs: [...change.runs], list: change.list });
    }, GATHER);
  }

  /** So that what is written is seen at once, where the system can tell. */
  private watchFolders(): void {
    const folders = new Set(this.database.folders);
    for (const { path } of this.database.runs.values()) {
      for (const folder of [path, join(path, 'episodes'), join(path, 'evaluations')]) folders.add(folder);
    }
    for (const [folder, watcher] of this.watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.watchers.delete(folder);
    }
    for (const folder of folders) {
      if (this.watchers.has(folder) || this.watchers.size >= MOST_WATCHED) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.later(GATHER));
        watcher.on('error', () => {
          watcher.close();
          this.watchers.delete(folder);
        });
        this.watchers.set(folder, watcher);
      } catch {
        // It went away, or the system watches no more: looking now and then must do.
      }
    }
  }
}
