import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, extname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import {
  type Comparison,
  ComparisonError,
  type ComparisonInput,
  type ComparisonPlan,
  comparisonSchema,
  planComparison,
} from '../../compare/comparison.ts';
import { type Outcome, runCells } from '../../compare/run-cells.ts';
import { replaceJson } from '../../runs/replace-file.ts';
import { describeResults, reportCells } from '../comparison/report-cells.ts';
import { type Cell, checkUnchanged, resolveCells } from '../comparison/resolve-cells.ts';
import { shareMachine, withOwnThreads } from '../comparison/share-machine.ts';
import { shareStarts } from '../comparison/shared-starts.ts';
import { logFile, startCell } from '../comparison/start-cell.ts';
import { loadConfig } from '../load-config.ts';
import { duration, ProgressLine } from '../progress.ts';
import { InterruptedError, interruptible } from '../setup.ts';
import { versions } from '../version.ts';

interface CompareOptions {
  readonly algorithms?: string[];
  readonly environment?: string[];
  readonly seeds?: ComparisonInput['seeds'];
  readonly iterations?: string;
  readonly model?: string;
  readonly baseline?: string;
  readonly threshold?: string;
  readonly set?: string[];
  readonly out?: string;
  readonly jobs?: number;
  readonly reportOnly?: boolean;
}

export function compareCommand(): Command {
  return new Command('compare')
    .description(
      'Train several algorithms, or whole configurations, with several seeds, and report which learned faster.',
    )
    .argument('[file]', 'what to compare: YAML, JSON or TypeScript with the keys below')
    .option('-a, --algorithms <list>', 'credit algorithms, for example grpo,gigpo,gagpo,g2po', list)
    .option('-e, --environment <list>', 'environments; default: household', list)
    .option('--seeds <n or list>', 'how many seeds (5: 1 to 5), or which (1,2,7); default: 5', seeds)
    .option('-i, --iterations <n>', 'rounds of rollouts and updates of every run')
    .option('-m, --model <model>', 'model that every run starts from: a Hugging Face folder or hub id')
    .option('-b, --baseline <variant>', 'what the others are compared with; default: the first')
    .option('--threshold <share>', 'held-out success whose reaching is timed; default: 0.8')
    .option('-s, --set <key=value...>', 'single keys of train for every run, for example rollout.groupSize=16')
    .option('-o, --out <folder>', 'where runs and report go; the same folder again goes on; default: comparisons/NAME')
    .option('-j, --jobs <n>', 'runs side by side; default: one a core for small models', whole)
    .option('--report-only', 'write the report of the runs that are finished, and run nothing')
    .addHelpText('after', HELP)
    .action(compare);
}

const HELP = `
Keys of a comparison file:
${Object.entries(comparisonSchema.shape)
  .map(([key, schema]) => `  ${key.padEnd(14)} ${schema.description}`)
  .join('\n')}

Every combination of variant, environment and seed is a run of its own, in OUT/runs. All variants of a seed meet the same tasks in the same
order and start from the same weights. Finished runs are kept: the same command again goes on where it was stopped, and more variants or
seeds may be added. After the last run OUT holds report.html, report.md, results.json, results.csv and figures/.`;

async function compare(file: string | undefined, options: CompareOptions): Promise<void> {
  const comparison = await readComparison(file, options);
  const plan = planComparison(comparison);
  const out = options.out ?? join('comparisons', defaultName(file, plan.variants, plan.environments));
  const settings = [
    ...(options.iterations === undefined ? [] : [`iterations=${options.iterations}`]),
    ...(options.model === undefined ? [] : [`checkpoint=${JSON.stringify(options.model)}`]),
    ...(options.set ?? []),
  ];
  const resolved = await resolveCells(plan, out, settings);

  if (options.reportOnly) {
    // Else the report would tell of settings that no run had.
    await checkUnchanged(resolved, false);
    if (await tell(out, comparison, plan, resolved)) return;
    throw new ComparisonError(`${out}: no run of this comparison is finished, so there is nothing to report`);
  }
  const line = new ProgressLine();
  const signal = interruptible(
    (text) => line.say(text),
    'the running ones save and stop; the same command goes on with them. Again to stop at once.',
  );
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw new ComparisonError(`${out}: it cannot be made a folder (${(error as Error).message})`, { cause: error });
  });
  const { cells: started, models } = await shareStarts(resolved, out, line, signal);
  const { jobs, why } =
    options.jobs === undefined
      ? await shareMachine(models, availableParallelism(), process.availableMemory())
      : { jobs: options.jobs, why: `${options.jobs} at a time, as asked` };
  const cells = withOwnThreads(started, jobs);
  await checkUnchanged(cells);
  await replaceJson(join(out, 'comparison.json'), {
    ...comparison,
    seeds: plan.seeds,
    panels: plan.panels,
    settings,
    versions: versions(),
    cells: cells.map(({ id, variant, environment, seed, iterations }) => ({
      id,
      variant,
      environment,
      seed,
      iterations,
    })),
  });
  line.say(
    `${plan.variants.length} variants × ${plan.environments.length === 1 ? '' : `${plan.environments.length} environments × `}${plan.seeds.length} seeds: ${cells.length} runs in ${out}, ${why}`,
  );
  const outcomes = await play(cells, out, jobs, line, signal);
  line.clear();
  await tell(out, comparison, plan, cells);
  if (signal.aborted) throw new InterruptedError();
  const failed = cells.filter(({ id }) => outcomes.get(id) === 'failed');
  if (failed.length > 0) {
    throw new ComparisonError(
      `${failed.length} of ${cells.length} runs failed: ${failed.map((cell) => `${cell.id} (${logFile(out, cell)})`).join(', ')}. The same command tries them again.`,
    );
  }
}

