import { closeSync, openSync, readSync } from 'node:fs';
import type { EpisodeRecord } from '../credit/index.ts';
import {
  decodeLine,
  type Line,
  type ReadOptions,
  RecordError,
  readLines,
  Spool,
  STANDARD_INPUT,
  unreadable,
} from '../runs/index.ts';

/** The episodes of one group, and the lines they stand in. */
export interface FileGroup {
  readonly group: string;
  readonly episodes: readonly EpisodeRecord[];
  /** Line of each episode, counted from 1. */
  readonly lines: readonly number[];
}

export interface ReadGroupsOptions extends ReadOptions {
  /** Collects the episodes of a group wherever they stand; otherwise they must follow each other. */
  readonly sort?: boolean;
}

/** What a file is called in messages. */
export function fileName(path: string): string {
  return path === STANDARD_INPUT ? 'standard input' : path;
}

/**
 * The groups of a rollout file, one after the other, so that no more than one group is in memory. Blank lines say nothing.
 *
 * @param path of JSON Lines, one episode a line, compressed by gzip or not; `-`: standard input.
 * @throws RecordError where a line is not an episode of a group, or a group is torn apart and `sort` is not set
 */
export function readGroups(path: string, options: ReadGroupsOptions = {}): AsyncGenerator<FileGroup> {
  return options.sort ? sortedGroups(path, options) : contiguousGroups(path, options);
}

async function* contiguousGroups(path: string, options: ReadOptions): AsyncGenerator<FileGroup> {
  const file = fileName(path);
  /** Groups that are over, with the line they ended in. */
  const over = new Map<string, number>();
  let episodes: EpisodeRecord[] = [];
  let lines: number[] = [];
  let group: string | undefined;
  for await (const line of readLines(path, options)) {
    if (isBlank(line.text)) continue;
    const episode = parseEpisode(line, file);
    if (episode.group !== group) {
      if (group !== undefined) {
        over.set(group, lines[lines.length - 1]);
        yield { group, episodes, lines };
      }
      const ended = over.get(episode.group);
      if (ended !== undefined) {
        const problem = `group ${JSON.stringify(episode.group)} ended in line ${ended} and begins again here, but the episodes of a group must follow each other. Sort the file by group, or let --sort collect them.`;
        throw new RecordError(problem, { file, line: line.number, field: 'group' });
      }
      group = episode.group;
      episodes = [];
      lines = [];
    }
    episodes.push(episode);
    lines.push(line.number);
  }
  if (group !== undefined) yield { group, episodes, lines };
}

/** Reads twice: once to see where the episodes of each group stand, once group by group. */
async function* sortedGroups(path: string, options: ReadOptions): AsyncGenerator<FileGroup> {
  const file = fileName(path);
  const places = new Map<string, Omit<Line, 'text'>[]>();
  // Lines can be fetched again only from a file that is not compressed: anything else is written to one.
  const spool = (await isPlainFile(path)) ? undefined : new Spool();
  try {
    for await (const line of readLines(path, options)) {
      const { number, length } = line;
      const offset = spool === undefined ? line.offset : spool.write(`${line.text}\n`);
      if (isBlank(line.text)) continue;
      const { group } = parseEpisode(line, file);
      const list = places.get(group);
      if (list === undefined) places.set(group, [{ number, offset, length }]);
      else list.push({ number, offset, length });
    }
    spool?.flush();
    const descriptor = openSync(spool?.path ?? path, 'r');
    try {
      for (const [group, list] of places) {
        const episodes = list.map(({ number, offset, length }) => {
          const bytes = Buffer.allocUnsafe(length);
          readSync(descriptor, bytes, 0, length, offset);
          return parseEpisode({ number, text: decodeLine(bytes, file, number) }, file);
        });
        yield { group, episodes, lines: list.map(({ number }) => number) };
      }
    } finally {
      closeSync(descriptor);
    }
  } finally {
    spool?.remove();
  }
}

async function isPlainFile(path: string): Promise<boolean> {
  if (path === STANDARD_INPUT) return false;
  const descriptor = openFile(path);
  try {
    const magic = Buffer.alloc(2);
    readSync(descriptor, magic, 0, 2, 0);
    return !(magic[0] === 0x1f && magic[1] === 0x8b);
  } finally {
    closeSync(descriptor);
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw unreadable(error, path);
  }
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** An object with a group; its other fields are checked where the columns are made of them. */
function parseEpisode({ text, number }: Pick<Line, 'text' | 'number'>, file: string): EpisodeRecord {
  let episode: EpisodeRecord;
  try {
    episode = JSON.parse(text);
  } catch (error) {
    throw new RecordError(`it is not JSON (${(error as Error).message}). Expected one episode, an object, a line.`, {
      file,
      line: number,
    });
  }
  if (episode === null || typeof episode !== 'object' || Array.isArray(episode)) {
    throw new RecordError('it is not an episode: a line must be a JSON object with `group` and `steps`.', {
      file,
      line: number,
    });
  }
  if (typeof episode.group !== 'string') {
    const found = episode.group === undefined ? 'it is missing' : `it is ${JSON.stringify(episode.group)}`;
    throw new RecordError(`${found}; name the group of the episode with a string.`, {
      file,
      line: number,
      field: 'group',
    });
  }
  return episode;
}
