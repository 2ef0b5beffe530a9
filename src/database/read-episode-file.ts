import { decodeLine, parseEpisode, RecordError, type StoredEpisode } from '../runs/index.ts';
import { type ByteLine, ByteLines, LONGEST_LINE } from './byte-lines.ts';
import type { FileProblem } from './problem-list.ts';
import { salvageBytes } from './salvage.ts';

/** An episode that can be told from all others of its file. */
export interface IdentifiedEpisode extends StoredEpisode {
  /** As it was written; where it was not, or twice, made from its place. */
  readonly id: string;
  /** Of the file, counted from 1. */
  readonly line: number;
}

export interface ReadEpisodeFileOptions {
  readonly signal?: AbortSignal;
  /** Told of everything that cannot be read. */
  readonly onProblem?: (problem: FileProblem) => void;
  /** Bytes of a line, at most. */
  readonly longestLine?: number;
  /** Leaves out what is read and drawn by the token but for the ids of responses: several times as fast where they are stored. */
  readonly withoutPrompts?: boolean;
  /** Lines that are wanted; default: all. Ids that are there twice are told apart within these alone. */
  readonly lines?: ReadonlySet<number>;
}

/** Episodes of a file that can be read, one by one; what cannot is told and does not end the reading. */
export async function* readEpisodeFile(
  path: string,
  options: ReadEpisodeFileOptions = {},
): AsyncGenerator<IdentifiedEpisode> {
  const { signal, onProblem = () => undefined, longestLine = LONGEST_LINE, withoutPrompts = false } = options;
  const lines = new ByteLines({ longest: longestLine });
  const ids = new Set<string>();
  let damage: string | undefined;
  const read = ({ number, bytes }: ByteLine, tell = onProblem): IdentifiedEpisode | undefined => {
    try {
      if (bytes === undefined) {
        tell({ line: number, problem: `it is longer than ${longestLine} bytes.` });
        return undefined;
      }
      if (options.lines?.has(number) === false) return undefined;
      const text = decodeLine(bytes, path, number);
      if (text.trim() === '') return undefined;
      let episode = parseEpisode(withoutPrompts ? leaveOutPrompts(text) : text, path, number);
      if (mayBeLone(text) && !isWellFormed(episode)) {
        tell({ line: number, problem: 'a text holds half of a character (a lone surrogate), shown as \ufffd.' });
        episode = wellFormed(episode);
      }
      return { ...episode, line: number, id: unique(episode.id ?? `episode ${ids.size + 1}`, ids) };
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      const field = error.field === undefined ? '' : `\`${error.field}\`: `;
      tell({ line: number, problem: `${field}${error.problem}` });
      return undefined;
    }
  };
  const bytes = salvageBytes(path, ({ problem }) => (damage = problem), { ...(signal && { signal }) });
  for await (const chunk of bytes) {
    for (const line of lines.push(chunk)) {
      const episode = read(line);
      if (episode !== undefined) yield episode;
    }
  }
  const last = lines.end();
  // Where the file was cut, its last line mostly was too, which need not be told twice.
  const whole = last && read(last, damage === undefined ? onProblem : () => undefined);
  if (whole !== undefined) yield whole;
  if (damage !== undefined) onProblem({ line: lines.count, problem: damage });
}

/**
 * Lists of prompts and log-probabilities as this program writes them. Inside a text every quote follows a backslash, so that
 * this can match keys alone.
 */
const PROMPTS = /,"(?:prompt|logprobs)":\[[^\]"[]*\]/g;

function leaveOutPrompts(text: string): string {
  return text.includes('"prompt":[') || text.includes('"logprobs":[') ? text.replace(PROMPTS, '') : text;
}

/** JSON in UTF-8 can hold half of a surrogate pair only as an escape. */
function mayBeLone(text: string): boolean {
  return text.includes('\\ud') || text.includes('\\uD');
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return !/\p{Surrogate}/u.test(value);
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return true;
  return Object.values(value).every(isWellFormed);
}

/** The same with U+FFFD in place of halves of characters, as the database would have it. */
function wellFormed<T>(value: T): T {
  if (typeof value === 'string') return value.replace(/\p{Surrogate}/gu, '\ufffd') as T;
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(wellFormed) as T;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, wellFormed(child)])) as T;
}

function unique(id: string, ids: Set<string>): string {
  let name = id;
  for (let n = 2; ids.has(name); n++) name = `${id} (${n})`;
  ids.add(name);
  return name;
}
