import { access } from 'node:fs/promises';
import { Command } from 'commander';
import type { z } from 'zod';
import { configSchema } from '../../training/config.ts';
import { presetFor } from '../../training/presets.ts';
import { warmupSchema } from '../../training/warmup-config.ts';
import { ConfigError, loadConfig } from '../load-config.ts';
import { ProgressLine } from '../progress.ts';
import { InterruptedError, interruptible, openSetup } from '../setup.ts';
import { makeWarmStart } from '../warm-start.ts';

interface WarmupOptions {
  readonly environment: string;
  readonly data?: string;
  readonly out: string;
  readonly set?: string[];
  readonly config?: string;
  readonly evaluateEvery: string;
  readonly force?: boolean;
}

export function warmupCommand(): Command {
  return new Command('warmup')
    .description('Make a small model from nothing by imitating an expert: what reinforcement learning starts from.')
    .requiredOption('-o, --out <folder>', 'where to write the model, a Hugging Face folder')
    .option('-e, --environment <name>', 'environment (turnwise environments)', 'household')
    .option('-d, --data <path>', "the environment's official data, zip or folder")
    .option('-c, --config <file>', 'configuration: YAML, JSON or TypeScript, as for train')
    .option('-s, --set <key=value...>', 'set single keys, for example warmup.updates=500')
    .option('--evaluate-every <n>', 'optimizer steps between evaluations on held-out tasks; 0: only at the end', '0')
    .option('-f, --force', 'replace the folder if it exists')
    .addHelpText('after', `\nKeys (beside those of train):\n${keys()}`)
    .action(warmup);
}

function keys(): string {
  return Object.entries(warmupSchema.shape)
    .map(([key, value]) => `  warmup.${key.padEnd(14)} ${(value as z.ZodType).description}`)
    .join('\n');
}

async function warmup(options: WarmupOptions): Promise<void> {
  if (!options.force && (await exists(options.out))) {
    throw new ConfigError(`${options.out} exists; choose another folder or give --force`);
  }
  const evaluateEvery = Number(options.evaluateEvery);
  if (!Number.isInteger(evaluateEvery) || evaluateEvery < 0) {
    throw new ConfigError(`--evaluate-every ${options.evaluateEvery}: give a number of optimizer steps`);
  }
  const config = await loadConfig(configSchema, {
    preset: presetFor,
    ...(options.config === undefined ? {} : { file: options.config }),
    settings: [
      `environment.name=${JSON.stringify(options.environment)}`,
      ...(options.data === undefined ? [] : [`environment.data=${JSON.stringify(options.data)}`]),
      ...(options.set ?? []),
    ],
  });
  const line = new ProgressLine();
  const signal = interruptible((text) => line.say(text));
  const setup = await openSetup(config);
  try {
    await makeWarmStart({ config, setup, folder: options.out, line, signal, evaluateEvery });
    line.say(
      `\nmodel in ${options.out}. Train it: turnwise train --environment ${config.environment.name} --checkpoint ${options.out}`,
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new InterruptedError();
  } finally {
    line.clear();
    await setup.suite.close?.();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