/** Writes the report and prints its main tables. @returns false where no run is finished yet */
async function tell(
  out: string,
  comparison: Comparison,
  plan: ComparisonPlan,
  cells: readonly Cell[],
): Promise<boolean> {
  const results = await reportCells(out, comparison, plan, cells);
  if (results === undefined) return false;
  console.log(describeResults(results));
  const left =
    results.missing.length === 0 ? '' : ` (${results.missing.length} of ${cells.length} runs are not finished)`;
  console.log(`\nreport  ${join(out, 'report.html')}${left}`);
  return true;
}

/** Plays the cells and tells how it goes: a line for each run that ends, and what is left. */
async function play(
  cells: readonly Cell[],
  out: string,
  jobs: number,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<Map<string, Outcome>> {
  const began = performance.now();
  const first = new Map<string, number>();
  let ended = 0;
  let iterationsDone = 0;
  const all = cells.reduce((sum, cell) => sum + cell.iterations, 0);
  let kept = 0;
  return runCells(cells, {
    jobs,
    signal,
    start: (cell, resume) => startCell(out, cell, resume),
    onEnd: (cell, outcome, seconds) => {
      ended++;
      first.delete(cell.id);
      if (outcome === 'finished' && seconds < 1) kept += cell.iterations;
      else iterationsDone += cell.iterations;
      if (outcome === 'finished' && seconds < 1) return;
      line.say(`${`${ended}/${cells.length}`.padStart(9)}  ${cell.id}  ${WORDS[outcome]}  ${duration(seconds)}`);
    },
    onProgress: (running) => {
      let now = iterationsDone;
      for (const { cell, iteration } of running) {
        if (!first.has(cell.id)) first.set(cell.id, iteration);
        now += iteration - (first.get(cell.id) ?? 0);
      }
      const seconds = (performance.now() - began) / 1000;
      const left = now === 0 ? '' : ` · about ${duration((seconds / now) * (all - kept - now))} left`;
      const what = running.map(({ cell, iteration }) => `${cell.id} ${iteration}/${cell.iterations}`).join(' · ');
      line.show(`${ended}/${cells.length} runs${left} · ${what}`);
    },
  });
}

const WORDS: Readonly<Record<Outcome, string>> = {
  finished: 'finished',
  stopped: 'stopped, to be resumed',
  failed: 'failed',
  busy: 'left alone: another process is at it, as its status.json says',
};

async function readComparison(file: string | undefined, o: CompareOptions): Promise<Comparison> {
  if (file !== undefined && !existsSync(file)) throw new ComparisonError(`${file}: there is no such file`);
  return loadConfig(comparisonSchema, {
    ...(file === undefined ? {} : { file }),
    written: {
      ...(o.algorithms && { algorithms: o.algorithms }),
      ...(o.environment && { environments: o.environment }),
      ...(o.seeds && { seeds: o.seeds }),
      ...(o.baseline && { baseline: o.baseline }),
      ...(o.threshold && { threshold: Number(o.threshold) }),
    },
  });
}

function defaultName(file: string | undefined, variants: readonly string[], environments: readonly string[]): string {
  if (file !== undefined) return basename(file, extname(file));
  return `${environments.join('-')}-${variants.join('-')}`.replace(/[^\w.+-]+/g, '-').slice(0, 80);
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function whole(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n < 1) throw new InvalidArgumentError('give a whole number of at least 1');
  return n;
}

function seeds(text: string): NonNullable<ComparisonInput['seeds']> {
  if (!text.includes(',')) return whole(text);
  // An empty part would count as 0.
  const values = list(text).map(Number);
  if (values.some((s) => !Number.isSafeInteger(s) || s < 0)) {
    throw new InvalidArgumentError('give how many (5), or different whole numbers (1,2,7)');
  }
  return values as [number, ...number[]];
}
