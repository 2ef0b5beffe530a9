import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { RunFolder } from '../../runs/run-folder.ts';
import { configSchema, type TrainConfig } from '../../training/config.ts';
import { presetFor } from '../../training/presets.ts';
import type { RunResult } from '../../training/run.ts';
import { trainableCredit } from '../../training/trainable-credit.ts';
import { loadConfig } from '../load-config.ts';
import { LOGGERS_HELP, type LoggerChoice, loggerOption, prepare } from '../loggers.ts';
import { placeModel } from '../model-place.ts';
import { wholeNumber } from '../numbers.ts';
import { ProgressLine } from '../progress.ts';
import { checkSetup, interruptible, openSetup } from '../setup.ts';
import { seedSummary } from '../training/outcome.ts';
import { resumeRun } from '../training/resume-run.ts';
import { trainRun } from '../training/train-run.ts';
import { versions } from '../version.ts';

interface TrainOptions {
  readonly config?: string;
  readonly set?: string[];
  readonly environment?: string;
  readonly data?: string;
  readonly algorithm?: string;
  readonly model?: string;
  readonly checkpoint?: string;
  readonly device?: string;
  readonly iterations?: number;
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
    .option('--checkpoint <folder>', 'the same, for a run (its last checkpoint) or one checkpoint of it')
    .option('--device <kind>', 'cpu (default), webgpu, or auto')
    .option(
      '-i, --iterations <n>',
      'rounds of rollouts and updates; with --resume: how many in all, to train longer than was planned',
      wholeNumber(1),
    )
    .option('--seeds <list>', 'one run per seed, for example 1,2,3; prints mean and deviation', seedList)
    .option('-o, --out <folder>', 'run folder; default runs/ENVIRONMENT-ALGORITHM-seedN-TIME')
    .option(
      '-r, --resume <run>',
      'go on with a run from its last checkpoint, with the configuration it has; besides, only --iterations and --logger can be given',
    )
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
    await resumeRun(options.resume, options, line, signal);
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
    // Data that is not there leaves no run behind either.
    const setup = await openSetup(own);
    const run = await RunFolder.create(folder, own, { ...versions(), seed, commandLine: process.argv.slice(2) });
    // What the first run could be told of does not end the others.
    const strict = results.length === 0;
    const result = await trainRun(own, setup, run, undefined, { loggers, strict }, line, signal);
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
  // Refused before anything is opened: names that are unknown, an algorithm that cannot train, or options that they do not take.
  trainableCredit(config.credit.algorithm, config.credit.options);
  checkSetup(config);
  return config;
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
