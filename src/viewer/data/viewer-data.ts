import { ALGORITHM_NAMES, ALGORITHMS } from '../../credit/index.ts';
import type { EpisodeFile, RunDatabase, TrackedRun } from '../../database/index.ts';
import type {
  AlgorithmInfo,
  EpisodeFacets,
  EpisodeFile as EpisodeFileName,
  EpisodePage,
  EpisodeQuery,
  GroupQuery,
  GroupView,
  RunCurves,
  RunSummary,
  TextQuery,
  ViewerApi,
} from '../api.ts';
import { episodeFacets, episodePage } from './episode-page.ts';
import { type GroupCredit, groupCredit, runCredit } from './group-credit.ts';
import { groupView, SHORT_TEXTS } from './group-view.ts';
import { IterationCache, readWhole } from './iteration-episodes.ts';
import { runCurves } from './run-curves.ts';
import { runSummary } from './run-summary.ts';
import { RunTokenizers } from './token-views.ts';
import { ViewerError } from './viewer-error.ts';

/** What the page asks, answered from a database of runs. */
export class ViewerData implements ViewerApi {
  private readonly database: RunDatabase;
  private readonly iterations = new IterationCache();
  private readonly tokenizers = new RunTokenizers();

  constructor(database: RunDatabase) {
    this.database = database;
  }

  async runs(): Promise<RunSummary[]> {
    return [...this.database.runs.values()].map(runSummary);
  }

  async curves(runs: readonly string[]): Promise<RunCurves[]> {
    return runs.map((id) => runCurves(this.find(id)));
  }

  async episodes(query: EpisodeQuery): Promise<EpisodePage> {
    const run = this.find(query.run);
    this.database.prefer(run.id);
    return episodePage(this.database, run, query);
  }

  async facets(run: string): Promise<EpisodeFacets> {
    return episodeFacets(this.database, this.find(run));
  }

  async group(query: GroupQuery, limit = SHORT_TEXTS): Promise<GroupView> {
    const run = this.find(query.run);
    const iteration = await this.iterations.read(run, findFile(run, query));
    const tokenizer = await this.tokenizers.of(run);
    const { algorithm } = query;
    return groupView(run, iteration, query.group, {
      ...(algorithm === undefined ? {} : { algorithm }),
      tokenizer,
      limit,
    });
  }

  /** The credit of a group alone. */
  async credit({ run: id, group, algorithm, ...file }: GroupQuery): Promise<GroupCredit> {
    const run = this.find(id);
    const own = runCredit(run.facts.config);
    return groupCredit(await this.iterations.read(run, findFile(run, file)), group, own, algorithm ?? own.algorithm);
  }

  async text(query: TextQuery): Promise<string | undefined> {
    const run = this.find(query.run);
    const file = findFile(run, query);
    const { episodes } = await this.iterations.read(run, file);
    const episode = episodes.find((e) => e.id === query.episode);
    const step = episode?.steps[query.step];
    if (episode === undefined || step === undefined) {
      throw new ViewerError(
        `${file.file} of ${run.id} has no step ${query.step} of an episode ${JSON.stringify(query.episode)}.`,
      );
    }
    if (query.field !== 'prompt') return step[query.field];
    const [whole] = await readWhole(run, file, [episode]);
    const { prompt } = whole.steps[query.step];
    return prompt && (await this.tokenizers.of(run))?.decode(prompt);
  }

  async algorithms(): Promise<AlgorithmInfo[]> {
    return ALGORITHM_NAMES.map((name) => {
      const { description, needsValues } = ALGORITHMS[name];
      return { name, description, needsValues };
    });
  }

  /** @throws ViewerError */
  private find(id: string): TrackedRun {
    const run = this.database.runs.get(id);
    if (run === undefined) throw new ViewerError(`There is no run ${JSON.stringify(id)}, or not any more.`);
    return run;
  }
}

/** @throws ViewerError */
function findFile(run: TrackedRun, { kind, iteration }: EpisodeFileName): EpisodeFile {
  for (const file of run.files.values()) if (file.kind === kind && file.iteration === iteration) return file;
  throw new ViewerError(`${run.id} has no stored episodes of ${kind}, iteration ${iteration}.`);
}
