import { Command } from 'commander';
import {
  type AccuracyRecord,
  allVariants,
  type Estimate,
  LAB_DEFAULTS,
  type LabResult,
  labReport,
  parseVariant,
  runLaboratory,
  WORLDS,
} from '../../lab/index.ts';
import { nearestName } from '../../text/nearest-name.ts';
import { duration, ProgressLine } from '../progress.ts';
import { interruptible } from '../setup.ts';
import { table } from '../table.ts';
import { writeReport } from '../write-report.ts';

interface LabOptions {
  readonly algorithm?: string[];
  readonly world?: string[];
  readonly seed: string;
  readonly seeds: string;
  readonly episodes: string;
  readonly iterations: string;
  readonly gamma: string;
  readonly out?: string;
  readonly report?: string;
}

/** A setting of the laboratory that cannot be used. */
export class LabError extends Error {
  readonly code = 'TURNWISE_LAB';
  override readonly name = 'LabError';
}

export function labCommand(): Command {
  const d = LAB_DEFAULTS;
  return new Command('lab')
    .description(
      'Compare credit with exact advantages in worlds small enough to be solved, and see what it is worth in learning.',
    )
    .option('-a, --algorithm <variant...>', 'as gagpo, or gagpo:lambda=0.5,scope=batch; default: every algorithm')
    .option('-w, --world <name...>', `of ${WORLDS.map(({ name }) => name).join(', ')}; default: all`)
    .option('--seed <n>', 'what all that is random derives from', String(d.seed))
    .option('--seeds <n>', 'training runs per world and variant', String(d.seeds))
    .option('--episodes <n>', 'episodes per world, skill and group size to compare credit on', String(d.episodes))
    .option('--iterations <n>', 'training iterations of 2 groups of 8 episodes', String(d.iterations))
    .option('--gamma <x>', 'discount of the true advantages', String(d.gamma))
    .option('-o, --out <file>', 'write all numbers as JSON')
    .option('--report <file.html>', 'one self-contained page with tables and curves')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
Every world is a small decision process seen through texts; dynamic programming gives the true advantage of every step,
A = Q(s, a) - V(s), under the policy that played it. Reported of each variant:
  correlation  of credit and true advantage over all steps
  sign         share of the steps with credit whose sign is right
  bias         what is wrong with the mean credit of an action against the others in the same place, scaled to fit: the
               part that no number of episodes averages out, as a share of the true size
  noise        what else is wrong with a single step, as the same share
  no credit    share of the steps that got none
gae gets the exact values of the policy, as a perfect critic would give them: what a critic could be worth at best.
Then a tabular softmax policy is trained with each variant; success is computed exactly, so the only noise is the seed's.`;

async function run(options: LabOptions): Promise<void> {
  const variants = options.algorithm?.map(parseVariant) ?? allVariants();
  const worlds = (options.world ?? WORLDS.map(({ name }) => name)).map((name) => {
    const world = WORLDS.find((w) => w.name === name);
    if (world !== undefined) return world;
    const names = WORLDS.map((w) => w.name);
    const near = nearestName(name, names);
    const hint = near === undefined ? '' : `; the nearest is "${near}"`;
    throw new LabError(`there is no world "${name}"${hint}. There are ${names.join(', ')}.`);
  });
  const settings = {
    ...LAB_DEFAULTS,
    seed: whole('--seed', options.seed, 0),
    seeds: whole('--seeds', options.seeds, 1),
    episodes: whole('--episodes', options.episodes, 16),
    iterations: whole('--iterations', options.iterations, 1),
    gamma: share('--gamma', options.gamma),
  };
  const line = new ProgressLine();
  const signal = interruptible((text) => line.say(text), 'stopping; nothing is written.');
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  let said = 0;
  const result = await runLaboratory(worlds, variants, settings, {
    signal,
    onProgress: ({ done, total, doing }) => {
      const left = done === 0 ? '' : `, about ${duration((seconds() / done) * (total - done))} left`;
      line.show(`${done} of ${total}: ${doing}${left}`);
      if (process.stderr.isTTY || seconds() - said < 10) return;
      said = seconds();
      line.say(`${done} of ${total}: ${doing}${left}`);
    },
  });
  line.clear();
  if (options.out !== undefined) await writeReport(options.out, `${JSON.stringify(result)}\n`);
  if (options.report !== undefined) await writeReport(options.report, labReport(result));
  console.log(describeLab(result));
  console.log(
    `\n${duration(seconds())}${[options.out, options.report].map((file) => (file === undefined ? '' : ` · ${file}`)).join('')}`,
  );
}

function whole(flag: string, text: string, least: number): number {
  const n = Number(text);
  if (Number.isSafeInteger(n) && n >= least) return n;
  throw new LabError(`${flag} ${text}: it must be a whole number of at least ${least}`);
}

function share(flag: string, text: string): number {
  const x = Number(text);
  if (text.trim() !== '' && x >= 0 && x <= 1) return x;
  throw new LabError(`${flag} ${text}: it must be a number from 0 to 1`);
}

/** Tables for a terminal. */
export function describeLab({ settings, worlds, variants, accuracy, learning }: LabResult): string {
  const names = worlds.map(({ name }) => name);
  const { skills, groupSizes, groupSize } = settings;
  const labels = variants.map(({ label }) => label);
  const of = (label: string, fits: (record: AccuracyRecord) => boolean): AccuracyRecord[] =>
    accuracy.filter((record) => record.variant === label && fits(record));
  const correlation = (label: string, fits: (record: AccuracyRecord) => boolean): string =>
    mean(of(label, fits).map((r) => r.correlation)).toFixed(2);
  const usual = (record: AccuracyRecord): boolean => record.groupSize === groupSize;

  const overall = labels.map((label) => {
    const records = of(label, usual);
    const over = (pick: (record: AccuracyRecord) => number): number => mean(records.map(pick));
    return [
      label,
      over((r) => r.correlation).toFixed(2),
      percent(over((r) => r.signAccuracy)),
      over((r) => r.bias).toFixed(2),
      over((r) => r.noise).toFixed(2),
      percent(over((r) => r.zeroShare)),
      ...groupSizes.map((size) => correlation(label, (r) => r.groupSize === size)),
      ...skills.map((skill) => correlation(label, (r) => usual(r) && r.skill === skill)),
    ];
  });
  const byWorld = labels.map((label) => [
    label,
    ...names.map((world) => correlation(label, (r) => usual(r) && r.world === world)),
  ]);
  const learned = settings.starts.map((start) => {
    const rows = labels
      .map((label) => {
        const records = learning.filter((r) => r.variant === label && r.start === start);
        return { label, records, speed: mean(records.map((r) => r.area.mean)) };
      })
      .sort((a, b) => b.speed - a.speed)
      .map(({ label, records, speed }) => [
        label,
        String(records[0].learningRate),
        (100 * speed).toFixed(1),
        ...names.map((world) => interval(records.find((r) => r.world === world)?.area)),
      ]);
    const from = start === 0 ? 'from knowing nothing' : `from a policy that succeeds with ${percent(start)}`;
    return [
      '',
      `Learning ${from}: mean success in % over ${settings.iterations} iterations of ${settings.groups} × ${groupSize} episodes, ± 95 % interval over ${settings.seeds} seeds, at the best step size of ${settings.learningRates.join(', ')}`,
      table(['variant', 'step', 'all', ...names], rows),
    ].join('\n');
  });
  return [
    ...worlds.map(({ name, description }) => `${name}: ${description}`),
    '',
    `Credit against the true advantage (groups of ${groupSize}, mean over ${names.length} worlds and ${skills.length} skills; then its correlation by group size and by skill)`,
    table(
      [
        'variant',
        'correlation',
        'sign',
        'bias',
        'noise',
        'no credit',
        ...groupSizes.map((size) => `of ${size}`),
        ...skills.map((skill) => `at ${percent(skill)}`),
      ],
      overall,
    ),
    '',
    'Correlation by world',
    table(['variant', ...names], byWorld),
    ...learned,
  ].join('\n');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function interval(estimate: Estimate | undefined): string {
  if (estimate === undefined) return '';
  return `${(100 * estimate.mean).toFixed(0)} ± ${(100 * estimate.half).toFixed(1)}`;
}
