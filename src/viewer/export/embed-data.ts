import type { RunDatabase, TrackedRun } from '../../database/index.ts';
import type { AlgorithmInfo, EpisodeFacets, EpisodeRow, GroupView, RunSummary } from '../api.ts';
import { episodesOfGroups, iterationRanges } from '../data/episode-page.ts';
import { WHOLE_TEXTS } from '../data/group-view.ts';
import type { ViewerData } from '../data/viewer-data.ts';
import { ViewerError } from '../data/viewer-error.ts';
import type { EmbeddedCredit, EmbeddedData, EmbeddedGroup, FirstView } from '../embedded.ts';
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
  // Where the runs lie on this machine is nobody else's business.
  const summaries = (await data.runs()).map(({ folder: _, ...summary }) => summary);
  const opens = firstView(wanted, groups);
  return {
    turnwise,
    createdAt,
    runs: summaries,
    curves: await data.curves(runs.map((run) => run.id)),
    algorithms,
    facets: Object.fromEntries(episodes.map(([run, rows]) => [run, facetsOf(rows)])),
    episodes: Object.fromEntries(episodes),
    groups,
    leftOut: leftOut(runs, summaries, new Map(episodes), groups, left),
    ...(opens === undefined ? {} : { opens }),
  };
}

/** The one group or episode that was asked for, or else the one run that some of was; nothing in particular otherwise. */
function firstView(wanted: Wanted, groups: readonly EmbeddedGroup[]): FirstView | undefined {
  const narrowed = Object.values(wanted).some((value) => value !== undefined);
  if (!narrowed || groups.some(({ view }) => view.run !== groups[0].view.run)) return undefined;
  const { run, kind, iteration, group } = groups[0].view;
  if (groups.length > 1) return { page: 'episodes', run };
  if (wanted.episode !== undefined) return { page: 'episode', run, kind, iteration, group, episode: wanted.episode };
  return wanted.group === undefined ? { page: 'episodes', run } : { page: 'group', run, kind, iteration, group };
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
  const iterations = iterationRanges(rows);
  return {
    kinds: iterations.map(({ kind }) => kind),
    ends: values((row) => row.end),
    taskTypes: values((row) => row.taskType),
    iterations,
    longest: rows.reduce((most, row) => Math.max(most, row.steps), 0),
  };
}

function leftOut(
  tracked: readonly TrackedRun[],
  runs: readonly RunSummary[],
  episodes: ReadonlyMap<string, readonly EpisodeRow[]>,
  groups: readonly EmbeddedGroup[],
  left: readonly ChosenGroup[],
): string[] {
  const sentences: string[] = [];
  for (const [i, run] of runs.entries()) {
    const rows = episodes.get(run.id) ?? [];
    const name = runs.length > 1 ? ` of ${run.name}` : '';
    const trained = rows.filter(({ kind }) => kind === 'train');
    if (trained.length < run.episodes) {
      const share = `Of ${run.episodes} training episodes${name} ${trained.length || 'none'}`;
      sentences.push(`${share} ${trained.length === 1 ? 'is' : 'are'} in this page${ofIterations(trained)}.`);
    }
    const files = [...tracked[i].files.values()].filter(({ kind }) => kind !== 'train');
    const played = files.reduce((sum, file) => sum + file.episodes, 0);
    const shown = rows.filter(({ kind }) => kind !== 'train');
    if (shown.length === 0 && files.length > 0) {
      sentences.push(
        `The episodes of ${plural(files.length, 'evaluation', true)}${name} are not in this page; what they measured is.`,
      );
    } else if (shown.length < played) {
      const kinds = [...new Set(shown.map(({ kind }) => kind))].join(', ');
      const share = `Of ${played} episodes of ${plural(files.length, 'evaluation', true)}${name} ${shown.length}`;
      sentences.push(
        `${share} ${shown.length === 1 ? 'is' : 'are'} in this page, of ${kinds}${ofIterations(shown)}; what all of them measured is.`,
      );
    }
  }
  if (left.length > 0) sentences.push(`${plural(left.length, 'group', true)} would have made the page too large.`);
  if (groups.some(({ view }) => view.kind === 'train')) {
    sentences.push('The prompts of the steps are not in this page.');
  }
  return sentences;
}

/** `, of iterations 1, 9`; empty where there are no episodes. */
function ofIterations(rows: readonly EpisodeRow[]): string {
  const iterations = [...new Set(rows.map(({ iteration }) => iteration))];
  return iterations.length === 0 ? '' : `, of ${plural(iterations.length, 'iteration')} ${iterations.join(', ')}`;
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
