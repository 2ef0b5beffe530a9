import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { describeMemory } from '../../nn/memory.ts';
import type { LocalPolicy } from '../../policies/local.ts';
import { RunBusyError } from '../../runs/errors.ts';
import { type PreparedLogger, type RunEnd, RunLoggers } from '../../runs/loggers/index.ts';
import { RunFolder } from '../../runs/run-folder.ts';
import { isBusy, keepStatus, readStatus } from '../../runs/status.ts';
import { configSchema, type TrainConfig } from '../../training/config.ts';
import type { Evaluation } from '../../training/evaluate.ts';
import { presetFor } from '../../training/presets.ts';
import { type RunResult, runTraining } from '../../training/run.ts';
import { trainableCredit } from '../../training/trainable-credit.ts';
import { checkConfig, loadConfig } from '../load-config.ts';
import { LOGGERS_HELP, type LoggerChoice, loggerOption, prepare } from '../loggers.ts';
import { placeModel } from '../model-place.ts';
import { bar, duration, ProgressLine, percent } from '../progress.ts';
import { runRecorder } from '../record.ts';
import { interruptible, loadPolicy, openSetup, type Setup } from '../setup.ts';
import { table } from '../table.ts';
import { versions } from '../version.ts';
import { makeWarmStart } from '../warm-start.ts';

interface TrainOptions {
  readonly config?: string;
  readonly set?: string[];
  readonly environment?: string;
  readonly data?: string;
  readonly algorithm?: string;
  readonly model?: string;
  readonly checkpoint?: string;
  readonly device?: string;
  readonly iterations?: string;
  readonly seeds?: number[];
  readonly out?: string;
  readonly resume?: string;
  readonly logger?: LoggerChoice;
}

export function trainCommand(): Command {
  return new Command('train')
    .description(
      'Train an agent by reinforcement learning. Without options: the household, from the shipped warm-started model, with GAGPO.',
    )
    .option('-c, --config <file>', 'configuration: YAML, JSON or TypeScript (turnwise.config.ts)')
    .option('-s, --set <key=value...>', 'set single keys, for example rollout.groupSize=16')
    .option('-e, --environment <name>', 'environment (turnwise environments)')
    .option('-d, --data <path>', "the environment's official data, zip or folder")
    .option('-a, --algorithm <name>', 'credit assignment (turnwise algorithms)')
    .option(
      '-m, --model <model>',
      'model to start from (Qwen2, Qwen3, Llama, or a PEFT adapter): a Hugging Face folder or hub id (owner/name)',
    )
    .option('--checkpoint <folder>', 'the same, for a checkpoint of a run')
    .option('--device <kind>', 'cpu (default), webgpu, or auto')
    .option('-i, --iterations <n>', 'rounds of rollouts and updates')
    .option('--seeds <list>', 'one run per seed, for example 1,2,3; prints mean and deviation', seedList)
    .option('-o, --out <folder>', 'run folder; default runs/ENVIRONMENT-ALGORITHM-seedN-TIME')
    .option('-r, --resume <run>', 'go on with a run from its last checkpoint')
    .option(
      '-l, --logger <names>',
      'where metrics go besides metrics.jsonl: tensorboard, wandb, trackio, or none; repeatable; with --resume in place of what the run had',
      loggerOption,
    )
    .addHelpText('after', `\n${keyList()}\n\n${LOGGERS_HELP}`)
    .action(train);
}

