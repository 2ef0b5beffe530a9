import type { EpisodeFile, EpisodeQuery, GroupQuery, GroupView, TextQuery, ViewerApi } from '../../api.ts';
import type { EmbeddedData } from '../../embedded-data.ts';
import { filterEpisodes, sortEpisodes } from './episode-rows.ts';

/** Answers from the data that an exported page carries. Nothing changes, so that there is no `watch`. */
export function embeddedApi(data: EmbeddedData): ViewerApi {
  const groups = new Map(data.groups.map((group) => [groupKey(group.view.run, group.view), group]));
  const texts = new Map(data.texts.map(({ query, text }) => [textKey(query), text]));
  const rowsOf = (run: string) => data.episodes.find((episodes) => episodes.run === run)?.rows ?? [];

  return {
    runs: async () => [...data.runs],
    curves: async (runs) => data.curves.filter(({ run }) => runs.includes(run)),
    algorithms: async () => [...data.algorithms],
    async episodes(query: EpisodeQuery) {
      const start = performance.now();
      const fitting = sortEpisodes(filterEpisodes(rowsOf(query.run), query, (row) => groupText(row)), query);
      const rows = fitting.slice(query.offset, query.offset + query.limit);
      return { total: fitting.length, rows, milliseconds: performance.now() - start, pending: 0 };

      /** All that was said in an episode, as far as it is here. */
      function groupText(row: EpisodeFile & { group: string; id: string }): string[] {
        const episode = groups.get(groupKey(query.run, row))?.view.episodes.find(({ id }) => id === row.id);
        return (episode?.steps ?? []).flatMap(({ observation, action, completion }) => [
          observation.text,
          action.text,
          completion?.text ?? '',
        ]);
      }
    },
    async facets(run) {
      const rows = rowsOf(run);
      const distinct = (values: readonly (string | null)[]) =>
        [...new Set(values)].filter((value): value is string => value !== null).sort();
      const iterations = rows.map(({ iteration }) => iteration);
      return {
        kinds: distinct(rows.map(({ kind }) => kind)),
        ends: distinct(rows.map(({ end }) => end)),
        taskTypes: distinct(rows.map(({ taskType }) => taskType)),
        iterations: { from: least(iterations), to: most(iterations) },
        longest: most(rows.map(({ steps }) => steps)),
      };
    },
    async group(query: GroupQuery): Promise<GroupView> {
      const found = groups.get(groupKey(query.run, query));
      if (found === undefined) {
        throw new Error(`The steps of group ${query.group} were not taken into this file. It holds a part of the run.`);
      }
      if (query.algorithm === undefined || query.algorithm === found.view.credit?.algorithm) return found.view;
      const other = found.others.find(({ algorithm }) => algorithm === query.algorithm);
      if (other === undefined) {
        const creditProblem = `Credit by ${query.algorithm} was not taken into this file.`;
        return { ...found.view, credit: null, creditProblem };
      }
      return { ...found.view, credit: other.credit, creditProblem: other.creditProblem };
    },
    text: async (query) => texts.get(textKey(query)),
  };
}

function groupKey(run: string, { kind, iteration, group }: EpisodeFile & { readonly group: string }): string {
  return JSON.stringify([run, kind, iteration, group]);
}

function textKey({ run, kind, iteration, episode, step, field }: TextQuery): string {
  return JSON.stringify([run, kind, iteration, episode, step, field]);
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), values[0] ?? 0);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), values[0] ?? 0);
}
