import { createHash } from 'node:crypto';
import type { Inspection, InspectOptions, Problem } from '../inspection.ts';
import { Game, GameState, GameTextError } from '../textgame/index.ts';
import { alfworldNames } from './names.ts';
import { ageOfWording, RELEASES, type Release } from './releases.ts';

/** A game file as it lies in the data. */
export interface InspectedFile {
  readonly id: string;
  readonly split: string;
  read(): Promise<string>;
}

/** Domains and grammars that occur in a data set, by how many games use them. */
type Counts = Map<string, number>;

/**
 * Reads, compiles and plays every game: each must be readable, unsolved at its start, and won by its stored walkthrough at its last
 * command and not before. Compares rules, wording and games with the known releases.
 *
 * @param skipped game files that are in the data but not among its tasks, as the original leaves them out
 */
export async function inspectAlfworld(
  path: string,
  files: readonly InspectedFile[],
  skipped: number,
  { signal, onProgress }: InspectOptions,
): Promise<Inspection> {
  const problems: Problem[] = [];
  const domains: Counts = new Map();
  const wordings: Counts = new Map();
  const digests = new Map<string, string[]>();
  const contents = new Map<string, string>();
  let age = 'no game could be read';
  let walkthroughs = 0;
  let steps = 0;
  for (const [i, file] of files.entries()) {
    signal?.throwIfAborted();
    const refuse = (problem: string): void => {
      problems.push({ where: file.id, problem });
    };
    try {
      const text = await file.read();
      const digest = sha256(text);
      const list = digests.get(file.split) ?? [];
      list.push(`${file.id} ${digest}`);
      digests.set(file.split, list);
      const twin = contents.get(digest);
      if (twin !== undefined) refuse(`it is the same file as ${twin}`);
      contents.set(digest, file.id);
      const played = playThrough(text, refuse);
      if (played !== undefined) {
        count(domains, played.domain);
        count(wordings, played.wording);
        age = played.age;
        if (played.steps > 0) walkthroughs++;
        steps += played.steps;
      }
    } catch (error) {
      if (typeof (error as { code?: unknown }).code !== 'string') throw error;
      refuse((error as Error).message);
    }
    onProgress?.(i + 1, files.length);
  }
  if (domains.size > 1)
    problems.push({ where: path, problem: `its games follow ${domains.size} different sets of rules` });
  if (wordings.size > 1) problems.push({ where: path, problem: `its games have ${wordings.size} different wordings` });

  const splits = Array.from(digests, ([split, lines]) => [split, sha256(lines.sort().join('\n'))] as const);
  const release = releaseOf(domains, wordings);
  return {
    version: release === undefined ? `none of the known releases; ${age}` : versionOf(release, splits),
    facts: [
      ['rules', describe(domains, release?.domain)],
      ['wording', describe(wordings, release?.wording)],
      ...splits.map(([split, digest]): [string, string] => {
        const known = release?.splits[split];
        const verdict = known === undefined ? 'no known digest' : known === digest ? 'as released' : 'NOT as released';
        return [`digest of ${split}`, `${digest.slice(0, 16)} (${verdict})`];
      }),
      ['walkthroughs', `${walkthroughs} of ${files.length} games won, ${steps} steps`],
      ['left out', `${skipped} game files whose path says movable or Sliced`],
    ],
    problems,
  };
}

/** @returns undefined where the file is no game */
function playThrough(
  text: string,
  refuse: (problem: string) => void,
): { domain: string; wording: string; age: string; steps: number } | undefined {
  const stored = parse(text, refuse);
  if (stored === undefined) return undefined;
  const { pddl_domain: domain, grammar, pddl_problem: problem, solvable, walkthrough } = stored;
  if (solvable === false) refuse('it is marked as not solvable');
  const found = { domain: sha256(domain), wording: sha256(withoutTask(grammar)), age: ageOfWording(grammar), steps: 0 };
  try {
    const state = new GameState(new Game({ domain, grammar, problem, names: (ids) => alfworldNames(ids) }));
    if (!state.observation.includes('Your task is to: ')) refuse('its introduction does not tell the task');
    if (state.admissible.length === 0) refuse('nothing can be done at its start');
    if (state.won) refuse('it is won before the first command');
    for (const [i, command] of (walkthrough ?? []).entries()) {
      if (!state.apply(command)) {
        refuse(`command ${i + 1} of its walkthrough, ${JSON.stringify(command)}, cannot be done`);
        return found;
      }
      const last = i === (walkthrough as string[]).length - 1;
      if (state.won !== last) {
        refuse(last ? 'its walkthrough does not win it' : `its walkthrough wins it at command ${i + 1} already`);
        return found;
      }
    }
    return { ...found, steps: walkthrough?.length ?? 0 };
  } catch (error) {
    if (!(error instanceof GameTextError)) throw error;
    refuse(error.message);
    return undefined;
  }
}

interface Stored {
  readonly pddl_domain: string;
  readonly grammar: string;
  readonly pddl_problem: string;
  readonly solvable?: boolean;
  readonly walkthrough?: readonly string[];
}

function parse(text: string, refuse: (problem: string) => void): Stored | undefined {
  let stored: Partial<Stored> | null;
  try {
    stored = JSON.parse(text);
  } catch (error) {
    refuse(`it is not JSON (${(error as Error).message})`);
    return undefined;
  }
  for (const key of ['pddl_domain', 'grammar', 'pddl_problem'] as const) {
    if (typeof stored?.[key] === 'string') continue;
    refuse(`it has no text ${key}`);
    return undefined;
  }
  const { walkthrough } = stored as Stored;
  if (walkthrough != null && !(Array.isArray(walkthrough) && walkthrough.every((c) => typeof c === 'string'))) {
    refuse('its walkthrough is not a list of commands');
    return undefined;
  }
  return stored as Stored;
}

/** A grammar without the sentence that tells the task, the one thing in which the games of a release differ. */
function withoutTask(grammar: string): string {
  return grammar.replace(/Your task is to: [^"\n]*/g, 'Your task is to: …');
}

function releaseOf(domains: Counts, wordings: Counts): Release | undefined {
  return RELEASES.find(({ domain, wording }) => domains.has(domain) && wordings.has(wording));
}

function versionOf({ name, splits }: Release, found: readonly (readonly [string, string])[]): string {
  const whole = Object.keys(splits).length > 0 && found.every(([split, digest]) => splits[split] === digest);
  return `${name}${whole ? ', every game as released' : ''}`;
}

function describe(counts: Counts, known: string | undefined): string {
  return Array.from(counts, ([digest, games]) => {
    const whose = digest === known ? ', as released' : '';
    return `${digest.slice(0, 16)} in ${games} games${whose}`;
  }).join('; ');
}

function count(counts: Counts, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
