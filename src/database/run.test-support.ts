import { assignCredit, batchFromEpisodes, splitByEpisode } from '../credit/index.ts';
import { RunFolder, type StoredEpisode, type StoredTokens } from '../runs/index.ts';

/** Groups of a run, and episodes of a group. */
export const GROUPS = 3;
export const MEMBERS = 4;

/** A configuration as train writes it, as far as anybody asks. */
export function testConfig(seed = 1, iterations = 4): Record<string, unknown> {
  return {
    seed,
    iterations,
    environment: { name: 'household', options: { difficulty: 'easy' } },
    rollout: { tasks: GROUPS, groupSize: MEMBERS },
    lora: { targets: ['q_proj', 'v_proj'] },
    credit: { algorithm: 'gagpo', options: { invalidActionPenalty: 0.5 } },
  };
}

/** Episodes of one iteration, with the advantages that gagpo gives them. */
export function testEpisodes(iteration: number): StoredEpisode[] {
  const episodes: StoredEpisode[] = [];
  for (let g = 0; g < GROUPS; g++) {
    for (let e = 0; e < MEMBERS; e++) {
      const success = (g + e + iteration) % 2 === 0;
      const length = 2 + ((g * MEMBERS + e) % 4);
      episodes.push({
        group: `r0g00${g}`,
        id: `r0g00${g}t00${e}`,
        task: { id: `train/easy/00${g}`, type: ['pick', 'heat', 'cool'][g], split: 'train' },
        success,
        truncated: !success,
        end: success ? 'success' : 'step-limit',
        finalState: 'the end',
        steps: Array.from({ length }, (_, t) => ({
          observation: `Iteration ${iteration}: you stand at shelf ${(t * (e + 1)) % 3}.`,
          state: `shelf ${(t * (e + 1)) % 3}`,
          action: `go to shelf ${(t + 1) % 3}`,
          completion: `Thinking of shelf ${t}. go to shelf ${(t + 1) % 3}`,
          reward: success && t === length - 1 ? 10 : 0,
          valid: (t + e) % 3 !== 0,
          stopped: true,
          prompt: Int32Array.of(1, 2, 3, t),
          response: Int32Array.of(4, 5),
          logprobs: Float32Array.of(-0.25, -1.5),
        })),
      });
    }
  }
  const batch = batchFromEpisodes(episodes);
  const { advantages } = assignCredit(batch, 'gagpo', { invalidActionPenalty: 0.5 });
  const lists = splitByEpisode(batch, advantages);
  return episodes.map((episode, i) => ({ ...episode, advantages: lists[i] }));
}

/** Writes iterations `from` to `to` as training does. */
export async function playIterations(
  run: RunFolder,
  from: number,
  to: number,
  tokens: StoredTokens = 'none',
): Promise<void> {
  for (let i = from; i <= to; i++) {
    await run.writeEpisodes(i, testEpisodes(i), { tokens });
    const metrics = { 'episode/success_rate': i / 10, 'timing_s/step': 2, 'perf/total_num_tokens': 1000 };
    await run.appendMetrics(i, { ...metrics, 'actor/grad_norm': i === 2 ? Number.NaN : 0.5 });
    if (i % 2 === 0) await evaluateRun(run, i);
  }
  await run.close();
}

export async function evaluateRun(run: RunFolder, iteration: number): Promise<void> {
  const episodes = testEpisodes(iteration).map((e, n) => {
    const { advantages: _, ...rest } = e;
    return { ...rest, group: `g00${n}`, id: `g00${n}t000` };
  });
  const summary = { successRate: 0.5, byType: { pick: { successRate: 0.5, tasks: 4 } }, length: 3.5, errors: 0 };
  await run.writeEvaluation(iteration, 'held-out', { ...summary, episodes: episodes.length }, episodes);
  await run.appendMetrics(iteration, { 'val/success_rate': 0.5 });
}

/** A run of `iterations` iterations, with an evaluation before and after every second. */
export async function writeTestRun(
  path: string,
  options: { seed?: number; iterations?: number; played?: number; tokens?: StoredTokens } = {},
): Promise<RunFolder> {
  const { seed = 1, iterations = 4, played = iterations, tokens = 'none' } = options;
  const run = await RunFolder.create(path, testConfig(seed, iterations), {
    turnwise: '0.0.0',
    packages: {},
    seed,
    commandLine: ['train'],
  });
  await evaluateRun(run, 0);
  await playIterations(run, 1, played, tokens);
  return run;
}
