import {
  batchFromEpisodes,
  type Clusters,
  CreditBatchError,
  findAlgorithm,
  type StateKey,
  type StepBatch,
} from '../credit/index.ts';
import type { CreditTotals } from '../reports/index.ts';
import { type LineWriter, openOutput, RecordError } from '../runs/index.ts';
import { Answers } from './answers.ts';
import { ClusterCache } from './cluster-cache.ts';
import { concatenate, concatenateClusters } from './concatenate.ts';
import type { Plan } from './plans.ts';
import { type FileGroup, fileName, readGroups } from './read-groups.ts';
import { GroupSample, type SampledGroup } from './sample.ts';
import { type Columns, Shelf } from './shelf.ts';
import { type Agreement, type Distribution, Statistics } from './statistics.ts';
import { Totals } from './totals.ts';

export interface CreditFileOptions {
  /** Rollout file; `-`: standard input. */
  readonly path: string;
  readonly plans: readonly Plan[];
  /** Where the advantages go; undefined: standard output; null: nowhere. */
  readonly out?: string | null;
  /** Writes beside the advantages what they are made of: `explainCredit`. */
  readonly explain?: boolean;
  readonly stateKey?: StateKey;
  /** Episode reward that means success where an episode does not say; reward units. */
  readonly successReward?: number;
  /** Collects the episodes of a group wherever they stand in the file. */
  readonly sort?: boolean;
  /** Groups that make a batch for the algorithms that look across groups; by default all of the file. */
  readonly batchGroups?: number;
  /** Groups to keep in full for a report. */
  readonly sample?: number;
  readonly signal?: AbortSignal;
  /** @param bytes read so far, as they are stored in the file */
  readonly onProgress?: (bytes: number, steps: number) => void;
}

export interface CreditFileResult {
  readonly source: string;
  /** Those that were carried out. */
  readonly plans: readonly Plan[];
  readonly totals: CreditTotals;
  readonly warnings: readonly string[];
  /** One per plan. */
  readonly distributions: readonly Distribution[];
  readonly agreement: Agreement;
  readonly sample: readonly SampledGroup[];
}

/** A group of the file with what became of it so far. */
interface Credited {
  readonly file: FileGroup;
  readonly batch: StepBatch;
  /** Which steps share a state, one per plan that waits for the other groups. */
  readonly clusters: readonly Clusters[];
  /** The columns of each plan that does not wait, in their order. */
  readonly known: readonly Columns[];
}

/**
 * Gives every step of a rollout file its credit, group by group in bounded memory. Algorithms that look across groups
 * (whitening over the batch) keep the numbers of the whole file, or of `batchGroups` groups, but not the texts.
 *
 * Writes one line per episode, in the order of the file: `{"group", "id", "advantages": […]}`, or with several plans
 * `{"group", "id", "advantages": {name: […]}}`. With `explain` a field `explanation` stands beside them,
 * `{"terms": {name: […]}, "quantities": {name: […]}}`, or with several plans one such object per plan by its name; null stands
 * where a column has no number for a step.
 *
 * @throws RecordError with file, line and field where the input is not what it must be; then no output file is made
 */
export async function creditFile(options: CreditFileOptions): Promise<CreditFileResult> {
  const { path, signal } = options;
  const source = fileName(path);
  const totals = new Totals();
  const sample = new GroupSample(options.sample ?? 0);
  const output = options.out === null ? undefined : await openOutput(options.out, path, !options.sort);
  let work: Work | undefined;
  let bytes = 0;
  const onRead = (read: number): void => {
    bytes += read;
    options.onProgress?.(bytes, totals.steps);
  };
  try {
    for await (const file of readGroups(path, { sort: options.sort, onRead, signal })) {
      signal?.throwIfAborted();
      const batch = columnsOf(file, options, source);
      work ??= new Work(plansFor(batch, options.plans), options, { source, totals, sample, output });
      await work.add(file, batch);
    }
    if (work === undefined) throw new RecordError('it holds no episodes.', { file: source });
    await work.flush();
    await output?.close();
  } catch (error) {
    await output?.abandon();
    signal?.throwIfAborted();
    throw error;
  } finally {
    work?.close();
  }
  const { plans, statistics } = work;
  return {
    source,
    plans,
    totals: totals.result(),
    warnings: totals.warnings(),
    distributions: plans.map((_, i) => statistics.distribution(i)),
    agreement: statistics.agreement(),
    sample: sample.groups(),
  };
}

/** Without a critic's values in the file, those that need them are left out, unless asked for by name. */
function plansFor(batch: StepBatch, plans: readonly Plan[]): readonly Plan[] {
  if (batch.value !== undefined) return plans;
  return plans.filter(({ name, named }) => named || !findAlgorithm(name).needsValues);
}

function columnsOf(file: FileGroup, { stateKey, successReward }: CreditFileOptions, source: string): StepBatch {
  try {
    return batchFromEpisodes(file.episodes, { stateKey, successReward });
  } catch (error) {
    throw placed(error, file, source);
  }
}

