import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { Episode } from '../../rollouts/episode.ts';
import { deriveSeed } from '../../text/random.ts';
import { configSchema } from '../../training/config.ts';
import { type Evaluation, evaluate } from '../../training/evaluate.ts';
import { presetFor } from '../../training/presets.ts';
import { evaluationTasks } from '../../training/run.ts';
import { ScriptedPlayers } from '../../training/scripted.ts';
import { loadConfig } from '../load-config.ts';
import { duration, ProgressLine, percent } from '../progress.ts';
import { interruptible, loadPolicy, openSetup } from '../setup.ts';
import { table } from '../table.ts';

interface EvaluateOptions {
  readonly environment: string;
  readonly data?: string;
  readonly checkpoint?: string;
  readonly player: string;
  readonly set?: string[];
  readonly out?: string;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Measure success on held-out tasks: of a model, or of a scripted player to compare with.')
    .option('-e, --environment <name>', 'environment (turnwise environments)', 'household')
    .option('-d, --data <path>', "the environment's official data, zip or folder")
    .option(
      '-m, --checkpoint <model>',
      'model: a run (its last checkpoint), a Hugging Face folder or hub id (owner/name); default: the shipped one',
    )
    .option('-p, --player <kind>', 'model, random, explore (expert that searches) or plan (expert that knows)', 'model')
    .option(
      '-s, --set <key=value...>',
      'keys as for train: evaluation.tasks, evaluation.temperature, evaluation.seeds, …',
    )
    .option('-o, --out <file>', 'write the results as JSON')
    .action(run);
}

async function run(options: EvaluateOptions): Promise<void> {
  const config = await loadConfig(configSchema, {
    preset: presetFor,
    settings: [
      `environment.name=${JSON.stringify(options.environment)}`,
      ...(options.data === undefined ? [] : [`environment.data=${JSON.stringify(options.data)}`]),
      ...(options.set ?? []),
    ],
  });
  const line = new ProgressLine();
  const signal = interruptible((text) => line.say(text));
  const started = performance.now();
  const setup = await openSetup(config);
  const tasks = evaluationTasks(setup.heldOut, config.evaluation.tasks);
  const results: Evaluation[] = [];
  try {
    if (options.player === 'model') {
      const policy = await loadPolicy(config, options.checkpoint, { line, signal });
      line.say(policy.describe());
      for (let s = 0; s < config.evaluation.seeds; s++) {
        results.push(
          await evaluate({
            ...setup,
            policy,
            tasks,
            temperature: config.evaluation.temperature,
            topP: config.evaluation.topP,
            maxTokens: config.rollout.maxTokens,
            ...(config.environment.maxSteps === undefined ? {} : { maxSteps: config.environment.maxSteps }),
            inFlight: config.rollout.inFlight,
            overflow: config.rollout.overflow,
            seed: deriveSeed(config.seed, 'evaluation', s),
            signal,
            onProgress: (p) => line.show(`${p.finished}/${p.total} episodes, ${p.successes} solved, ${p.steps} steps`),
          }),
        );
      }
      await policy.close();
    } else {
      const players = new ScriptedPlayers(setup.suite, options.player, config.environment.maxSteps);
      for (let s = 0; s < config.evaluation.seeds; s++)
        results.push(await players.evaluate(tasks, deriveSeed(config.seed, 'evaluation', s), signal));
    }
  } finally {
    line.clear();
    await setup.suite.close?.();
  }
  const mean = (of: (e: Evaluation) => number): number => results.reduce((sum, e) => sum + of(e), 0) / results.length;
  const types = Object.keys(results[0].byType);
  const rows = [
    ['all', String(tasks.length), percent(mean((e) => e.successRate))],
    ...types.map((type) => [
      type,
      String(results[0].byType[type].tasks),
      percent(mean((e) => e.byType[type].successRate)),
    ]),
  ];
  console.log(table(['task type', 'tasks', 'success'], rows));
  const rates = results.map((e) => percent(e.successRate)).join(', ');
  const score = results[0].score === undefined ? '' : `task score ${mean((e) => e.score ?? 0).toFixed(3)}, `;
  console.log(
    `\n${results.length > 1 ? `seeds: ${rates}; ` : ''}${score}${mean((e) => e.length).toFixed(1)} turns, ${percent(mean((e) => e.invalidShare))} invalid, ${percent(mean((e) => e.truncatedShare))} cut at the step limit, ${duration((performance.now() - started) / 1000)}`,
  );
  if (options.out !== undefined) {
    const plain = results.map(({ episodes, ...rest }) => ({
      ...rest,
      failed: episodes.filter((e: Episode) => !e.success).map((e) => e.task.id),
    }));
    await writeFile(options.out, `${JSON.stringify(plain, undefined, 2)}\n`);
  }
}