async function train(options: TrainOptions): Promise<void> {
  const line = new ProgressLine();
  const signal = interruptible((text) => line.say(text));
  if (options.resume !== undefined) {
    const run = await RunFolder.open(options.resume);
    const status = await readStatus(run.path);
    if (status !== undefined && isBusy(status)) throw new RunBusyError(run.path, status);
    const config = checkConfig(configSchema, await run.config());
    const loggers = await prepare(options.logger ?? config.loggers);
    await trainOnce(config, run, await run.latest(), { loggers, strict: true }, line, signal);
    return;
  }
  const config = await resolveConfig(options);
  // A logger that cannot work leaves no run behind.
  const loggers = await prepare(config.loggers);
  // A download that fails or is stopped leaves no run behind.
  if (config.checkpoint !== undefined) await placeModel(config.checkpoint, { line, signal });
  const seeds = options.seeds ?? [config.seed];
  const results: RunResult[] = [];
  for (const seed of seeds) {
    const own = { ...config, seed };
    const folder =
      options.out === undefined
        ? defaultFolder(own)
        : seeds.length > 1
          ? join(options.out, `seed${seed}`)
          : options.out;
    const run = await RunFolder.create(folder, own, { ...versions(), seed, commandLine: process.argv.slice(2) });
    // What the first run could be told of does not end the others.
    const strict = results.length === 0;
    const result = await trainOnce(own, run, undefined, { loggers, strict }, line, signal);
    results.push(result);
    if (result.interrupted) return;
  }
  if (seeds.length > 1) line.say(seedSummary(seeds, results));
}

async function resolveConfig(options: TrainOptions): Promise<TrainConfig> {
  const direct: string[] = [];
  const add = (key: string, value: string | undefined): void => {
    if (value !== undefined) direct.push(`${key}=${JSON.stringify(value)}`);
  };
  add('environment.name', options.environment);
  add('environment.data', options.data);
  add('credit.algorithm', options.algorithm);
  add('checkpoint', options.model ?? options.checkpoint);
  add('engine.device', options.device);
  if (options.iterations !== undefined) direct.push(`iterations=${options.iterations}`);
  if (options.logger !== undefined) direct.push(`loggers=${JSON.stringify(options.logger)}`);
  const settings = [...direct, ...(options.set ?? [])];
  const config = await loadConfig(configSchema, {
    preset: presetFor,
    ...(options.config === undefined ? {} : { file: options.config }),
    settings,
  });
  // Refused before anything is opened: an algorithm that is unknown or cannot train, or an option it does not take.
  trainableCredit(config.credit.algorithm, config.credit.options);
  return config;
}

interface Logging {
  readonly loggers: readonly PreparedLogger[];
  /** Whether one that cannot be used at all ends the run before it begins. */
  readonly strict: boolean;
}

