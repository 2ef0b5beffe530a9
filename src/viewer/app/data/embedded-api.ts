import type { EpisodeFile, EpisodeQuery, GroupQuery, GroupView, TextQuery, ViewerApi } from '../../api.ts';
import type { EmbeddedData } from '../../embedded.ts';
import { filterEpisodes, sortEpisodes } from './episode-rows.ts';

/** Answers from the data that an exported page carries. Nothing changes, so that there is no `watch`. */
export function embeddedApi(data: EmbeddedData): ViewerApi {
  const groups = new Map(data.groups.map((group) => [groupKey(group.view.run, group.view), group]));

  const stepOf = ({ run, episode, step, kind, iteration }: Omit<TextQuery, 'field'>) => {
    for (const { view } of groups.values()) {
      if (view.run !== run || view.kind !== kind || view.iteration !== iteration) continue;
      const found = view.episodes.find(({ id }) => id === episode);
      if (found !== undefined) return found.steps[step];
    }
    return undefined;
  };
  const textsOf = (run: string, row: EpisodeFile & { readonly group: string; readonly id: string }): string[] => {
    const episode = groups.get(groupKey(run, row))?.view.episodes.find(({ id }) => id === row.id);
    return (episode?.steps ?? []).flatMap(({ observation, action, completion }) => [
      observation.text,
      action.text,
      completion?.text ?? '',
    ]);
  };

  return {
    runs: async () => [...data.runs],
    curves: async (runs) => data.curves.filter(({ run }) => runs.includes(run)),
    algorithms: async () => [...data.algorithms],
    facets: async (run) => own(data.facets, run) ?? { kinds: [], ends: [], taskTypes: [], iterations: [], longest: 0 },
    async episodes(query: EpisodeQuery) {
      const start = performance.now();
      const all = own(data.episodes, query.run) ?? [];
      const fitting = sortEpisodes(
        filterEpisodes(all, query, (row) => textsOf(query.run, row)),
        query,
      );
      const rows = fitting.slice(query.offset, query.offset + query.limit);
      return { total: fitting.length, rows, milliseconds: performance.now() - start, pending: 0 };
    },
    async group(query: GroupQuery): Promise<GroupView> {
      const found = groups.get(groupKey(query.run, query));
      if (found === undefined) {
        throw new Error(`The steps of group ${query.group} were not taken into this file. It holds a part of the run.`);
      }
      if (query.algorithm === undefined) return found.view;
      const other = own(found.credits, query.algorithm) ?? {
        credit: null,
        creditProblem: `Credit by ${query.algorithm} was not taken into this file.`,
      };
      return { ...found.view, creditProblem: undefined, ...other };
    },
    async text(query) {
      const step = stepOf(query);
      const text = step === undefined || query.field === 'prompt' ? undefined : step[query.field];
      return text?.more === 0 ? text.text : undefined;
    },
  };
}

/** What a record holds under a name that came from a file: `constructor` is one like any other. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function groupKey(run: string, { kind, iteration, group }: EpisodeFile & { readonly group: string }): string {
  return JSON.stringify([run, kind, iteration, group]);
}
