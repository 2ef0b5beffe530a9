import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, extname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { cellProgress } from '../../compare/cell-progress.ts';
import {
  type Comparison,
  ComparisonError,
  type ComparisonInput,
  type ComparisonPlan,
  comparisonSchema,
  planComparison,
} from '../../compare/comparison.ts';
import { type ComparisonRecord, checkPanels, recordOf } from '../../compare/comparison-record.ts';
import { reportPlan } from '../../compare/report-plan.ts';
import { replaceJson } from '../../runs/replace-file.ts';
import { counted } from '../../text/counted.ts';
import { collect } from '../collect.ts';
import { foundRecord, takeFolder, withEarlier } from '../comparison/comparison-folder.ts';
import {
  checkIncluded,
  checkThreshold,
  type Included,
  keepIncluded,
  readIncluded,
} from '../comparison/included-cells.ts';
import { playCells } from '../comparison/play-cells.ts';
import { describeResults, reportCells } from '../comparison/report-cells.ts';
import { checkUnchanged, resolveCells } from '../comparison/resolve-cells.ts';
import { shareMachine, withOwnThreads } from '../comparison/share-machine.ts';
import { placeModels, shareStarts } from '../comparison/shared-starts.ts';
import { logFile } from '../comparison/start-cell.ts';
import { loadConfig } from '../load-config.ts';
import { ProgressLine } from '../progress.ts';
import { InterruptedError, interruptible } from '../setup.ts';
import { versions } from '../version.ts';

