import { existsSync, statSync } from 'node:fs';
import { Command } from 'commander';
import type { StateKey } from '../../credit/index.ts';
import {
  ALL,
  type CreditFileResult,
  creditFile,
  creditReport,
  type Distribution,
  makePlans,
  type Plan,
  PlanError,
} from '../../credit-files/index.ts';
import { renderCreditReport } from '../../reports/index.ts';
import { STANDARD_INPUT } from '../../runs/index.ts';
import { collect } from '../collect.ts';
import { duration, ProgressLine, percent } from '../progress.ts';
import { interruptible } from '../setup.ts';
import { table } from '../table.ts';
import { writeReport } from '../write-report.ts';

interface CreditCommandOptions {
  readonly algorithm?: string[];
  readonly set?: string[];
  readonly out?: string;
  readonly explain?: boolean;
  readonly stateKey: string;
  readonly sort?: boolean;
  readonly batchGroups?: string;
  readonly report?: string;
  readonly reportGroups: string;
}

const STATE_KEYS: readonly StateKey[] = ['auto', 'state', 'observation'];

export function creditCommand(): Command {
  return new Command('credit')
    .description('Give every step of recorded rollouts its credit, by any algorithm.')
    .argument('[file]', 'rollouts as JSON Lines, one episode a line, plain or gzip; default: standard input (-)')
    .option(
      '-a, --algorithm <name>',
      `credit algorithm (turnwise algorithms), repeatable, or several with commas, or ${ALL}; default: gagpo`,
      collect,
    )
    .option('-s, --set <key=value...>', 'options of every algorithm that has them, or name.key=value of one')
    .option(
      '-o, --out <file>',
      'where the advantages go, gzip where it ends in .gz, - for standard output; default: standard output, or nowhere with --report',
    )
    .option('--explain', 'write beside the advantages the terms they are the sum of, and what these were computed from')
    .option('--state-key <which>', 'what makes a state: auto (state, else observation), state, observation', 'auto')
    .option('--sort', 'take groups whose episodes do not follow each other; reads the file twice')
    .option('--batch-groups <n>', 'groups that are whitened together (reinforce++, gae, …); default: all of the file')
    .option(
      '--report <file.html>',
      'one self-contained page: agreement, distributions, state graphs, steps with their credit',
    )
    .option('--report-groups <n>', 'groups the page shows step by step, rather those with successes and failures', '4')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
A line of the input is an episode; the episodes of a group follow each other:
  {"group":"g0","id":"g0t0","success":true,"truncated":false,
   "steps":[{"observation":"…","state":"… optional","action":"…","reward":0,"valid":true}, …]}
Without "success" an episode succeeded if its reward reached successReward (--set successReward=10).
gae reads "value" of every step, and "finalValue" of episodes that the step limit cut.

A line of the output answers a line of the input, in the same order:
  {"group":"g0","id":"g0t0","advantages":[0.12,-0.5,…]}
or with several algorithms {"…","advantages":{"gagpo":[…],"gigpo":[…]}}. With --explain it says besides
  "explanation":{"terms":{"residual":[…],…},"quantities":{"return":[…],…}}
or with several algorithms one such object under the name of each: an advantage is the sum of its terms, and these come
of the quantities (turnwise algorithms NAME lists both); null stands where a step has none. With --out the file appears
when all of it is right; standard output gets the lines of each group as soon as they are known.

Examples:
  turnwise credit rollouts.jsonl --algorithm gagpo --set gamma=0.95 lambda=0.8 --out advantages.jsonl
  zcat rollouts.jsonl.gz | turnwise credit --algorithm gigpo > advantages.jsonl
  turnwise credit rollouts.jsonl --algorithm bellman --explain --out why.jsonl
  turnwise credit rollouts.jsonl --algorithm ${ALL} --set gagpo.lambda=0.9 --out advantages.jsonl --report credit.html`;

/** A file written after `--set a=1 b=2` is taken for a setting; but settings have an equals sign. */
function apart(file: string | undefined, words: readonly string[]): { path: string; settings: readonly string[] } {
  const last = words[words.length - 1];
  if (file === undefined && last !== undefined && !last.includes('=') && existsSync(last))
    return { path: last, settings: words.slice(0, -1) };
  return { path: file ?? STANDARD_INPUT, settings: words };
}

async function run(file: string | undefined, options: CreditCommandOptions): Promise<void> {
  const { path, settings } = apart(file, options.set ?? []);
  const names = (options.algorithm ?? ['gagpo']).flatMap((list) => list.split(','));
  const { plans, successReward } = makePlans(names, settings);
  if (!STATE_KEYS.includes(options.stateKey as StateKey)) {
    throw new PlanError(`--state-key ${options.stateKey}: it must be one of ${STATE_KEYS.join(', ')}`);
  }
  const out = output(options);
  if (options.explain && out.out === null) {
    throw new PlanError(
      '--explain: with --report alone no advantages are written, beside which it could stand. Add --out FILE, or --out - for standard output',
    );
  }
  const batchGroups = wholeNumber('--batch-groups', options.batchGroups);
  const sample = options.report === undefined ? 0 : wholeNumber('--report-groups', options.reportGroups);
  const line = new ProgressLine();
  if (path === STANDARD_INPUT && process.stdin.isTTY) {
    line.say('Reading rollouts from standard input, to its end (Ctrl-D); --help tells what a line must be.');
  }
  const signal = interruptible((text) => line.say(text), 'stopping; no output file is made.');
  const progress = new ReadProgress(
    line,
    path === STANDARD_INPUT ? undefined : statSync(path, { throwIfNoEntry: false })?.size,
  );
  const started = performance.now();
  let result: CreditFileResult;
  try {
    result = await creditFile({
      path,
      plans,
      ...out,
      explain: options.explain ?? false,
      ...(successReward === undefined ? {} : { successReward }),
      ...(batchGroups === undefined ? {} : { batchGroups }),
      stateKey: options.stateKey as StateKey,
      ...(sample === undefined ? {} : { sample }),
      sort: options.sort ?? false,
      signal,
      onProgress: (bytes, steps) => progress.show(bytes, steps),
    });
  } catch (error) {
    line.clear();
    // Whoever read our output has had enough of it.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return;
    throw error;
  }
  line.clear();
  if (options.report !== undefined) {
    await writeReport(options.report, renderCreditReport(creditReport(result, new Date().toISOString())));
  }
  process.stderr.write(`${describeResult(result, plans, (performance.now() - started) / 1000)}\n`);
}

/** Who asks for a report alone does not want the numbers on the terminal. */
function output({ out, report }: CreditCommandOptions): { out?: string | null } {
  if (out === undefined) return report === undefined ? {} : { out: null };
  return out === '-' ? {} : { out };
}

function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new PlanError(`${flag} ${text}: it must be a whole number of at least 1`);
}

/** How far the reading has come: in place on a terminal, elsewhere a line now and then. */
class ReadProgress {
  private readonly line: ProgressLine;
  private readonly size: number | undefined;
  private readonly started = performance.now();
  private said = performance.now();

  /** @param size of the file in bytes, where it is known */
  constructor(line: ProgressLine, size: number | undefined) {
    this.line = line;
    this.size = size;
  }

  show(bytes: number, steps: number): void {
    const now = performance.now();
    const seconds = (now - this.started) / 1000;
    const parts = [
      `${megabytes(bytes)} read`,
      `${steps.toLocaleString('en')} steps`,
      `${megabytes(bytes / seconds)}/s`,
    ];
    if (this.size !== undefined && this.size > bytes) {
      parts.push(`about ${duration(((this.size - bytes) / bytes) * seconds)} left`);
    }
    this.line.show(parts.join('  '));
    if (process.stderr.isTTY || now - this.said < SAY_EVERY) return;
    this.said = now;
    this.line.say(parts.join('  '));
  }
}

const SAY_EVERY = 10_000;

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** What a person wants to know at the end, on standard error beside the data. */
function describeResult(result: CreditFileResult, asked: readonly Plan[], seconds: number): string {
  const { totals, plans, distributions } = result;
  const lines = [
    `${result.source}: ${counted(totals.groups, 'group')}, ${counted(totals.episodes, 'episode')}, ${counted(totals.steps, 'step')} · success ${percent(totals.successRate)} · ${percent(totals.singletonShare)} of the steps alone in their state · ${duration(seconds)}`,
  ];
  for (const { name } of asked.filter((plan) => !plans.includes(plan))) {
    lines.push(`left out ${name}: the steps carry no \`value\` of a critic`);
  }
  for (const warning of result.warnings) lines.push(`warning: ${warning}`);
  const rows = plans.map(({ name }, i) => [name, ...columnsOf(distributions[i])]);
  const header = ['algorithm', 'mean', 'std', '5 %', 'median', '95 %', 'no credit', '|A| > 1'];
  return [...lines, '', table(header, rows)].join('\n');
}

function columnsOf(d: Distribution): string[] {
  const numbers = [d.mean, d.std, d.p05, d.p50, d.p95].map((x) => (Math.abs(x) < 5e-4 ? '0.000' : x.toFixed(3)));
  return [...numbers, percent(d.zeroShare), percent(d.shareAboveOne)];
}

function counted(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}
