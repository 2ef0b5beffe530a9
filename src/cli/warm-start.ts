import type { LocalPolicy } from '../policies/local.ts';
import type { TrainConfig } from '../training/config.ts';
import { evaluate } from '../training/evaluate.ts';
import { evaluationTasks } from '../training/run.ts';
import { warmUp } from '../training/warmup.ts';
import { bar, duration, type ProgressLine, percent } from './progress.ts';
import { engineOptions, type Setup } from './setup.ts';

export interface WarmStart {
  readonly config: TrainConfig;
  readonly setup: Setup;
  /** Where the model goes. */
  readonly folder: string;
  readonly line: ProgressLine;
  readonly signal: AbortSignal;
  /** Optimizer steps between evaluations; 0: only at the end. */
  readonly evaluateEvery: number;
}

/** Makes a model by imitation, shows how it comes along, and writes it with the facts of its making beside it. */
export async function makeWarmStart({ config, setup, folder, line, signal, evaluateEvery }: WarmStart): Promise<void> {
  const { warmup, evaluation, rollout } = config;
  const started = performance.now();
  const elapsed = (): string => duration((performance.now() - started) / 1000);
  const held = evaluationTasks(setup.heldOut, evaluation.tasks);
  const measure = async (policy: LocalPolicy, update: number): Promise<number> => {
    const e = await evaluate({
      ...setup,
      policy,
      signal,
      tasks: held,
      temperature: evaluation.temperature,
      topP: evaluation.topP,
      maxTokens: rollout.maxTokens,
      ...(config.environment.maxSteps === undefined ? {} : { maxSteps: config.environment.maxSteps }),
      inFlight: rollout.inFlight,
      overflow: rollout.overflow,
      seed: warmup.seed,
      onProgress: (p) => line.show(`evaluating ${p.finished}/${p.total} episodes · ${elapsed()}`),
    });
    line.say(
      `${String(update).padStart(6)}  held-out ${bar(e.successRate)} ${percent(e.successRate).padStart(7)}  ${e.length.toFixed(1)} turns, ${percent(e.invalidShare)} invalid  ${elapsed()}`,
    );
    return e.successRate;
  };
  const { policy, turns, expertSuccess } = await warmUp({
    config: warmup,
    ...setup,
    tasks: setup.trainTasks,
    engine: engineOptions(config),
    signal,
    onDemonstration: (done, total) => line.show(`the expert plays ${done}/${total} · ${elapsed()}`),
    onModel: (model, facts) =>
      line.say(
        `${facts.turns} demonstrated turns, expert success ${percent(facts.expertSuccess)} · ${elapsed()}\n${model.describe()}`,
      ),
    onUpdate: async (p, model) => {
      line.show(`imitating ${p.update}/${p.updates}, loss ${p.loss.toFixed(3)} · ${elapsed()}`);
      if (evaluateEvery > 0 && p.update % evaluateEvery === 0 && p.update < p.updates) await measure(model, p.update);
    },
  });
  try {
    const successRate = await measure(policy, warmup.stopAfter ?? warmup.updates);
    const facts = {
      command: ['turnwise', ...process.argv.slice(2)].join(' '),
      environment: { name: config.environment.name, options: config.environment.options },
      agent: config.agent,
      warmup,
      turns,
      expertSuccess,
      heldOut: { tasks: held.length, temperature: evaluation.temperature, successRate },
      seconds: Math.round((performance.now() - started) / 1000),
    };
    await policy.export(folder, { 'warmup.json': `${JSON.stringify(facts, undefined, 2)}\n` });
  } finally {
    await policy.close();
  }
}
