import { access } from 'node:fs/promises';
import { Command } from 'commander';
import type { z } from 'zod';
import { configSchema } from '../../training/config.ts';
import { evaluate } from '../../training/evaluate.ts';
import { evaluationTasks } from '../../training/run.ts';
import { warmUp, warmupSchema } from '../../training/warmup.ts';
import { ConfigError, checkConfig, loadConfig } from '../load-config.ts';
import { bar, duration, ProgressLine, percent } from '../progress.ts';
import { InterruptedError, interruptible, openSetup } from '../setup.ts';

interface WarmupOptions {
  readonly environment: string;
  readonly data?: string;
  readonly out: string;
  readonly set?: string[];
  readonly config?: string;
  readonly evaluateEvery: string;
  readonly force?: boolean;
}

/** The warm start's own keys, beside those that say where and how it plays. */
const schema = warmupSchema.extend({
  environment: configSchema.shape.environment,
  agent: configSchema.shape.agent,
  engine: configSchema.shape.engine,
  rollout: configSchema.shape.rollout,
  evaluation: configSchema.shape.evaluation,
});

export function warmupCommand(): Command {
  return new Command('warmup')
    .description('Make a small model from nothing by imitating an expert: what reinforcement learning starts from.')
    .requiredOption('-o, --out <folder>', 'where to write the model, a Hugging Face folder')
    .option('-e, --environment <name>', 'environment (turnwise environments)', 'household')
    .option('-d, --data <path>', "the environment's official data, zip or folder")
    .option('-c, --config <file>', 'configuration: YAML, JSON or TypeScript')
    .option('-s, --set <key=value...>', 'set single keys, for example updates=500')
    .option('--evaluate-every <n>', 'optimizer steps between evaluations on held-out tasks; 0: only at the end', '0')
    .option('-f, --force', 'replace the folder if it exists')
    .addHelpText(
      'after',
      `\nKeys:\n${Object.entries(warmupSchema.shape)
        .map(
          ([key, value]) =>
            `  ${key.padEnd(14)} ${(value as z.ZodType).description ?? 'size of the model: hiddenSize, layers, heads, kvHeads, ffnSize, maxPositions'}`,
        )
        .join('\n')}`,
    )
    .action(warmup);
}

async function warmup(options: WarmupOptions): Promise<void> {
  if (!options.force && (await exists(options.out)))
    throw new ConfigError(`${options.out} exists; choose another folder or give --force`);
  const config = await loadConfig(schema, {
    ...(options.config === undefined ? {} : { file: options.config }),
    settings: [
      `environment.name=${JSON.stringify(options.environment)}`,
      ...(options.data === undefined ? [] : [`environment.data=${JSON.stringify(options.data)}`]),
      ...(options.set ?? []),
    ],
  });
  const { environment, agent: agentConfig, engine, rollout, evaluation, ...own } = config;
  const line = new ProgressLine();
  const signal = interruptible((text) => line.say(text));
  const started = performance.now();
  const elapsed = (): string => duration((performance.now() - started) / 1000);
  const setup = await openSetup({ environment, agent: agentConfig });
  const every = Number(options.evaluateEvery);
  const held = evaluationTasks(setup.heldOut, evaluation.tasks);
  const measure = async (
    policy: Parameters<NonNullable<Parameters<typeof warmUp>[0]['onModel']>>[0],
    update: number,
  ): Promise<number> => {
    const e = await evaluate({
      ...setup,
      policy,
      tasks: held,
      temperature: evaluation.temperature,
      topP: evaluation.topP,
      maxTokens: rollout.maxTokens,
      inFlight: rollout.inFlight,
      seed: own.seed,
      signal,
    });
    line.say(
      `${String(update).padStart(6)}  held-out ${bar(e.successRate)} ${percent(e.successRate).padStart(7)}  ${e.length.toFixed(1)} turns, ${percent(e.invalidShare)} invalid  ${elapsed()}`,
    );
    return e.successRate;
  };
  const { replicas, ...rest } = engine;
  try {
    const { policy, turns, expertSuccess } = await warmUp({
      config: checkConfig(warmupSchema, own),
      ...setup,
      tasks: setup.trainTasks,
      engine: { ...rest, ...(replicas === undefined ? {} : { replicas }) },
      signal,
      onDemonstration: (done, total) => line.show(`the expert plays ${done}/${total} · ${elapsed()}`),
      onModel: (p, facts) =>
        line.say(
          `${facts.turns} demonstrated turns, expert success ${percent(facts.expertSuccess)} · ${elapsed()}\n${p.describe()}`,
        ),
      onUpdate: async (p, model) => {
        line.show(`imitating ${p.update}/${p.updates}, loss ${p.loss.toFixed(3)} · ${elapsed()}`);
        if (every > 0 && p.update % every === 0 && p.update < p.updates) await measure(model, p.update);
      },
    });
    const successRate = await measure(policy, own.stopAfter ?? own.updates);
    const facts = {
      command: ['turnwise', ...process.argv.slice(2)].join(' '),
      seed: own.seed,
      config,
      turns,
      expertSuccess,
      heldOut: { tasks: held.length, temperature: evaluation.temperature, successRate },
      seconds: Math.round((performance.now() - started) / 1000),
    };
    await policy.export(options.out, { 'warmup.json': `${JSON.stringify(facts, undefined, 2)}\n` });
    await policy.close();
    line.say(
      `\nmodel in ${options.out}. Train it: turnwise train --environment ${environment.name} --checkpoint ${options.out}`,
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new InterruptedError();
  } finally {
    line.clear();
    await setup.suite.close?.();
  }
  process.exit(0);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