/** A run from wherever it stands to its end, which its status tells whoever looks at the folder. */
async function trainOnce(
  config: TrainConfig,
  run: RunFolder,
  done: number | undefined,
  logging: Logging,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<RunResult> {
  const ended = await keepStatus(run.path);
  try {
    const result = await trainFrom(config, run, done, logging, line, signal);
    await ended(result.interrupted ? 'interrupted' : 'finished');
    return result;
  } catch (error) {
    // What went wrong matters more than a status that cannot be written either.
    await (signal.aborted
      ? ended('interrupted')
      : ended('failed', error instanceof Error ? error.message : String(error))
    ).catch(() => undefined);
    throw error;
  }
}

async function trainFrom(
  config: TrainConfig,
  run: RunFolder,
  done: number | undefined,
  logging: Logging,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<RunResult> {
  const started = performance.now();
  const elapsed = (): string => duration((performance.now() - started) / 1000);
  const setup = await openSetup(config);
  const policy = await startingPolicy(config, run, done, setup, line, signal);
  let loggers: RunLoggers | undefined;
  let end: RunEnd = 'failed';
  try {
    if (config.objective.klCoefficient !== 0) {
      if (done === undefined) await policy.freezeReference();
      else await policy.loadReference(run.checkpointFolder(0));
    }
    if (done !== undefined) await run.resumeFrom(done, process.argv.slice(2));
    loggers = await RunLoggers.open({
      ...logging,
      run,
      say: (text) => line.say(text),
      ...(done === undefined ? {} : { done }),
    });
    line.say(introduction(config, setup, policy, run.path, done));
    const smooth = new Smooth();
    const said = new Set<string>();
    let iterations = 0;
    let spent = 0;
    const result = await runTraining({
      ...setup,
      config,
      policy,
      tasks: setup.trainTasks,
      heldOut: setup.heldOut,
      recorder: runRecorder(run, config, loggers),
      signal,
      ...(done === undefined ? {} : { done }),
      watcher: {
        phase: (phase, iteration, p) => {
          const what =
            phase === 'evaluate'
              ? 'evaluating on held-out tasks'
              : `iteration ${iteration}/${config.iterations}: playing`;
          line.show(
            `${what} ${p.finished}/${p.total} episodes, ${p.successes} solved, ${p.steps} steps · ${elapsed()}`,
          );
        },
        evaluation: (iteration, name, e) => {
          if (name === 'held-out')
            line.say(
              `${String(iteration).padStart(4)}  held-out  ${bar(e.successRate)} ${percent(e.successRate).padStart(7)}  ${e.length.toFixed(1)} turns  ${elapsed()}`,
            );
        },
        iteration: (r) => {
          const m = r.metrics;
          iterations++;
          spent += m['timing_s/step'];
          const rate = smooth.add(m['episode/success_rate']);
          const left = duration(((config.iterations - r.iteration) * spent) / iterations);
          line.say(
            `${String(r.iteration).padStart(4)}  train     ${bar(rate)} ${percent(rate).padStart(7)}  ${m['episode/length/mean'].toFixed(1)} turns  ${(m['timing_s/step']).toFixed(1)} s  ${(m['perf/throughput'] / 1000).toFixed(1)} k tokens/s  about ${left} left`,
          );
          for (const warning of r.warnings) {
            // Said once a kind; the metrics have the numbers of every iteration.
            const kind = warning.replace(/\d+/g, '#');
            if (!said.has(kind)) line.say(`      note: ${warning}`);
            said.add(kind);
          }
        },
      },
    });
    end = result.interrupted ? 'interrupted' : 'finished';
    line.say(conclusion(config, result, run, elapsed()));
    return result;
  } finally {
    line.clear();
    await loggers?.close(end === 'failed' && signal.aborted ? 'interrupted' : end);
    await policy.close();
    await run.close();
    await setup.suite.close?.();
  }
}

/** The policy of the last checkpoint, of the given or shipped model, or of a warm start made now. */
async function startingPolicy(
  config: TrainConfig,
  run: RunFolder,
  done: number | undefined,
  setup: Setup,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<LocalPolicy> {
  if (done !== undefined) return loadPolicy(config, run.checkpointFolder(done), { resume: true, line, signal });
  if (config.checkpoint !== undefined || setup.suite.name === 'household')
    return loadPolicy(config, undefined, { line, signal });
  const folder = join(run.path, 'warmup');
  line.say(`warm start by imitation (--checkpoint to start from a model instead)`);
  await makeWarmStart({ config, setup, folder, line, signal, evaluateEvery: 0 });
  line.say('');
  return loadPolicy(config, folder);
}

/** Memory that a person wants to know of before the run, bytes. */
const WORTH_A_LINE = 2e9;

function introduction(
  config: TrainConfig,
  setup: Setup,
  policy: LocalPolicy,
  folder: string,
  done: number | undefined,
): string {
  const { rollout, credit } = config;
  return [
    `${credit.algorithm} on ${setup.suite.name}, seed ${config.seed}: ${rollout.tasks} tasks × ${rollout.groupSize} episodes an iteration, ${config.iterations} iterations`,
    `model ${policy.describe()}`,
    ...(policy.memory.total > WORTH_A_LINE ? [`memory about ${describeMemory(policy.memory)}`] : []),
    `run folder ${folder}${done === undefined ? '' : `, going on after iteration ${done}`}`,
    `success rate (train: temperature ${rollout.temperature}, moving average of 8; held-out: temperature ${config.evaluation.temperature}, tasks never trained on)`,
    '',
  ].join('\n');
}

function conclusion(config: TrainConfig, result: RunResult, run: RunFolder, elapsed: string): string {
  const folder = run.checkpointFolder(result.iteration);
  const where = `checkpoint  ${folder}\nrun folder  ${run.path}\ntime        ${elapsed}`;
  if (result.interrupted)
    return `\nStopped after iteration ${result.iteration}. Go on with: turnwise train --resume ${run.path}\n\n${where}`;
  return `\n${comparison(config, result.before, result.after ?? [])}\n\n${where}`;
}

/** Success before and after on held-out tasks, in all and by type. */
function comparison(
  config: TrainConfig,
  before: readonly Evaluation[] | undefined,
  after: readonly Evaluation[],
): string {
  const types = ['all', ...Object.keys(after[0].byType)];
  const rate = (e: Evaluation, type: string): number =>
    type === 'all' ? e.successRate : (e.byType[type]?.successRate ?? 0);
  const rows = types.map((type) => {
    const tasks = type === 'all' ? after[0].episodes.length : after[0].byType[type].tasks;
    const now = spread(after.map((e) => rate(e, type)));
    if (!before) return [type, String(tasks), '', now, ''];
    const gain = mean(after.map((e) => rate(e, type))) - mean(before.map((e) => rate(e, type)));
    return [
      type,
      String(tasks),
      spread(before.map((e) => rate(e, type))),
      now,
      `${gain >= 0 ? '+' : ''}${(100 * gain).toFixed(1)} %`,
    ];
  });
  const seeds = config.evaluation.seeds > 1 ? `, ${config.evaluation.seeds} sampling seeds` : '';
  return `success on held-out tasks (temperature ${config.evaluation.temperature}${seeds})\n\n${table(['task type', 'tasks', 'before', 'after', 'gain'], rows)}${scores(before, after)}`;
}

/** The mean task score beside the success, where the environment grades. */
function scores(before: readonly Evaluation[] | undefined, after: readonly Evaluation[]): string {
  if (after[0].score === undefined) return '';
  const of = (evaluations: readonly Evaluation[]): string => mean(evaluations.map((e) => e.score ?? 0)).toFixed(3);
  return `\n\nmean task score ${before ? `${of(before)} before, ` : ''}${of(after)} after`;
}

function seedSummary(seeds: readonly number[], results: readonly RunResult[]): string {
  const before = results.map((r) => mean((r.before ?? []).map((e) => e.successRate)));
  const after = results.map((r) => mean((r.after ?? []).map((e) => e.successRate)));
  const rows = seeds.map((seed, i) => [String(seed), percent(before[i]), percent(after[i])]);
  return `\nover ${seeds.length} seeds (mean ± standard deviation)\n\n${table(['seed', 'before', 'after'], [...rows, ['all', spread(before), spread(after)]])}`;
}

/** "81.2 %", or "81.2 ± 1.3 %" for several. */
function spread(values: readonly number[]): string {
  if (values.length === 1) return percent(values[0]);
  const m = mean(values);
  const deviation = Math.sqrt(values.reduce((s, v) => s + (v - m) ** 2, 0) / (values.length - 1));
  return `${(100 * m).toFixed(1)} ± ${(100 * deviation).toFixed(1)} %`;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
}

/** A moving average over the last values: one iteration alone swings with the tasks drawn. */
class Smooth {
  private readonly values: number[] = [];

  add(value: number): number {
    this.values.push(value);
    if (this.values.length > 8) this.values.shift();
    return mean(this.values);
  }
}

function defaultFolder(config: TrainConfig): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
  return join('runs', `${config.environment.name}-${config.credit.algorithm}-seed${config.seed}-${time}`);
}

function seedList(text: string): number[] {
  const seeds = text.split(',').map(Number);
  if (seeds.some((s) => !Number.isInteger(s) || s < 0) || new Set(seeds).size !== seeds.length) {
    throw new InvalidArgumentError('give different whole numbers, for example 1,2,3');
  }
  return seeds;
}

/** Every configuration key with its default and meaning, for --help. */
function keyList(): string {
  const lines: string[] = ['Configuration keys (for --set and configuration files):'];
  const walk = (schema: unknown, path: string): void => {
    const json = schema as { properties?: Record<string, unknown>; default?: unknown; description?: string };
    for (const [key, child] of Object.entries(json.properties ?? {})) {
      const c = child as typeof json;
      const name = path ? `${path}.${key}` : key;
      if (c.properties) walk(c, name);
      else
        lines.push(
          `  ${name.padEnd(34)} ${c.default === undefined ? '' : JSON.stringify(c.default)}  ${c.description ?? ''}`,
        );
    }
  };
  walk(z.toJSONSchema(configSchema, { io: 'input' }), '');
  return lines.join('\n');
}
