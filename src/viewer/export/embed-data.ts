import type { RunDatabase } from '../../database/index.ts';
import type { AlgorithmInfo, EpisodeFacets, EpisodeRow, GroupView, RunSummary } from '../api.ts';
import { episodesOfGroups } from '../data/episode-page.ts';
import { WHOLE_TEXTS } from '../data/group-view.ts';
import type { ViewerData } from '../data/viewer-data.ts';
import { ViewerError } from '../data/viewer-error.ts';
import type { EmbeddedCredit, EmbeddedData, EmbeddedGroup } from '../embedded.ts';
import { type ChosenGroup, chooseGroups, GROUPS, type Wanted } from './choose-groups.ts';

/** Characters of the groups of a page, about; the first group comes in whatever its size. */
const MOST_CHARACTERS = 16e6;

/**
 * What an exported page holds: the runs with all their curves, and the groups asked for, with the credit of every algorithm.
 *
 * @throws ViewerError where nothing is what was asked for
 */
export async function embedData(
  database: RunDatabase,
  data: ViewerData,
  wanted: Wanted,
  { turnwise, createdAt }: Pick<EmbeddedData, 'turnwise' | 'createdAt'>,
): Promise<EmbeddedData> {
  const runs = [...database.runs.values()];
  const algorithms = await data.algorithms();
  const each = Math.max(1, Math.floor(GROUPS / Math.max(1, runs.length)));
  const groups: EmbeddedGroup[] = [];
  const left: ChosenGroup[] = [];
  const episodes: [string, EpisodeRow[]][] = [];
  let size = 0;
  for (const run of runs) {
    const taken: ChosenGroup[] = [];
    for (const chosen of await chooseGroups(database, run, wanted, each)) {
      const group = await embedGroup(data, run.id, chosen, algorithms);
      const length = JSON.stringify(group).length;
      if (groups.length > 0 && size + length > MOST_CHARACTERS) {
        left.push(chosen);
        continue;
      }
      size += length;
      groups.push(group);
      taken.push(chosen);
    }
    episodes.push([run.id, await episodesOfGroups(database, run, taken)]);
  }
  const asked = wanted.kind ?? wanted.iteration ?? wanted.group ?? wanted.episode;
  if (asked !== undefined && groups.length === 0)
    throw new ViewerError(`The run has no stored episodes of ${describe(wanted)}.`);
  const summaries = await data.runs();
  return {
    turnwise,
    createdAt,
    runs: summaries,
    curves: await data.curves(runs.map((run) => run.id)),
    algorithms,
    facets: Object.fromEntries(episodes.map(([run, rows]) => [run, facetsOf(rows)])),
    episodes: Object.fromEntries(episodes),
    groups,
    leftOut: leftOut(summaries, new Map(episodes), groups, left),
  };
}

async function embedGroup(
  data: ViewerData,
  run: string,
  chosen: ChosenGroup,
  algorithms: readonly AlgorithmInfo[],
): Promise<EmbeddedGroup> {
  const view = await data.group({ run, ...chosen }, WHOLE_TEXTS);
  const credits: [string, EmbeddedCredit][] = [];
  // An evaluation has no credit by anybody.
  for (const { name } of chosen.kind === 'train' ? algorithms : []) {
    credits.push([name, await data.credit({ run, ...chosen, algorithm: name })]);
  }
  return { view: withoutPrompts(view), credits: Object.fromEntries(credits) };
}

/** Prompts hold all that went before, again at every step: they are as large as all the rest. */
function withoutPrompts(view: GroupView): GroupView {
  return {
    ...view,
    episodes: view.episodes.map((e) => ({ ...e, steps: e.steps.map((s) => ({ ...s, hasPrompt: false })) })),
  };
}

function facetsOf(rows: readonly EpisodeRow[]): EpisodeFacets {
  const values = (of: (row: EpisodeRow) => string | null): string[] =>
    [...new Set(rows.map(of))].filter((value) => value !== null).sort();
  const iterations = rows.map((row) => row.iteration);
  return {
    kinds: values((row) => row.kind),
    ends: values((row) => row.end),
    taskTypes: values((row) => row.taskType),
    iterations: {
      from: iterations.reduce((a, b) => Math.min(a, b), iterations[0] ?? 0),
      to: iterations.reduce((a, b) => Math.max(a, b), 0),
    },
    longest: rows.reduce((most, row) => Math.max(most, row.steps), 0),
  };
}

function leftOut(
  runs: readonly RunSummary[],
  episodes: ReadonlyMap<string, readonly EpisodeRow[]>,
  groups: readonly EmbeddedGroup[],
  left: readonly ChosenGroup[],
): string[] {
  const sentences: string[] = [];
  for (const run of runs) {
    const rows = episodes.get(run.id) ?? [];
    const trained = rows.filter((row) => row.kind === 'train').length;
    const own = groups.filter(({ view }) => view.run === run.id);
    const iterations = [...new Set(own.filter(({ view }) => view.kind === 'train').map(({ view }) => view.iteration))];
    const where =
      iterations.length === 0 ? '' : `, of ${plural(iterations.length, 'iteration')} ${iterations.join(', ')}`;
    const name = runs.length > 1 ? ` of ${run.name}` : '';
    if (trained < run.episodes) {
      sentences.push(`Of ${run.episodes} training episodes${name} ${trained} are in this page${where}.`);
    }
    const evaluations = run.files.filter((f) => f.kind !== 'train').length;
    const shown = new Set(rows.filter((row) => row.kind !== 'train').map((row) => `${row.kind} ${row.iteration}`)).size;
    if (shown === 0 && evaluations > 0) {
      sentences.push(
        `The episodes of ${plural(evaluations, 'evaluation', true)}${name} are not in this page; what they measured is.`,
      );
    }
  }
  if (left.length > 0) sentences.push(`${plural(left.length, 'group', true)} would have made the page too large.`);
  if (groups.some(({ view }) => view.kind === 'train')) {
    sentences.push('The prompts of the steps are not in this page.');
  }
  return sentences;
}

function plural(count: number, noun: string, counted = false): string {
  return `${counted ? `${count} ` : ''}${noun}${count === 1 ? '' : 's'}`;
}

function describe({ kind, iteration, group, episode }: Wanted): string {
  const parts = [
    ...(kind === undefined ? [] : [kind]),
    ...(iteration === undefined ? [] : [`iteration ${iteration}`]),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(episode === undefined ? [] : [`episode ${episode}`]),
  ];
  return parts.join(', ');
}