/** Where the work on a group leaves its traces. */
interface Traces {
  readonly source: string;
  readonly totals: Totals;
  readonly sample: GroupSample;
  readonly output: LineWriter | undefined;
}

/** Gives credit to groups as they come; those that have to wait for others gather until `flush`. */
class Work {
  readonly plans: readonly Plan[];
  readonly statistics: Statistics;
  private readonly traces: Traces;
  private readonly answers: Answers;
  private readonly waits: readonly boolean[];
  private readonly blockSize: number;
  private block: Credited[] = [];
  /** What is known already of groups that wait, where it is much: kept on disk. */
  private readonly shelf: Shelf | undefined;

  constructor(plans: readonly Plan[], { batchGroups, explain = false }: CreditFileOptions, traces: Traces) {
    this.plans = plans;
    this.traces = traces;
    // Explanations are seen nowhere but in the output.
    this.answers = new Answers(plans, explain && traces.output !== undefined);
    this.statistics = new Statistics(plans.length);
    this.waits = plans.map(({ name, options }) => findAlgorithm(name).wholeBatch(options));
    this.blockSize = this.waits.includes(true) ? (batchGroups ?? Number.POSITIVE_INFINITY) : 1;
    if (this.waits.includes(true) && (this.waits.includes(false) || this.answers.explained)) this.shelf = new Shelf();
  }

  async add(file: FileGroup, batch: StepBatch): Promise<void> {
    const { totals, sample, source } = this.traces;
    const cache = new ClusterCache(batch);
    totals.add(batch, cache.of(this.plans[0].options));
    sample.offer(file, batch);
    try {
      const local = this.plans.filter((_, p) => !this.waits[p]);
      const known = local.map((plan) => this.keep(this.answers.columns(plan, batch, cache.of(plan.options))));
      const waiting = this.plans.filter((_, p) => this.waits[p]);
      const clusters = waiting.map(({ options }) => cache.of(options));
      this.block.push(withoutTexts({ file, batch, clusters, known }));
    } catch (error) {
      throw placed(error, file, source);
    }
    if (this.block.length >= this.blockSize) await this.flush();
  }

  async flush(): Promise<void> {
    const { sample, output } = this.traces;
    const late = this.completeBlock();
    for (const [g, { file, batch, known }] of this.block.entries()) {
      const [own, others] = [[...known], late.map((groups) => groups[g])];
      const columns = this.waits.map((waits) => ((waits ? others : own).shift() as Columns).read());
      const advantages = columns.map(([first]) => first);
      this.statistics.add(advantages);
      sample.credit(file.group, advantages);
      if (output === undefined) continue;
      for (let i = 0; i < batch.episodes; i++) {
        const [from, to] = [batch.episodeStart[i], batch.episodeStart[i + 1]];
        await output.write(file.lines[i], this.answers.line(file.episodes[i], columns, from, to));
      }
    }
    this.block = [];
    this.shelf?.remove();
  }

  private keep(columns: readonly Float64Array[]): Columns {
    return this.shelf?.put(columns) ?? { read: () => [...columns] };
  }

  /** Of each plan that waited for all groups of the block, the columns of each group. */
  private completeBlock(): Columns[][] {
    const waiting = this.plans.filter((_, p) => this.waits[p]);
    if (waiting.length === 0 || this.block.length === 0) return [];
    const whole = concatenate(this.block.map(({ batch }) => batch));
    return waiting.map((plan, w) => {
      try {
        const clusters = concatenateClusters(this.block.map((credited) => credited.clusters[w]));
        const columns = this.answers.columns(plan, whole, clusters);
        let end = 0;
        return this.block.map(({ batch }) => {
          const start = end;
          end += batch.steps;
          const own = columns.map((column) => column.subarray(start, end));
          // Advantages alone are no more than the rest of what waits; explanations are many times as much.
          return this.answers.explained ? this.keep(own) : { read: () => own };
        });
      } catch (error) {
        throw placed(error, this.block[0].file, this.traces.source);
      }
    });
  }

  close(): void {
    this.shelf?.remove();
  }
}

/** Where in the file something is wrong, for what was found wrong in a group. */
function placed(error: unknown, file: FileGroup, source: string): unknown {
  if (!(error instanceof CreditBatchError)) return error;
  const { field, episode, step } = error;
  return new RecordError(
    error.problem,
    {
      file: source,
      line: file.lines[episode ?? 0],
      field: step === undefined ? field : field === 'steps' ? `steps[${step}]` : `steps[${step}].${field}`,
    },
    { cause: error },
  );
}

/** The texts are most of the memory, and once it is known which states are the same they are not needed any more. */
function withoutTexts(credited: Credited): Credited {
  const { file, batch } = credited;
  return {
    ...credited,
    file: { ...file, episodes: file.episodes.map(({ id, group }) => ({ id, group, steps: [] })) },
    batch: { ...batch, stateText: undefined },
  };
}
