import { basename, dirname } from 'node:path';
import { HubError } from './hub-error.ts';

/** A model of the hub. */
export interface ModelId {
  /** `owner/name` */
  readonly name: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

const ID = /^([A-Za-z0-9][\w.-]{0,95}\/[\w.-]{1,96})(?:@(.*))?$/s;
const REVISION = /^[\w][\w.+/-]{0,254}$/;

function parseModelId(text: string, revision = 'main'): ModelId | undefined {
  const [, name, own] = ID.exec(text) ?? [];
  // Two hyphens part owner and name in the cache's folder names, so the hub has no such names.
  if (name === undefined || name.includes('--') || name.includes('..') || name.endsWith('/.')) return undefined;
  const wanted = own ?? revision;
  const steps = wanted.split('/');
  if (!REVISION.test(wanted) || steps.some((s) => s === '' || s === '.' || s.includes('..'))) {
    const problem = `${JSON.stringify(wanted)} is no revision. Give a branch, a tag or a commit.`;
    throw new HubError('TURNWISE_HUB_NOT_FOUND', name, problem);
  }
  return { name, revision: wanted };
}

/**
 * The model that a text names: `owner/name`, `owner/name@revision`, or a snapshot of a cache.
 *
 * @param revision where the text names none
 * @returns undefined for what is not of those forms
 * @throws HubError for a revision that cannot be one
 */
export function modelIdOf(text: string, revision?: string): ModelId | undefined {
  return parseModelId(text, revision) ?? modelOfSnapshot(text);
}

/** The model that a snapshot in a cache is of: an adapter trained on it names that folder, which may have been cleared away since. */
function modelOfSnapshot(folder: string): ModelId | undefined {
  const commit = basename(folder);
  const [, owner, name] = /^models--(.+?)--(.+)$/.exec(basename(dirname(dirname(folder)))) ?? [];
  if (!isCommit(commit) || name === undefined || basename(dirname(folder)) !== 'snapshots') return undefined;
  return parseModelId(`${owner}/${name}`, commit);
}

export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}
