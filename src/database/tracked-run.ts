import type { MetricRecord } from '../runs/index.ts';
import type { FoundRun } from './find-runs.ts';
import { MetricsTail } from './metrics-tail.ts';
import type { FileProblem } from './problem-list.ts';
import { type RunFacts, type RunStatus, readRunFacts, readSmallJson, statusOf } from './run-facts.ts';
import { RunFiles, type SeenFile } from './run-files.ts';

/** Something in a run folder that cannot be read. */
export interface RunProblem extends FileProblem {
  /** Path within the run folder. */
  readonly file: string;
}

/** A file of episodes that is known. */
export interface EpisodeFile extends SeenFile {
  /** Its number in the store; undefined until it is read. */
  readonly number: number | undefined;
  /** Episodes in it, once it is read. */
  readonly episodes: number;
  readonly problems: readonly FileProblem[];
}

/** What an evaluation found. */
export interface EvaluationSummary extends SeenFile {
  /** As it was written: an object. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** What is new of a run since it was looked at last. */
export interface RunNews {
  readonly facts: boolean;
  /** First iteration whose metrics changed, −1 where all may have. */
  readonly metricsFrom: number | undefined;
  readonly evaluations: boolean;
  /** Files that are not as they were read. */
  readonly gone: readonly EpisodeFile[];
  readonly come: readonly EpisodeFile[];
}

/** A run folder as it was found when it was looked at last. */
export class TrackedRun {
  readonly id: string;
  /** The shortest end of its path that no other run has. */
  name: string;
  readonly path: string;
  /** Its number in the store. */
  readonly number: number;
  /** By path within the run folder. */
  readonly files = new Map<string, EpisodeFile>();
  readonly evaluations = new Map<string, EvaluationSummary>();
  private readonly tail: MetricsTail;
  private readonly runFiles: RunFiles;
  private known: RunFacts | undefined;
  private factsText = '';
  private records: readonly MetricRecord[] = [];
  private strays: readonly RunProblem[] = [];
  private readonly brokenSummaries = new Map<string, { signature: string; problem: string }>();

  constructor({ id, name, path }: FoundRun, number: number) {
    this.id = id;
    this.name = name;
    this.path = path;
    this.number = number;
    this.tail = new MetricsTail(path);
    this.runFiles = new RunFiles(path);
  }

  get facts(): RunFacts {
    return this.known!;
  }

  /** In the order of their iterations. */
  get metrics(): readonly MetricRecord[] {
    return this.records;
  }

  get status(): { readonly status: RunStatus; readonly error?: string } {
    return statusOf(this.facts, this.records.at(-1));
  }

  get problems(): RunProblem[] {
    const of = (file: string, problems: readonly FileProblem[]): RunProblem[] => problems.map((p) => ({ file, ...p }));
    return [
      ...this.facts.problems,
      ...of('metrics.jsonl', this.tail.wrong),
      ...this.strays,
      ...[...this.brokenSummaries].map(([file, { problem }]) => ({ file, problem })),
      ...[...this.files.values()].flatMap(({ file, problems }) => of(file, problems)),
    ];
  }

  /** Files of episodes that are not read yet. */
  get waiting(): EpisodeFile[] {
    return [...this.files.values()].filter((f) => f.number === undefined);
  }

  /** Looks at the folder again, and reads its small files. */
  async look(): Promise<RunNews> {
    const facts = await readRunFacts(this.path);
    const metricsFrom = await this.tail.read();
    if (metricsFrom !== undefined) this.records = this.tail.sorted;
    const doubtful = new Set([...this.files.values()].filter((f) => f.problems.length > 0).map((f) => f.file));
    const { files, problems } = await this.runFiles.look(doubtful);
    this.strays = problems;
    this.known = facts;
    const evaluations = await this.lookAtSummaries(files.filter((f) => f.holds === 'summary'));
    const { gone, come } = this.compare(files.filter((f) => f.holds === 'episodes'));
    const text = JSON.stringify([facts, this.status, this.records.at(-1)?.iteration, this.tail.wrong, problems]);
    const changed = text !== this.factsText;
    this.factsText = text;
    return { facts: changed, metricsFrom, evaluations, gone, come };
  }

  /** A file was read. */
  read(file: EpisodeFile): void {
    this.files.set(file.file, file);
  }

  private compare(seen: readonly SeenFile[]): { gone: EpisodeFile[]; come: EpisodeFile[] } {
    const gone: EpisodeFile[] = [];
    const come: EpisodeFile[] = [];
    const there = new Set(seen.map((s) => s.file));
    for (const file of this.files.values()) {
      if (there.has(file.file)) continue;
      gone.push(file);
      this.files.delete(file.file);
    }
    for (const s of seen) {
      const before = this.files.get(s.file);
      if (before?.signature === s.signature) continue;
      if (before !== undefined) gone.push(before);
      const file: EpisodeFile = { ...s, number: undefined, episodes: 0, problems: [] };
      this.files.set(s.file, file);
      come.push(file);
    }
    return { gone, come };
  }

  private async lookAtSummaries(seen: readonly SeenFile[]): Promise<boolean> {
    let changed = false;
    const there = new Set(seen.map((s) => s.file));
    for (const file of [...this.evaluations.keys(), ...this.brokenSummaries.keys()]) {
      if (there.has(file)) continue;
      changed = true;
      this.evaluations.delete(file);
      this.brokenSummaries.delete(file);
    }
    for (const s of seen) {
      const before = this.evaluations.get(s.file) ?? this.brokenSummaries.get(s.file);
      if (before?.signature === s.signature) continue;
      changed = true;
      this.evaluations.delete(s.file);
      this.brokenSummaries.delete(s.file);
      const { value, problem } = await readSmallJson(this.path, s.file);
      if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
        this.evaluations.set(s.file, { ...s, content: value as Record<string, unknown> });
      } else {
        const told = problem ?? 'it must hold a JSON object.';
        this.brokenSummaries.set(s.file, { signature: s.signature, problem: told });
      }
    }
    return changed;
  }
}
