import { EPISODE_SORTS, type EpisodeFile, type EpisodeQuery } from '../../api.ts';
import { parseChoice, parseNumber } from '../routing/lists.ts';
import type { Parameters } from '../routing/route.ts';

/** Filters and order of a list of episodes, without the place in it. */
export type EpisodeFilter = Omit<EpisodeQuery, 'run' | 'offset' | 'limit'>;

/** In an address: episodes of training and of evaluations. */
export const ALL_KINDS = 'all';

/**
 * What the address of a list of episodes asks for.
 *
 * @param usual the kind of episodes where the address says none; undefined: all
 */
export function parseFilter(parameters: Parameters, usual?: string): EpisodeFilter {
  const count = (name: string) => {
    const value = parseNumber(parameters[name], 0, Number.MAX_SAFE_INTEGER);
    return value === undefined ? undefined : Math.floor(value);
  };
  const outcome = parseChoice(parameters['outcome'], ['success', 'failure']);
  const sort = parameters['sort'] ?? 'order';
  return {
    kind: parameters['kind'] === ALL_KINDS ? undefined : (parameters['kind'] ?? usual),
    iterationFrom: count('from'),
    iterationTo: count('to'),
    success: outcome === undefined ? undefined : outcome === 'success',
    end: parameters['end'],
    taskType: parameters['type'],
    task: parameters['task'],
    group: parameters['group'],
    stepsFrom: count('shortest'),
    stepsTo: count('longest'),
    text: parameters['text'],
    sort: parseChoice(sort.replace(/^-/, ''), EPISODE_SORTS) ?? 'order',
    descending: sort.startsWith('-'),
  };
}

/**
 * The kind of episodes that is shown where nobody chose one: training, since who opens a run wants what it was trained on and
 * evaluations have no credit; where there is none, as in some exported pages, all there is.
 *
 * @param kinds that there are episodes of
 */
export function usualKind(kinds: readonly string[]): string | undefined {
  if (kinds.includes('train')) return 'train';
  return kinds.length === 1 ? kinds[0] : undefined;
}

/** Why no episode of a kind can be found: none is stored, or in an exported page none came along. */
export function absentKind({ kind }: EpisodeFilter, files: readonly EpisodeFile[]): string | undefined {
  if (kind === undefined || files.some((file) => file.kind === kind)) return undefined;
  const there = [...new Set(files.map((file) => file.kind))].join(', ');
  return `No episode of the kind “${kind}” is here; there is ${there}.`;
}

/** Why a filter can find nothing whatever there is: a range that ends before it begins. */
export function emptyRange({ iterationFrom, iterationTo, stepsFrom, stepsTo }: EpisodeFilter): string | undefined {
  const told = (name: string, from: number | undefined, to: number | undefined) =>
    from !== undefined && to !== undefined && from > to
      ? `The filter asks for ${name} from ${from} to ${to}, which is none: swap the two.`
      : undefined;
  return told('iterations', iterationFrom, iterationTo) ?? told('turns', stepsFrom, stepsTo);
}

/** The parameters that filter; the order is none of them. */
export const FILTER_PARAMETERS = [
  'kind',
  'from',
  'to',
  'outcome',
  'end',
  'type',
  'task',
  'group',
  'shortest',
  'longest',
  'text',
] as const;