interface CompareOptions {
  readonly algorithms?: string[];
  readonly environment?: string[];
  readonly seeds?: ComparisonInput['seeds'];
  readonly iterations?: string;
  readonly model?: string;
  readonly baseline?: string;
  readonly threshold?: number;
  readonly set?: string[];
  readonly out?: string;
  readonly jobs?: number;
  readonly include?: string[];
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
    .option('--threshold <share>', 'held-out success whose reaching is timed, 0 to 1; default: 0.8', share)
    .option('-s, --set <key=value...>', 'single keys of train for every run, for example rollout.groupSize=16')
    .option('-o, --out <folder>', 'where runs and report go; the same folder again goes on; default: comparisons/NAME')
    .option('-j, --jobs <n>', 'runs side by side; default: one a core for small models', whole)
    .option(
      '--include <results>',
      'results.json of the same comparison made elsewhere, or its folder: what it holds is not run again; may be repeated',
      collect,
    )
    .option(
      '--report-only',
      'write the report of the runs that are finished, and run nothing; without FILE, of all runs in --out',
    )
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
seeds may be added: the report holds all runs of the folder, those of earlier commands too (remove OUT/runs/VARIANT to be rid of one).
Runs that were made on another machine count by --include with the results.json of there; the folder keeps what it was given. One process
at a time compares in a folder. After the last run OUT holds report.html, report.md, results.json, results.csv and figures/.`;

async function compare(file: string | undefined, options: CompareOptions): Promise<void> {
  if (options.reportOnly && file === undefined && options.algorithms === undefined) return reportFolder(options);
  const comparison = await readComparison(file, options);
  const plan = planComparison(comparison);
  const out = options.out ?? join('comparisons', defaultName(file, plan.variants, plan.environments));
  const settings = [
    ...(options.iterations === undefined ? [] : [`iterations=${options.iterations}`]),
    ...(options.model === undefined ? [] : [`checkpoint=${JSON.stringify(options.model)}`]),
    ...(options.set ?? []),
  ];
  const resolved = await resolveCells(plan, out, settings);
  const now = recordOf(comparison, resolved);
  const look = async () => {
    const included = await readIncluded(out, options.include ?? []);
    checkIncluded(resolved, included);
    const { record, earlier } = await withEarlier(out, now, included);
    checkThreshold(reportPlan(record).threshold, included);
    return { record, earlier, included, missing: resolved.filter(({ id }) => !included.cells.has(id)) };
  };
  // Refused before anything is printed or written. A report alone would tell of settings that no run had.
  await checkUnchanged(resolved);
  const found = await look();
  if (options.reportOnly) {
    if (await tell(out, found.record, found.included, found.earlier)) return;
    throw new ComparisonError(`${out}: no run of this comparison is finished, so there is nothing to report`);
  }
  const line = new ProgressLine();
  const lost = new AbortController();
  const interrupted = interruptible(
    (text) => line.say(text),
    'the running ones save and stop; the same command goes on with them. Again to stop at once.',
  );
  const signal = AbortSignal.any([interrupted, lost.signal]);
  await placeModels(found.missing, line, signal);
  const release = await takeFolder(out, () =>
    lost.abort(
      new ComparisonError(
        `${out}: another process compares in it now, since this one was out of reach for a quarter of an hour`,
      ),
    ),
  );
  try {
    // Again, now that nobody else writes there.
    const { record, earlier, included, missing } = await look();
    const { cells: started, models } = await shareStarts(missing, out, line, signal);
    const { jobs, why } =
      options.jobs === undefined
        ? await shareMachine(models, availableParallelism(), process.availableMemory())
        : { jobs: options.jobs, why: `${options.jobs} at a time, as asked` };
    const cells = withOwnThreads(started, jobs);
    await checkUnchanged(cells);
    await keepIncluded(out, included);
    const written = { ...comparison, seeds: plan.seeds, settings, versions: versions(), ...record };
    await replaceJson(join(out, 'comparison.json'), written);
    const states = await Promise.all(cells.map(({ run }) => cellProgress(run)));
    const elsewhere = resolved.length - missing.length;
    const done = states.filter(({ state }) => state === 'finished').length + elsewhere;
    const where = elsewhere === 0 ? '' : `, ${elsewhere === done ? 'all' : elsewhere} of these elsewhere`;
    const kept = done === 0 ? '' : `; ${done} of them ${done === 1 ? 'is' : 'are'} finished already${where}`;
    line.say(`${sizeOf(plan)}: ${counted(resolved.length, 'run')} in ${out}, ${why}${kept}`);
    const outcomes = await playCells(cells, out, jobs, line, signal);
    line.clear();
    lost.signal.throwIfAborted();
    await tell(out, record, included, earlier);
    if (signal.aborted) throw new InterruptedError();
    const failed = cells.filter(({ id }) => outcomes.get(id) === 'failed');
    if (failed.length > 0) {
      throw new ComparisonError(
        `${failed.length} of ${counted(cells.length, 'run')} failed: ${failed.map((cell) => `${cell.id} (${logFile(out, cell)})`).join(', ')}. The same command tries ${failed.length === 1 ? 'it' : 'them'} again.`,
      );
    }
  } finally {
    await release();
  }
}

/** What can only be said of runs that are still to be defined. */
const DEFINING = ['environment', 'seeds', 'iterations', 'model', 'set', 'jobs'] as const;

/** The report of all that a folder holds, as its comparison.json says. */
async function reportFolder(options: CompareOptions): Promise<void> {
  const { out, threshold, baseline } = options;
  if (out === undefined) {
    throw new ComparisonError('--report-only: name the folder of the comparison with --out, or give what was compared');
  }
  const strange = DEFINING.filter((name) => options[name] !== undefined);
  if (strange.length > 0) {
    throw new ComparisonError(
      `--report-only without a file or --algorithms reports all runs in ${out} as they are; leave out ${strange.map((name) => `--${name}`).join(', ')}`,
    );
  }
  const included = await readIncluded(out, options.include ?? []);
  const record = await foundRecord(out, included);
  if (record === undefined) {
    throw new ComparisonError(`${join(out, 'comparison.json')}: there is no such file, so ${out} holds no comparison`);
  }
  const asked = {
    ...record,
    ...(threshold !== undefined && { threshold }),
    ...(baseline !== undefined && { baseline }),
  };
  checkPanels(asked);
  if (await tell(out, asked, included, [])) return;
  throw new ComparisonError(`${out}: no run of this comparison is finished, so there is nothing to report`);
}

/** Writes the report and prints its main tables. @returns false where no run is finished yet */
async function tell(
  out: string,
  record: ComparisonRecord,
  included: Included,
  earlier: readonly string[],
): Promise<boolean> {
  const results = await reportCells(out, reportPlan(record), included, earlier);
  if (results === undefined) return false;
  console.log(describeResults(out, results, earlier));
  return true;
}

function sizeOf({ variants, environments, seeds }: ComparisonPlan): string {
  const parts = [
    counted(variants.length, 'variant'),
    environments.length > 1 && counted(environments.length, 'environment'),
    counted(seeds.length, 'seed'),
  ];
  return parts.filter((part) => part !== false).join(' × ');
}

async function readComparison(file: string | undefined, o: CompareOptions): Promise<Comparison> {
  if (file !== undefined && !existsSync(file)) throw new ComparisonError(`${file}: there is no such file`);
  return loadConfig(comparisonSchema, {
    ...(file === undefined ? {} : { file }),
    written: {
      ...(o.algorithms && { algorithms: o.algorithms }),
      ...(o.environment && { environments: o.environment }),
      ...(o.seeds && { seeds: o.seeds }),
      ...(o.baseline && { baseline: o.baseline }),
      ...(o.threshold !== undefined && { threshold: o.threshold }),
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

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  const example = value > 1 && value <= 100 ? `: ${value / 100}, not ${text}` : ', for example 0.8';
  throw new InvalidArgumentError(`the threshold is a share between 0 and 1${example}`);
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
