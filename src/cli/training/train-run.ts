import { join } from 'node:path';
import { describeMemory } from '../../nn/memory.ts';
import type { LocalPolicy } from '../../policies/local.ts';
import { type PreparedLogger, type RunEnd, RunLoggers } from '../../runs/loggers/index.ts';
import type { RunFolder } from '../../runs/run-folder.ts';
import { keepStatus } from '../../runs/status.ts';
import type { TrainConfig } from '../../training/config.ts';
import { type RunResult, runTraining } from '../../training/run.ts';
import { bar, duration, type ProgressLine, percent } from '../progress.ts';
import { runRecorder } from '../record.ts';
import { loadPolicy, type Setup } from '../setup.ts';
import { makeWarmStart } from '../warm-start.ts';
import { conclusion, recordedBefore } from './outcome.ts';

export interface Logging {
  readonly loggers: readonly PreparedLogger[];
  /** Whether one that cannot be used at all ends the run before it begins. */
  readonly strict: boolean;
}

/**
 * A run from wherever it stands to its end, which its status tells whoever looks at the folder.
 *
 * @param setup of the configuration; closed at the end
 * @param done iterations to go on from; undefined at the beginning
 */
export async function trainRun(
  config: TrainConfig,
  setup: Setup,
  run: RunFolder,
  done: number | undefined,
  logging: Logging,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<RunResult> {
  const ended = await keepStatus(run.path);
  try {
    const result = await trainFrom(config, setup, run, done, logging, line, signal);
    await ended(result.interrupted ? 'interrupted' : 'finished');
    return result;
  } catch (error) {
    // What went wrong matters more than a status that cannot be written either.
    await (signal.aborted
      ? ended('interrupted')
      : ended('failed', error instanceof Error ? error.message : String(error))
    ).catch(() => undefined);
    throw error;
  } finally {
    await setup.suite.close?.();
  }
}

async function trainFrom(
  config: TrainConfig,
  setup: Setup,
  run: RunFolder,
  done: number | undefined,
  logging: Logging,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<RunResult> {
  const started = performance.now();
  const elapsed = (): string => duration((performance.now() - started) / 1000);
  const policy = await startingPolicy(config, run, done, setup, line, signal);
  let loggers: RunLoggers | undefined;
  let end: RunEnd = 'failed';
  try {
    if (config.objective.klCoefficient !== 0) {
      if (done === undefined) await policy.freezeReference();
      else await policy.loadReference(run.checkpointFolder(0));
    }
    if (done !== undefined) {
      await run.changeConfig(config);
      await run.resumeFrom(done, process.argv.slice(2));
    }
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
    const before = result.before ?? (await recordedBefore(run, config.evaluation.seeds));
    line.say(conclusion(config, result, before, run, elapsed()));
    return result;
  } finally {
    line.clear();
    await loggers?.close(end === 'failed' && signal.aborted ? 'interrupted' : end);
    await policy.close();
    await run.close();
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

/** A moving average over the last values: one iteration alone swings with the tasks drawn. */
class Smooth {
  private readonly values: number[] = [];

  add(value: number): number {
    this.values.push(value);
    if (this.values.length > 8) this.values.shift();
    return this.values.reduce((a, b) => a + b, 0) / this.values.length;
  }
}
