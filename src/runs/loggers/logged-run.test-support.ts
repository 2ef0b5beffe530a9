import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunFolder } from '../run-folder.ts';
import type { LoggedIteration, LoggedRun, LoggerNotes } from './metric-logger.ts';

/** A Python with tensorboard, wandb and trackio, where there is one: what is written is read there. */
export const PYTHON = process.env['TURNWISE_PYTHON'] ?? 'python3';

export function hasPython(module: string): boolean {
  // Elsewhere than here: a folder of that name would do for an import.
  return (
    spawnSync(PYTHON, ['-c', `import ${module}`], { stdio: 'ignore', cwd: mkdtempSync(join(tmpdir(), 'turnwise-')) })
      .status === 0
  );
}

export const CONFIG = {
  seed: 3,
  iterations: 4,
  credit: { algorithm: 'gagpo', options: { gamma: 0.95, scope: 'batch' } },
  lora: { enabled: false, targets: ['q_proj', 'v_proj'] },
  note: 'Grüße 🌍',
};

export const SIGNAL: AbortSignal = new AbortController().signal;

export function aRun(folder = mkdtempSync(join(tmpdir(), 'turnwise-logged-'))): LoggedRun {
  return { folder, name: 'a run', startedAt: new Date('2026-01-02T03:04:05.678Z'), config: CONFIG, turnwise: '1.2.3' };
}

/** A run folder with metrics, as a training leaves it. */
export async function aRunFolder(...lines: readonly [number, Readonly<Record<string, number>>][]): Promise<RunFolder> {
  const run = await RunFolder.create(join(mkdtempSync(join(tmpdir(), 'turnwise-logged-')), 'my-run'), CONFIG, {
    turnwise: '1.2.3',
    packages: {},
    seed: 3,
    commandLine: [],
  });
  for (const [iteration, metrics] of lines) await run.appendMetrics(iteration, metrics);
  await run.close();
  return run;
}

/** Values that are hard to keep: what float32 rounds, what JSON cannot say. */
export const VALUES: Readonly<Record<string, number>> = {
  'episode/success_rate': 1 / 3,
  'actor/pg_loss': Number.NaN,
  'actor/ppo_kl': Number.POSITIVE_INFINITY,
  'critic/advantages/min': Number.NEGATIVE_INFINITY,
  'actor/lr': 1e-9,
  'perf/total_num_tokens': 123_456_789,
  'a name with "quotes" and ü': -0.1,
};

export function record(iteration: number, values: Readonly<Record<string, number>> = {}): LoggedIteration {
  return { iteration, time: Date.parse('2026-01-02T03:05:00.125Z') + 1000 * iteration, values };
}

export function memoryNotes(
  values: Record<string, unknown> = {},
): LoggerNotes & { readonly values: Record<string, unknown> } {
  return {
    values,
    get: (key) => values[key],
    set: async (changes) => {
      Object.assign(values, changes);
    },
  };
}
