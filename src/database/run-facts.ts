import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isBusy, type MetricRecord, type RunStatusFile, readStatus } from '../runs/index.ts';
import { experimentOf, flattenConfig, type Scalar } from './flatten-config.ts';
import { inspectFile } from './inside.ts';
import type { FileProblem } from './problem-list.ts';

/**
 * - `running`: a process of this machine that is alive is writing it
 * - `finished`: all iterations and the last evaluation are done
 * - `interrupted`: a person stopped it
 * - `failed`: it ended with an error
 * - `stopped`: its process is gone without a word, or another machine's
 */
export type RunStatus = 'running' | 'finished' | 'interrupted' | 'failed' | 'stopped';

/** What the small files of a run folder say of it. */
export interface RunFacts {
  /** As it was written; undefined where it cannot be read. */
  readonly config: unknown;
  /** The configuration with dotted keys. */
  readonly settings: Readonly<Record<string, Scalar>>;
  readonly experiment: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string | undefined;
  readonly statusFile: RunStatusFile | undefined;
  readonly problems: readonly (FileProblem & { readonly file: string })[];
}

/** Bytes of a file that is read as a whole, at most. */
const LARGEST = 2 ** 24;

export async function readRunFacts(run: string): Promise<RunFacts> {
  const problems: (FileProblem & { file: string })[] = [];
  const read = async (file: string): Promise<unknown> => {
    const content = await readSmallJson(run, file);
    if (content.problem !== undefined) problems.push({ file, problem: content.problem });
    return content.value;
  };
  const config = await read('config.json');
  const metadata = (await read('metadata.json')) as { startedAt?: unknown } | null | undefined;
  const settings = flattenConfig(config);
  const status = await inspectFile(join(run, 'status.json'), run);
  if ('problem' in status && !status.missing) problems.push({ file: 'status.json', problem: status.problem });
  return {
    config,
    settings,
    experiment: experimentOf(settings),
    startedAt: typeof metadata?.startedAt === 'string' ? metadata.startedAt : undefined,
    statusFile: 'stats' in status ? await readStatus(run) : undefined,
    problems,
  };
}

/** A JSON file of a run, of a reasonable size, or what is wrong with it. */
export async function readSmallJson(run: string, file: string): Promise<{ value?: unknown; problem?: string }> {
  const path = join(run, file);
  const found = await inspectFile(path, run);
  if ('problem' in found) return { problem: found.problem };
  if (found.stats.size > LARGEST) {
    return { problem: `it has ${found.stats.size} bytes; more than ${LARGEST} are not read.` };
  }
  try {
    return { value: JSON.parse(await readFile(path, 'utf8')) };
  } catch (error) {
    const { message } = error as Error;
    return {
      problem: error instanceof SyntaxError ? `it is not JSON (${message}).` : `it cannot be read (${message}).`,
    };
  }
}

/** How a run stands, by what it says itself; where it says nothing, by what it has. */
export function statusOf(
  { statusFile, settings }: RunFacts,
  last: MetricRecord | undefined,
): { status: RunStatus; error?: string } {
  if (statusFile !== undefined && statusFile.state !== 'running') {
    const { state, error } = statusFile;
    return { status: state, ...(state === 'failed' && typeof error === 'string' ? { error } : {}) };
  }
  if (statusFile !== undefined && isBusy(statusFile)) return { status: 'running' };
  const done = last !== undefined && last.iteration === settings['iterations'];
  const evaluated = done && Object.keys(last.values).some((name) => name.startsWith('val/'));
  return { status: evaluated ? 'finished' : 'stopped' };
}
